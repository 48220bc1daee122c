#include "app/core/verification.h"

#include "support.h"

using namespace longview::app;

/// The default model's golden case: another layout, bf16 weights, a final segment without memory tokens.
class TestVerificationDefault : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void agreesAtAnyThreads();
};

void TestVerificationDefault::agreesAtAnyThreads() {
    const char* model = RESOURCES "/models/default";
    const char* expected = FIXTURES "/default/expected.safetensors";
    const Verification two = verify(model, expected, VerifySchedule::both, "cpu", 2);
    QCOMPARE(two.errors.size(), std::size_t{3});
    for (const char* key : {"logits", "A", "z"})
        QVERIFY2(two.errors.at(key) <= 5e-6, key);
    QVERIFY(two.tokens_equal);
    QCOMPARE(two.schedules_bit_identical, std::optional(true));
    QVERIFY(two.passed());
    const Verification one = verify(model, expected, VerifySchedule::diagonal, "cpu", 1);
    QCOMPARE(one.digest, two.digest);
}

QTEST_GUILESS_MAIN(TestVerificationDefault)
#include "tst_verification_default.moc"
