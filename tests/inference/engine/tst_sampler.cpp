#include <QTest>

#include <array>
#include <cmath>
#include <limits>
#include <map>

#include "inference/engine/sampler.h"
#include "inference/values/error.h"

using namespace longview;

namespace {

std::map<TokenId, int> draw(const SamplingOptions& options, std::span<const float> logits, int count) {
    Sampler sampler(options);
    std::map<TokenId, int> seen;
    for (int i = 0; i < count; ++i)
        ++seen[choose_token(logits, sampler.next())];
    return seen;
}

} // namespace

class TestSampler : public QObject {
    Q_OBJECT
private slots:
    void greedy_takes_the_first_of_the_largest() {
        const std::array<float, 5> logits{0.5F, 3.0F, -1.0F, 3.0F, 2.0F};
        QCOMPARE(choose_token(logits, {}), 1);
    }

    void greedy_steps_over_what_is_not_a_number() {
        const float nan = std::numeric_limits<float>::quiet_NaN();
        const std::array<float, 4> logits{nan, -5.0F, nan, -4.0F};
        QCOMPARE(choose_token(logits, {}), 3);
        const std::array<float, 2> broken{nan, nan};
        QCOMPARE(choose_token(broken, {}), -1);
        QVERIFY_EXCEPTION_THROWN(require_token(-1), Error);
    }

    void a_seed_repeats_its_choices() {
        std::array<float, 50> logits{};
        for (std::size_t i = 0; i < logits.size(); ++i)
            logits[i] = static_cast<float>(i % 7);
        const SamplingOptions options{.temperature = 1, .top_p = 0.9, .seed = 7};
        Sampler a(options), b(options), c({.temperature = 1, .top_p = 0.9, .seed = 8});
        int differing = 0;
        for (int i = 0; i < 200; ++i) {
            const auto chosen = choose_token(logits, a.next());
            QCOMPARE(choose_token(logits, b.next()), chosen);
            differing += choose_token(logits, c.next()) != chosen ? 1 : 0;
        }
        QVERIFY(differing > 50);
    }

    void frequencies_follow_the_softmax() {
        const std::array<float, 3> logits{0.0F, std::log(2.0F), std::log(5.0F)};
        const int count = 40000;
        auto seen = draw({.temperature = 1, .top_p = 1, .seed = 1}, logits, count);
        const double expected[] = {1.0 / 8, 2.0 / 8, 5.0 / 8};
        for (TokenId id = 0; id < 3; ++id) // five standard deviations
            QVERIFY(std::abs(seen[id] / double(count) - expected[id]) < 5 * std::sqrt(0.25 / count));
    }

    void the_nucleus_leaves_out_the_tail() {
        const std::array<float, 4> logits{std::log(50.0F), std::log(30.0F), std::log(15.0F), std::log(5.0F)};
        QCOMPARE(draw({.temperature = 1, .top_p = 0.5, .seed = 3}, logits, 500).size(), std::size_t{1});
        QCOMPARE(draw({.temperature = 1, .top_p = 0.79, .seed = 3}, logits, 2000).size(), std::size_t{2});
        QCOMPARE(draw({.temperature = 1, .top_p = 1, .seed = 3}, logits, 2000).size(), std::size_t{4});
    }

    void a_low_temperature_is_nearly_greedy() {
        const std::array<float, 3> logits{1.0F, 2.0F, 1.9F};
        QCOMPARE(draw({.temperature = 0.001, .top_p = 1, .seed = 5}, logits, 300).size(), std::size_t{1});
    }

    void probabilities_sum_to_one() {
        const float nan = std::numeric_limits<float>::quiet_NaN();
        const std::array<float, 5> logits{500.0F, 501.0F, nan, -499.0F, 498.5F}; // exp overflows at 710
        const double all = log_of_sum(logits);
        double sum = 0;
        for (const float logit : logits)
            sum += std::isfinite(logit) ? std::exp(logit - all) : 0;
        QVERIFY(std::abs(sum - 1) < 1e-12);
        QCOMPARE(log_of_sum(std::array<float, 2>{nan, nan}), -std::numeric_limits<double>::infinity());
    }

    void what_is_not_allowed_is_passed_over() {
        std::array<float, 4> logits{1.0F, 4.0F, 3.0F, 2.0F};
        const auto greedy = [] { return TokenChoice(); };
        std::vector<TokenId> asked;
        const auto even = [&](TokenId id) {
            asked.push_back(id);
            return id % 2 == 0;
        };
        QCOMPARE(choose_allowed_token(logits, greedy, even), 2);
        QCOMPARE(asked, (std::vector<TokenId>{1, 2})); // in order of likelihood, no more than needed
        const auto none = [](TokenId) { return false; };
        QCOMPARE(choose_allowed_token(logits, greedy, none), -1);
        std::array<float, 2> broken{std::nanf(""), std::nanf("")};
        QVERIFY_EXCEPTION_THROWN(choose_allowed_token(broken, greedy, none), Error);
    }

    void an_allowed_draw_follows_the_softmax_of_the_allowed() {
        const int count = 40000;
        Sampler sampler({.temperature = 1, .top_p = 1, .seed = 1});
        std::map<TokenId, int> seen;
        for (int i = 0; i < count; ++i) {
            std::array<float, 3> logits{0.0F, std::log(5.0F), std::log(3.0F)};
            ++seen[choose_allowed_token(
                logits, [&] { return sampler.next(); }, [](TokenId id) { return id != 1; })];
        }
        QCOMPARE(seen.size(), std::size_t{2});
        QVERIFY(std::abs(seen[0] / double(count) - 0.25) < 5 * std::sqrt(0.25 / count));
    }

    void impossible_options_are_refused_data() {
        QTest::addColumn<double>("temperature");
        QTest::addColumn<double>("top_p");
        QTest::newRow("negative temperature") << -0.1 << 1.0;
        QTest::newRow("temperature not a number") << std::nan("") << 1.0;
        QTest::newRow("infinite temperature") << std::numeric_limits<double>::infinity() << 1.0;
        QTest::newRow("top-p zero") << 1.0 << 0.0;
        QTest::newRow("top-p above one") << 1.0 << 1.01;
        QTest::newRow("top-p not a number") << 1.0 << std::nan("");
    }
    void impossible_options_are_refused() {
        QFETCH(double, temperature);
        QFETCH(double, top_p);
        QVERIFY_EXCEPTION_THROWN(Sampler({temperature, top_p, 0}), Error);
    }
};

QTEST_GUILESS_MAIN(TestSampler)
#include "tst_sampler.moc"
