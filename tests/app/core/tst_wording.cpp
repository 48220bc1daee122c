#include "app/core/wording.h"

#include <QtTest>

#include <limits>

using namespace longview::app;

class TestWording : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void fixedDigits();
    void groupsOfThree();
    void certaintyInWords();
};

void TestWording::fixedDigits() {
    QCOMPARE(fixed(2.345, 1), std::string("2.3"));
    QCOMPARE(fixed(-0.5, 0), std::string("-0"));
    QCOMPARE(fixed(1e300, 0).size(), std::size_t{63}); // cut, not written past the end
}

void TestWording::groupsOfThree() {
    QCOMPARE(grouped(0), std::string("0"));
    QCOMPARE(grouped(999), std::string("999"));
    QCOMPARE(grouped(-999), std::string("-999"));
    QCOMPARE(grouped(1'000), std::string("1,000"));
    QCOMPARE(grouped(1'234'567), std::string("1,234,567"));
    QCOMPARE(grouped(std::numeric_limits<std::int64_t>::min()), std::string("-9,223,372,036,854,775,808"));
}

void TestWording::certaintyInWords() {
    QCOMPARE(certainty_text(1), std::string("sure, 99 %"));
    QCOMPARE(certainty_text(0.9), std::string("sure, 90 %"));
    QCOMPARE(certainty_text(0.8999), std::string("fairly sure, 89 %"));
    QCOMPARE(certainty_text(0.5), std::string("fairly sure, 50 %"));
    QCOMPARE(certainty_text(0.4999), std::string("unsure, 49 %"));
    QCOMPARE(certainty_text(1e-9), std::string("unsure, less than 1 %"));
}

QTEST_GUILESS_MAIN(TestWording)
#include "tst_wording.moc"
