#include <QTest>

#include "cells.h"
#include "compare.h"
#include "reference.h"

using namespace longview::kernels;
using namespace longview::kernels::test;

namespace {

struct Case {
    std::vector<int> rows;
    AttentionShape shape;
    int cached;
    float scale; ///< of queries, keys and values: large ones make softmax nearly one-hot
};

constexpr AttentionShape real{6, 2, 64}, odd{3, 1, 6}, plain{4, 4, 16}, wide{2, 1, 128};

} // namespace

Q_DECLARE_METATYPE(Case)

class TestAttention : public QObject {
    Q_OBJECT

private slots:
    void agrees_with_float64_data() {
        QTest::addColumn<Case>("c");
        // Blocks are 64 query rows; up to 2 rows multiply by their own loops.
        QTest::newRow("one row") << Case{{1}, odd, 0, 1};
        QTest::newRow("few rows") << Case{{1, 2, 3, 15}, odd, 0, 1};
        QTest::newRow("around a block") << Case{{63, 64, 65}, plain, 0, 1};
        QTest::newRow("around two blocks") << Case{{127, 1, 128, 130}, odd, 0, 1};
        QTest::newRow("wide heads") << Case{{66, 67}, wide, 0, 1};
        QTest::newRow("sharp") << Case{{65, 40}, real, 0, 4};
        QTest::newRow("real") << Case{{272, 272}, real, 0, 1};
        QTest::newRow("one row, one cached") << Case{{1}, real, 1, 1};
        QTest::newRow("one row, many cached") << Case{{1}, real, 301, 1};
        QTest::newRow("two rows, many cached") << Case{{2}, odd, 100, 1};
        QTest::newRow("some rows, some cached") << Case{{5}, real, 33, 1};
        QTest::newRow("two blocks, a cached block") << Case{{70}, real, 64, 1};
        QTest::newRow("sharp with cache") << Case{{17}, wide, 31, 4};
    }
    void agrees_with_float64() {
        QFETCH(Case, c);
        Random random(static_cast<unsigned>(c.rows[0] * 1000 + c.cached));
        const auto qkv = random.cells(c.rows, c.shape.qkv_width(), c.scale);
        const auto k = random.cells({c.cached}, c.shape.kv_width(), c.scale)[0];
        const auto v = random.cells({c.cached}, c.shape.kv_width(), c.scale)[0];
        const auto empty = unset(c.rows, c.shape.q_width());
        const auto run = [&](cpu::ThreadPool& pool, std::size_t first, std::size_t count) {
            Guarded in(qkv, first, count), out(empty, first, count);
            const auto rows = Rows(c.rows).subspan(first, count);
            const auto status =
                cpu::attention(pool, rows, rows, c.shape, in.stack(), c.cached ? k.data() : nullptr,
                               c.cached ? v.data() : nullptr, c.cached, out.stack());
            return status.ok() ? out.take() : Cells{};
        };
        Cells result;
        QCOMPARE(differing_bits(c.rows.size(), run, result), QString());
        for (std::size_t g = 0; g < c.rows.size(); ++g)
            QCOMPARE(far_from(result[g], attention<double>(c.rows[g], c.shape, qkv[g], k, v, c.cached),
                              attention<float>(c.rows[g], c.shape, qkv[g], k, v, c.cached),
                              at(c.shape.head_dim)),
                     QString());
    }

    void equal_scores_give_the_running_mean() {
        constexpr int rows = 100;
        constexpr AttentionShape shape{1, 1, 2};
        Values qkv, out(rows * 2);
        for (int i = 0; i < rows; ++i) // queries 0: every earlier row weighs the same
            qkv.insert(qkv.end(), {0, 0, 5, -3, static_cast<float>(i), 8});
        cpu::ThreadPool pool(2);
        QVERIFY(cpu::attention(pool, std::vector{rows}, std::vector{rows}, shape, {qkv.data(), 0}, nullptr,
                               nullptr, 0, {out.data(), 0})
                    .ok());
        for (int i = 0; i < rows; ++i) {
            QVERIFY(std::abs(out[at(2 * i)] - static_cast<float>(i) / 2) <= 1e-6F * static_cast<float>(i));
            QVERIFY(std::abs(out[at(2 * i + 1)] - 8) < 1e-5F);
        }
    }

