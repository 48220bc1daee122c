#include "app/core/verification.h"

#include <cmath>
#include <cstring>

#include "inference/model/safetensors.h"
#include "support.h"

using namespace longview;
using namespace longview::app;
using namespace longview::app::test;
namespace fs = std::filesystem;

namespace {

/// The golden cases of the reference implementation, which itself reaches this.
constexpr double reached_by_the_reference = 5e-6;

fs::path model_of(const QString& name) {
    return fs::path(FIXTURES) / name.toStdString();
}
fs::path expected_of(const QString& name) {
    return model_of(name) / "expected.safetensors";
}

/// Where a tensor's bytes are in its file.
std::size_t offset_of(const fs::path& file, const std::string& tensor) {
    const SafetensorsFile opened(file);
    return static_cast<std::size_t>(opened.find(tensor)->data.data() - opened.bytes().data());
}

} // namespace

class TestVerification : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void goldenCases_data();
    void goldenCases();
    void oneSchedule();
    void noticesAWrongFloat_data();
    void noticesAWrongFloat();
    void noticesAWrongToken();
    void refusesOtherFiles();
};

void TestVerification::goldenCases_data() {
    QTest::addColumn<QString>("name");
    QTest::newRow("tiny") << "tiny";
    QTest::newRow("llama3") << "llama3";
}

void TestVerification::goldenCases() {
    QFETCH(QString, name);
    const Verification one = verify(model_of(name), expected_of(name), VerifySchedule::both, "cpu", 1);
    QCOMPARE(one.errors.size(), std::size_t{4});
    for (const char* key : {"logits", "A", "z", "generated_logits"}) {
        QVERIFY2(one.errors.at(key) <= reached_by_the_reference, key);
        QVERIFY(one.errors.at(key) > 0); // two implementations never agree to the last bit everywhere
    }
    QVERIFY(one.tokens_equal);
    QCOMPARE(one.schedules_bit_identical, std::optional(true));
    QVERIFY(one.passed());

    const Verification two = verify(model_of(name), expected_of(name), VerifySchedule::both, "cpu", 2);
    QCOMPARE(two.schedules_bit_identical, std::optional(true));
    QCOMPARE(two.digest, one.digest);
}

void TestVerification::oneSchedule() {
    const Verification diagonal =
        verify(model_of("tiny"), expected_of("tiny"), VerifySchedule::diagonal, "cpu", 1);
    const Verification sequential =
        verify(model_of("tiny"), expected_of("tiny"), VerifySchedule::sequential, "cpu", 1);
    QVERIFY(!diagonal.schedules_bit_identical);
    QVERIFY(!sequential.schedules_bit_identical);
    QCOMPARE(diagonal.digest, sequential.digest);
    QCOMPARE(diagonal.errors, sequential.errors);
}

void TestVerification::noticesAWrongFloat_data() {
    QTest::addColumn<QString>("tensor");
    QTest::addColumn<QString>("key");
    QTest::addColumn<float>("value");
    QTest::newRow("logits") << "logits"
                            << "logits" << 100.0F;
    QTest::newRow("first A") << "memory.0.A"
                             << "A" << 100.0F;
    QTest::newRow("last A") << "memory.5.A"
                            << "A" << 100.0F;
    QTest::newRow("z") << "memory.3.z"
                       << "z" << 100.0F;
    QTest::newRow("not a number") << "memory.3.z"
                                  << "z" << std::nanf("");
    QTest::newRow("generated") << "generated_logits"
                               << "generated_logits" << 100.0F;
}

void TestVerification::noticesAWrongFloat() {
    QFETCH(QString, tensor);
    QFETCH(QString, key);
    QFETCH(float, value);
    const QTemporaryDir directory;
    const fs::path changed = path_of(directory) / "expected.safetensors";
    std::string bytes = file_bytes(expected_of("tiny"));
    std::memcpy(bytes.data() + offset_of(expected_of("tiny"), tensor.toStdString()), &value, sizeof value);
    put_file(changed, bytes);

    const Verification verification = verify(model_of("tiny"), changed, VerifySchedule::diagonal, "cpu", 1);
    QVERIFY(!verification.passed());
    for (const auto& [name, error] : verification.errors)
        QCOMPARE(error <= verification.bound, name != key.toStdString());
}

void TestVerification::noticesAWrongToken() {
    const QTemporaryDir directory;
    const fs::path changed = path_of(directory) / "expected.safetensors";
    std::string bytes = file_bytes(expected_of("tiny"));
    char& last = bytes[offset_of(expected_of("tiny"), "generated") + 11 * sizeof(std::int32_t)];
    last = static_cast<char>((static_cast<unsigned char>(last) + 1) % 256);
    put_file(changed, bytes);
    const Verification verification = verify(model_of("tiny"), changed, VerifySchedule::both, "cpu", 1);
    QVERIFY(!verification.tokens_equal);
    QVERIFY(!verification.passed());
    QCOMPARE(verification.schedules_bit_identical, std::optional(true));
}

void TestVerification::refusesOtherFiles() {
    const auto refused = [](const fs::path& model, const fs::path& expected, const std::string& named) {
        const auto error = error_of([&] { verify(model, expected, VerifySchedule::both, "cpu", 1); });
        return error && error->kind == ErrorKind::model && contains(error->sentence, named);
    };
    const QTemporaryDir directory;
    put_file(path_of(directory) / "cut.safetensors", file_bytes(expected_of("tiny")).substr(0, 100'000));
    QVERIFY(refused(model_of("tiny"), path_of(directory) / "cut.safetensors", "cut.safetensors"));
    QVERIFY(refused(model_of("tiny"), path_of(directory) / "absent.safetensors", "absent.safetensors"));
    QVERIFY(refused(model_of("tiny"), model_of("tiny") / "model.safetensors", "input_ids"));
    QVERIFY(refused(model_of("llama3"), expected_of("tiny"), "memory")); // another model's shapes
    QVERIFY(refused(path_of(directory), expected_of("tiny"), "config.json"));
}

QTEST_GUILESS_MAIN(TestVerification)
#include "tst_verification.moc"
