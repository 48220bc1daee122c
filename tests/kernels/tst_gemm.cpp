#include <QTest>

#include <csignal>
#include <omp.h>
#include <sys/time.h>

#include "cells.h"
#include "compare.h"
#include "reference.h"

using namespace longview::kernels;
using namespace longview::kernels::test;

namespace {

/// w [k, n] in another layout.
Values arranged(const Values& w, int k, int n, WeightLayout layout) {
    Values out(w.size());
    for (std::size_t i = 0; i < at(k); ++i)
        for (std::size_t j = 0; j < at(n); ++j) {
            const auto to = layout == WeightLayout::k_n   ? i * at(n) + j
                            : layout == WeightLayout::n_k ? j * at(k) + i
                                                          : panel_index(at(k), at(n), i, j);
            out[to] = w[i * at(n) + j];
        }
    return out;
}

volatile std::sig_atomic_t signals_handled = 0;

/// A signal handled every fifth of a millisecond, on whichever thread the system chooses.
class SignalStorm {
public:
    SignalStorm() {
        struct sigaction count = {};
        count.sa_handler = [](int) { signals_handled = signals_handled + 1; };
        sigaction(SIGALRM, &count, &before_);
        set_timer(200);
    }
    ~SignalStorm() {
        set_timer(0);
        sigaction(SIGALRM, &before_, nullptr);
    }
    SignalStorm(const SignalStorm&) = delete;
    SignalStorm& operator=(const SignalStorm&) = delete;

private:
    static void set_timer(suseconds_t microseconds) {
        const itimerval every{{0, microseconds}, {0, microseconds}};
        setitimer(ITIMER_REAL, &every, nullptr);
    }
    struct sigaction before_ = {};
};

} // namespace

Q_DECLARE_METATYPE(WeightLayout)

class TestGemm : public QObject {
    Q_OBJECT

private slots:
    void agrees_with_float64_data() {
        QTest::addColumn<std::vector<int>>("rows");
        QTest::addColumn<int>("k");
        QTest::addColumn<int>("n");
        struct Case {
            std::vector<int> rows;
            int k, n;
        };
        // Tiles are 144 rows by 128 columns, and up to 2 rows of n_k have their own loops.
        for (const Case& c :
             {Case{{1}, 1, 1}, Case{{1, 2, 3, 4}, 7, 5}, Case{{1, 2, 3}, 17, 129}, Case{{3, 143, 1}, 16, 127},
              Case{{144, 145}, 15, 128}, Case{{287, 2, 289}, 33, 257}, Case{{16, 16, 16}, 384, 1},
              Case{{272, 272}, 192, 384}, Case{{1, 1}, 1024, 384}, Case{{272}, 384, 2048}}) {
            QByteArray name = QByteArray::number(c.k) + "x" + QByteArray::number(c.n) + " rows";
            for (const int r : c.rows)
                name += " " + QByteArray::number(r);
            QTest::newRow(name.constData()) << c.rows << c.k << c.n;
        }
    }
    void agrees_with_float64() {
        QFETCH(std::vector<int>, rows);
        QFETCH(int, k);
        QFETCH(int, n);
        Random random(static_cast<unsigned>(k * 1000 + n));
        const auto x = random.cells(rows, k), y = random.cells(rows, n);
        const auto w = random.cells(std::vector<int>(rows.size(), k), n);
        for (const bool accumulate : {false, true}) {
            std::vector<std::vector<double>> exact;
            Cells naive;
            for (std::size_t g = 0; g < rows.size(); ++g) {
                const auto start = accumulate ? y[g] : Values(y[g].size());
                exact.push_back(gemm<double>(rows[g], k, n, x[g], w[g], start));
                naive.push_back(gemm<float>(rows[g], k, n, x[g], w[g], start));
            }
            for (const auto layout : {WeightLayout::k_n, WeightLayout::n_k, WeightLayout::panels}) {
                Cells weights, result;
                for (const auto& matrix : w)
                    weights.push_back(arranged(matrix, k, n, layout));
                const auto run = [&](cpu::ThreadPool& pool, std::size_t first, std::size_t count) {
                    Guarded in(x, first, count), by(weights, first, count),
                        out(accumulate ? y : unset(rows, n), first, count);
                    const auto status = cpu::gemm(pool, Rows(rows).subspan(first, count), k, n, in.stack(),
                                                  by.stack(), layout, out.stack(), accumulate);
                    return status.ok() ? out.take() : Cells{};
                };
                QCOMPARE(differing_bits(rows.size(), run, result), QString());
                for (std::size_t g = 0; g < rows.size(); ++g)
                    QCOMPARE(far_from(result[g], exact[g], naive[g], at(n)), QString());
            }
        }
    }