    void later_rows_are_not_seen() {
        Random random(3);
        constexpr int rows = 70, seen = 66;
        auto qkv = random.normal(rows * at(real.qkv_width()));
        Values before(rows * at(real.q_width())), after(before.size());
        cpu::ThreadPool pool(2);
        const auto call = [&](Values& out) {
            return cpu::attention(pool, std::vector{rows}, std::vector{rows}, real, {qkv.data(), 0}, nullptr,
                                  nullptr, 0, {out.data(), 0});
        };
        QVERIFY(call(before).ok());
        std::fill(qkv.begin() + seen * real.qkv_width(), qkv.end(), 1e3F);
        QVERIFY(call(after).ok());
        const auto end = seen * real.q_width();
        QVERIFY(same_bits({before.begin(), before.begin() + end}, {after.begin(), after.begin() + end}));
        QVERIFY(!same_bits(before, after));
    }

    void rows_that_do_not_ask_stay_as_they_are() {
        Random random(4);
        const std::vector rows{272, 70, 9}, asking{16, 0, 9};
        const auto qkv = random.cells(rows, real.qkv_width());
        const auto before = random.cells(rows, real.q_width());
        Guarded in(qkv, 0, rows.size()), all(before, 0, rows.size()), last(before, 0, rows.size());
        cpu::ThreadPool pool(2);
        const auto call = [&](const std::vector<int>& asked, Guarded& out) {
            return cpu::attention(pool, rows, asked, real, in.stack(), nullptr, nullptr, 0, out.stack()).ok();
        };
        QVERIFY(call(rows, all) && call(asking, last));
        const Cells complete = all.take(), result = last.take();
        for (std::size_t g = 0; g < rows.size(); ++g) {
            const auto silent = (rows[g] - asking[g]) * real.q_width();
            Values expected(before[g].begin(), before[g].begin() + silent);
            expected.insert(expected.end(), complete[g].begin() + silent, complete[g].end());
            QVERIFY(same_bits(result[g], expected));
        }
    }

    void refuses_what_it_cannot_do() {
        cpu::ThreadPool pool(2);
        Values data(1000);
        const Stack<float> some{data.data(), 0};
        const auto call = [&](std::vector<int> rows, AttentionShape shape, const float* cache, int cached) {
            return cpu::attention(pool, rows, rows, shape, some, cache, cache, cached, some).ok();
        };
        Values out(1000);
        QVERIFY(cpu::attention(pool, std::vector{2}, std::vector{2}, odd, some, nullptr, nullptr, 0,
                               {out.data(), 0})
                    .ok());
        QVERIFY(call({0}, odd, nullptr, 0));
        QVERIFY(!call({-1}, odd, nullptr, 0));
        QVERIFY(!call({2}, {3, 2, 4}, nullptr, 0)); // 3 query heads over 2 key heads
        QVERIFY(!call({2}, {0, 1, 4}, nullptr, 0));
        QVERIFY(!call({2}, {2, 0, 4}, nullptr, 0));
        QVERIFY(!call({2}, {2, 1, 0}, nullptr, 0));
        QVERIFY(!call({2}, odd, nullptr, 3));
        QVERIFY(!call({2}, odd, data.data(), -1));
        QVERIFY(!call({2, 2}, odd, data.data(), 3)); // a cache belongs to one cell
        for (const auto& asking : {std::vector{3}, std::vector{-1}, std::vector{1, 1}, std::vector<int>{}})
            QVERIFY(!cpu::attention(pool, std::vector{2}, asking, odd, some, nullptr, nullptr, 0, some).ok());
        QVERIFY(
            !cpu::attention(pool, std::vector{2}, std::vector{2}, odd, {}, nullptr, nullptr, 0, some).ok());
        QVERIFY(
            !cpu::attention(pool, std::vector{2}, std::vector{2}, odd, some, nullptr, nullptr, 0, {}).ok());
    }
};

QTEST_GUILESS_MAIN(TestAttention)
#include "tst_attention.moc"
