#include <QTest>

#include "inference/engine/devices.h"
#include "inference/values/error.h"
#include "random_weights.h"

using namespace longview;
using namespace longview::testing;

class TestDevices : public QObject {
    Q_OBJECT
private slots:
    void the_cpu_comes_first_and_works() {
        const auto devices = list_devices();
        QVERIFY(devices.size() >= 2);
        QCOMPARE(devices[0].id, std::string("cpu"));
        QVERIFY(devices[0].usable);
        QVERIFY(devices[0].memory_bytes > 0);
        for (const auto& device : devices)
            QVERIFY2(device.usable == device.reason.empty(),
                     "a device that cannot be used says why, and only that one");
    }

    void auto_takes_a_usable_device() {
        const auto config = small_config();
        const auto backend = make_backend("auto", config, RandomWeights(config), 1);
        QVERIFY(backend->device().usable);
        QCOMPARE(make_backend("cpu", config, RandomWeights(config), 3)->device().name,
                 std::string("CPU, 3 threads"));
    }

    void what_is_not_there_is_refused_data() {
        QTest::addColumn<QByteArray>("device");
        QTest::addColumn<int>("kind");
        QTest::newRow("unknown word") << QByteArray("gpu") << static_cast<int>(ErrorKind::usage);
        QTest::newRow("empty") << QByteArray("") << static_cast<int>(ErrorKind::usage);
        QTest::newRow("no such GPU") << QByteArray("cuda:99") << static_cast<int>(ErrorKind::device);
    }
    void what_is_not_there_is_refused() {
        QFETCH(QByteArray, device);
        QFETCH(int, kind);
        const auto config = small_config();
        try {
            make_backend(device.toStdString(), config, RandomWeights(config), 1);
            QFAIL("it was accepted");
        } catch (const Error& error) {
            QCOMPARE(static_cast<int>(error.kind()), kind);
            QVERIFY(QByteArray(error.what()).endsWith('.'));
        }
    }

    void a_model_that_does_not_fit_says_needed_and_free() {
        auto config = small_config();
        config.vocab_size = 2'000'000'000; // 256 GB of embeddings
        try {
            make_backend("cpu", config, RandomWeights(config), 1);
            QFAIL("it was accepted");
        } catch (const Error& error) {
            QCOMPARE(error.kind(), ErrorKind::device);
            const QByteArray sentence(error.what());
            QVERIFY(sentence.contains("needs ") && sentence.contains(" are free"));
        }
    }
};

QTEST_GUILESS_MAIN(TestDevices)
#include "tst_devices.moc"
