#include <QtTest>

#include "inference/values/generation.h"

using namespace longview;

class TestGeneration : public QObject {
    Q_OBJECT
private slots:
    void namesOfReasons();
    void rateCountsPromptAndDecoding();
};

void TestGeneration::namesOfReasons() {
    QCOMPARE(name_of(StopReason::stop_token), std::string_view("stop_token"));
    QCOMPARE(name_of(StopReason::max_tokens), std::string_view("max_tokens"));
    QCOMPARE(name_of(StopReason::segment_full), std::string_view("segment_full"));
    QCOMPARE(name_of(StopReason::cancelled), std::string_view("cancelled"));
}

void TestGeneration::rateCountsPromptAndDecoding() {
    Generation generation;
    QCOMPARE(generation.tokens_per_second(), 0.0);
    generation.tokens = {1, 2, 3};
    QCOMPARE(generation.tokens_per_second(), 0.0); // no time measured: no rate, and no division by zero
    generation.prefill_ms = 100;
    generation.decode_ms = 200;
    QCOMPARE(generation.tokens_per_second(), 10.0);
}

QTEST_GUILESS_MAIN(TestGeneration)
#include "tst_generation.moc"