    void cells_may_share_one_matrix() {
        Random random(5);
        const std::vector rows{3, 3};
        const auto x = random.normal(3 * 20), w = random.normal(20 * 30);
        Values y(2 * 3 * 30);
        cpu::ThreadPool pool(2);
        QVERIFY(cpu::gemm(pool, rows, 20, 30, {x.data(), 0}, {w.data(), 0}, WeightLayout::k_n,
                          {y.data(), 3 * 30}, false)
                    .ok());
        QVERIFY(same_bits({y.begin(), y.begin() + 90}, {y.begin() + 90, y.end()}));
        QCOMPARE(far_from({y.begin(), y.begin() + 90}, gemm<double>(3, 20, 30, x, w, Values(90)),
                          gemm<float>(3, 20, 30, x, w, Values(90)), 30),
                 QString());
    }

    void panels_use_every_place_once() {
        for (const std::size_t n : {1U, 127U, 128U, 129U, 300U}) {
            std::vector<int> uses(9 * n);
            for (std::size_t i = 0; i < 9; ++i)
                for (std::size_t j = 0; j < n; ++j)
                    ++uses.at(panel_index(9, n, i, j));
            QCOMPARE(uses, std::vector<int>(9 * n, 1));
        }
    }

    void signals_change_nothing() {
        constexpr int rows = 144, k = 3000, n = 512;
        Random random(9);
        const auto x = random.normal(rows * k), w = random.normal(k * n);
        Values quiet(rows * n);
        cpu::ThreadPool pool(2);
        const auto multiply = [&](Values& y) {
            return cpu::gemm(pool, std::vector{rows}, k, n, {x.data(), 0}, {w.data(), 0}, WeightLayout::k_n,
                             {y.data(), 0}, false)
                .ok();
        };
        QVERIFY(multiply(quiet));
        const SignalStorm storm;
        // Blocks of the heap around oneDNN's own: what is written outside those is noticed.
        std::vector<Values> heap;
        for (int i = 0; i < 60; ++i) {
            heap.emplace_back(rows * n);
            QVERIFY(multiply(heap.back()));
        }
        for (const auto& y : heap)
            QVERIFY(same_bits(y, quiet));
        QVERIFY(signals_handled > 0);
    }

    void leaves_the_callers_openmp_threads_alone() {
        omp_set_num_threads(3);
        Values x(10 * 10, 1.0F), y(10 * 10);
        cpu::ThreadPool pool(2);
        QVERIFY(cpu::gemm(pool, std::vector{10}, 10, 10, {x.data(), 0}, {x.data(), 0}, WeightLayout::k_n,
                          {y.data(), 0}, false)
                    .ok());
        QCOMPARE(omp_get_max_threads(), 3);
    }

    void a_cell_of_no_rows_takes_no_part() {
        Random random(8);
        const std::vector rows{3, 0, 150};
        const auto x = random.cells(rows, 16), w = random.cells({16, 16, 16}, 130),
                   y = random.cells(rows, 130);
        const auto run = [&](cpu::ThreadPool& pool, std::size_t first, std::size_t count) {
            Guarded in(x, first, count), by(w, first, count), out(y, first, count);
            const auto status = cpu::gemm(pool, Rows(rows).subspan(first, count), 16, 130, in.stack(),
                                          by.stack(), WeightLayout::k_n, out.stack(), true);
            return status.ok() ? out.take() : Cells{};
        };
        Cells result;
        QCOMPARE(differing_bits(rows.size(), run, result), QString());
        QVERIFY(!same_bits(result[0], y[0]) && result[1].empty());
    }

    void refuses_what_it_cannot_do() {
        cpu::ThreadPool pool(2);
        Values data(100);
        const Stack<float> some{data.data(), 0}, none{};
        const auto call = [&](std::vector<int> rows, int k, int n, Stack<const float> x, Stack<const float> w,
                              Stack<float> y) {
            return cpu::gemm(pool, rows, k, n, x, w, WeightLayout::k_n, y, false).ok();
        };
        QVERIFY(call({2, 3}, 4, 5, some, some, some));
        QVERIFY(call({}, 4, 5, some, some, some));
        QVERIFY(call({2, 0}, 4, 5, some, some, some));
        QVERIFY(!call({2, -1}, 4, 5, some, some, some));
        QVERIFY(!call({2}, 0, 5, some, some, some));
        QVERIFY(!call({2}, 4, -5, some, some, some));
        QVERIFY(!call({2}, 4, 5, none, some, some));
        QVERIFY(!call({2}, 4, 5, some, none, some));
        QVERIFY(!call({2}, 4, 5, some, some, none));
    }
};

QTEST_GUILESS_MAIN(TestGemm)
#include "tst_gemm.moc"
