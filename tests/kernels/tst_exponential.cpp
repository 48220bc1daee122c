#include <QTest>

#include <cmath>
#include <limits>

#include "kernels/cpu/exponential.h"

using namespace longview::kernels::cpu;

namespace {

/// |actual − exact| in units in the last place of the float nearest to `exact`.
double units(float actual, double exact) {
    const float nearest = static_cast<float>(exact);
    const double unit =
        static_cast<double>(std::nextafter(nearest, std::numeric_limits<float>::infinity())) - nearest;
    return std::abs(actual - exact) / unit;
}

} // namespace

class TestExponential : public QObject {
    Q_OBJECT

private slots:
    void stays_within_two_units_in_the_last_place() {
        double worst = 0;
        float where = 0;
        // Every 211th float: all magnitudes, both signs.
        for (const float sign : {-1.0F, 1.0F})
            for (std::uint32_t bits = 0; bits < 0x42b00000U; bits += 211) {
                const float x = sign * std::bit_cast<float>(bits);
                if (x < kExpMin || x > kExpMax)
                    continue;
                const double error = units(exponential(x), std::exp(static_cast<double>(x)));
                if (!(error <= worst)) {
                    worst = error;
                    where = x;
                }
            }
        qInfo("greatest error %.3f units in the last place, at %.9g", worst, static_cast<double>(where));
        QVERIFY(worst < 2.0);
    }
    void ends_of_the_range() {
        constexpr float infinity = std::numeric_limits<float>::infinity();
        QCOMPARE(exponential(0.0F), 1.0F);
        QCOMPARE(exponential(-0.0F), 1.0F);
        QVERIFY(exponential(kExpMin) >= std::numeric_limits<float>::min());
        QVERIFY(std::isfinite(exponential(kExpMax)));
        QVERIFY(std::bit_cast<std::uint32_t>(exponential(std::nextafter(kExpMin, -infinity))) == 0);
        QVERIFY(std::bit_cast<std::uint32_t>(exponential(-infinity)) == 0);
        QVERIFY(exponential(std::nextafter(kExpMax, infinity)) == infinity);
        QVERIFY(exponential(infinity) == infinity);
        QVERIFY(std::isnan(exponential(std::numeric_limits<float>::quiet_NaN())));
    }
    void sigmoid_saturates() {
        QCOMPARE(sigmoid(0.0F), 0.5F);
        QCOMPARE(sigmoid(200.0F), 1.0F);
        QCOMPARE(sigmoid(-200.0F), 0.0F);
        QVERIFY(std::abs(sigmoid(1.5F) - 1 / (1 + std::exp(-1.5))) < 1e-7);
    }
};

QTEST_GUILESS_MAIN(TestExponential)
#include "tst_exponential.moc"
