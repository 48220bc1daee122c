// Both 16-bit float formats, every bit pattern, against ldexp.

#include <QtTest>

#include <bit>
#include <cmath>

#include "inference/model/half.h"

using namespace longview;

class tst_half : public QObject {
    Q_OBJECT

private slots:
    void converts_every_f16();
    void converts_every_bf16();
};

void tst_half::converts_every_f16() {
    for (unsigned bits = 0; bits < 65536; ++bits) {
        const auto value = from_f16(static_cast<std::uint16_t>(bits));
        const bool negative = (bits & 0x8000U) != 0;
        const int exponent = static_cast<int>((bits >> 10U) & 0x1FU);
        const int mantissa = static_cast<int>(bits & 0x3FFU);
        QCOMPARE(std::signbit(value), negative);
        if (exponent == 31) {
            QCOMPARE(std::isinf(value), mantissa == 0);
            QCOMPARE(std::isnan(value), mantissa != 0);
            continue;
        }
        const auto magnitude = exponent == 0 ? std::ldexp(static_cast<float>(mantissa), -24)
                                             : std::ldexp(static_cast<float>(1024 + mantissa), exponent - 25);
        QVERIFY(value == (negative ? -magnitude : magnitude));
    }
}

void tst_half::converts_every_bf16() {
    for (unsigned bits = 0; bits < 65536; ++bits) {
        const auto value = from_bf16(static_cast<std::uint16_t>(bits));
        QCOMPARE(std::bit_cast<std::uint32_t>(value), bits << 16U);
        const int exponent = static_cast<int>((bits >> 7U) & 0xFFU);
        const int mantissa = static_cast<int>(bits & 0x7FU);
        if (exponent == 255) {
            QCOMPARE(std::isinf(value), mantissa == 0);
            QCOMPARE(std::isnan(value), mantissa != 0);
            continue;
        }
        const auto magnitude = exponent == 0 ? std::ldexp(static_cast<float>(mantissa), -133)
                                             : std::ldexp(static_cast<float>(128 + mantissa), exponent - 134);
        QVERIFY(value == ((bits & 0x8000U) != 0 ? -magnitude : magnitude));
    }
}

QTEST_GUILESS_MAIN(tst_half)
#include "tst_half.moc"
