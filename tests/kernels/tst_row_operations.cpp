// The operations that treat each row by itself: rms_norm, rope, swiglu, dpfp, memory_read_weights.
#include <QTest>

#include "cells.h"
#include "compare.h"
#include "reference.h"

using namespace longview::kernels;
using namespace longview::kernels::test;

namespace {

// Row blocks are 16 or 32, lanes 4, partial sums 16.
const std::vector<std::vector<int>> kGroups{{1}, {15, 16, 17}, {31, 1, 32, 33}, {65, 64}, {272, 272}};

constexpr float kEps = 0.05F; // large enough to be missed

} // namespace

class TestRowOperations : public QObject {
    Q_OBJECT

private slots:
    void rms_norm_agrees_with_float64() {
        Random random(1);
        for (const int d : {1, 3, 16, 17, 384})
            for (const auto& rows : kGroups) {
                const auto x = random.cells(rows, d, 3);
                const auto weight = random.cells(std::vector<int>(rows.size(), 1), d);
                Cells result, copies;
                const auto run = [&](cpu::ThreadPool& pool, std::size_t first, std::size_t count) {
                    Guarded in(x, first, count), by(weight, first, count), out(unset(rows, d), first, count),
                        copy(unset(rows, d), first, count);
                    const auto status = cpu::rms_norm(pool, Rows(rows).subspan(first, count), d, kEps,
                                                      in.stack(), by.stack(), out.stack(), copy.stack());
                    copies = copy.take();
                    const bool copied =
                        copies == Cells(x.begin() + static_cast<std::ptrdiff_t>(first),
                                        x.begin() + static_cast<std::ptrdiff_t>(first + count));
                    return status.ok() && copied ? out.take() : Cells{};
                };
                QCOMPARE(differing_bits(rows.size(), run, result), QString());
                for (std::size_t g = 0; g < rows.size(); ++g)
                    QCOMPARE(far_from(result[g], rms_norm<double>(d, kEps, x[g], weight[g]),
                                      rms_norm<float>(d, kEps, x[g], weight[g]), at(d)),
                             QString());
            }
    }
    void rms_norm_needs_no_copy() {
        cpu::ThreadPool pool(1);
        const Values x{3, 4}, weight{1, 2};
        Values y(2);
        QVERIFY(
            cpu::rms_norm(pool, std::vector{1}, 2, 0, {x.data(), 0}, {weight.data(), 0}, {y.data(), 0}, {})
                .ok());
        QCOMPARE(y[0], 3 / std::sqrt(12.5F));
        QCOMPARE(y[1], 8 / std::sqrt(12.5F));
    }

    void rope_agrees_with_float64() {
        Random random(2);
        for (const AttentionShape shape : {AttentionShape{3, 1, 2}, {2, 2, 6}, {6, 2, 64}})
            for (const auto& rows : kGroups)
                for (const int position : {0, 7}) {
                    const int longest = *std::max_element(rows.begin(), rows.end());
                    const auto half = at(shape.head_dim) / 2;
                    const auto cos = random.normal(at(longest + position) * half);
                    const auto sin = random.normal(cos.size());
                    const auto qkv = random.cells(rows, shape.qkv_width());
                    Cells result;
                    const auto run = [&](cpu::ThreadPool& pool, std::size_t first, std::size_t count) {
                        Guarded inout(qkv, first, count);
                        const auto status =
                            cpu::rope(pool, Rows(rows).subspan(first, count), shape,
                                      {cos.data(), sin.data(), longest + position}, position, inout.stack());
                        return status.ok() ? inout.take() : Cells{};
                    };
                    QCOMPARE(differing_bits(rows.size(), run, result), QString());
                    for (std::size_t g = 0; g < rows.size(); ++g)
                        QCOMPARE(far_from(result[g], rope<double>(shape, cos, sin, position, qkv[g]),
                                          rope<float>(shape, cos, sin, position, qkv[g]),
                                          at(shape.qkv_width())),
                                 QString());
                }
    }
    void rope_leaves_values_alone() {
        Random random(9);
        constexpr AttentionShape shape{1, 1, 4};
        const auto qkv = random.normal(3 * 12), angles = random.normal(3 * 2);
        auto rotated = qkv;
        cpu::ThreadPool pool(1);
        QVERIFY(
            cpu::rope(pool, std::vector{3}, shape, {angles.data(), angles.data(), 3}, 0, {rotated.data(), 0})
                .ok());
        for (std::size_t row = 0; row < 3; ++row)
            for (std::size_t i = 8; i < 12; ++i)
                QCOMPARE(rotated[row * 12 + i], qkv[row * 12 + i]);
    }

    void swiglu_agrees_with_float64() {
        Random random(3);
        for (const int width : {1, 3, 4, 5, 1024})
            for (const auto& rows : kGroups) {
                const auto gate_up = random.cells(rows, 2 * width, 4);
                Cells result;
                const auto run = [&](cpu::ThreadPool& pool, std::size_t first, std::size_t count) {
                    Guarded in(gate_up, first, count), out(unset(rows, width), first, count);
                    const auto status =
                        cpu::swiglu(pool, Rows(rows).subspan(first, count), width, in.stack(), out.stack());
                    return status.ok() ? out.take() : Cells{};
                };
                QCOMPARE(differing_bits(rows.size(), run, result), QString());
                for (std::size_t g = 0; g < rows.size(); ++g)
                    QCOMPARE(far_from(result[g], swiglu<double>(width, gate_up[g]),
                                      swiglu<float>(width, gate_up[g]), at(width)),
                             QString());
            }
    }
    void swiglu_saturates() {
        cpu::ThreadPool pool(1);
        const Values gate_up{-1000, -90, 1000, 0, 2, 2, 2, 2};
        Values h(4);
        QVERIFY(cpu::swiglu(pool, std::vector{1}, 4, {gate_up.data(), 0}, {h.data(), 0}).ok());
        QCOMPARE(h, (Values{0, 0, 2000, 0}));
    }

    void dpfp_is_exact() {
        Random random(4);
        for (const int d_mem : {2, 3, 8, 32, 33})
            for (const auto& rows : kGroups) {
                const auto y = random.cells(rows, d_mem);
                Cells result;
                const auto run = [&](cpu::ThreadPool& pool, std::size_t first, std::size_t count) {
                    Guarded in(y, first, count), out(unset(rows, 6 * d_mem), first, count);
                    const auto status =
                        cpu::dpfp(pool, Rows(rows).subspan(first, count), d_mem, in.stack(), out.stack());
                    return status.ok() ? out.take() : Cells{};
                };
                QCOMPARE(differing_bits(rows.size(), run, result), QString());
                for (std::size_t g = 0; g < rows.size(); ++g)
                    QCOMPARE(result[g],
                             dpfp<float>(d_mem, y[g])); // one rounding per element: nothing to tolerate
            }
    }
    void dpfp_passes_nan_on() {
        cpu::ThreadPool pool(1);
        const Values y{1, std::numeric_limits<float>::quiet_NaN()};
        Values phi(12);
        QVERIFY(cpu::dpfp(pool, std::vector{1}, 2, {y.data(), 0}, {phi.data(), 0}).ok());
        QVERIFY(std::isnan(phi[1]));
    }

    void memory_read_weights_agree_with_float64() {
        Random random(5);
        for (const int keys : {1, 12, 16, 17, 192})
            for (const auto& rows : kGroups) {
                auto phi = random.cells(rows, keys);
                for (auto& cell : phi)
                    for (auto& value : cell)
                        value = std::abs(value); // φ is never negative
                Cells z;
                std::vector<std::uint8_t> skip;
                for (std::size_t g = 0; g < rows.size(); ++g) {
                    z.push_back(random.uniform(at(keys), 0, 2));
                    skip.push_back(g == 1 ? 1 : 0);
                }
                Cells result;
                const auto run = [&](cpu::ThreadPool& pool, std::size_t first, std::size_t count) {
                    Guarded by(z, first, count), inout(phi, first, count);
                    const auto status =
                        cpu::memory_read_weights(pool, Rows(rows).subspan(first, count), keys, by.stack(),
                                                 std::span(skip).subspan(first, count), inout.stack());
                    return status.ok() ? inout.take() : Cells{};
                };
                QCOMPARE(differing_bits(rows.size(), run, result), QString());
                for (std::size_t g = 0; g < rows.size(); ++g)
                    QCOMPARE(far_from(result[g],
                                      memory_read_weights<double>(keys, z[g], skip[g] != 0, phi[g]),
                                      memory_read_weights<float>(keys, z[g], skip[g] != 0, phi[g]), at(keys)),
                             QString());
            }
    }

    void a_cell_of_no_rows_takes_no_part() {
        Random random(6);
        const std::vector rows{3, 0, 40};
        const auto y = random.cells(rows, 4), z = random.cells({1, 1, 1}, 24), none = unset(rows, 24);
        const std::vector<std::uint8_t> skip{0, 0, 0};
        const auto run = [&](cpu::ThreadPool& pool, std::size_t first, std::size_t count) {
            Guarded in(y, first, count), by(z, first, count), out(none, first, count);
            const auto some = Rows(rows).subspan(first, count);
            const bool ok = cpu::dpfp(pool, some, 4, in.stack(), out.stack()).ok() &&
                            cpu::memory_read_weights(pool, some, 24, by.stack(),
                                                     std::span(skip).subspan(first, count), out.stack())
                                .ok();
            return ok ? out.take() : Cells{};
        };
        Cells result;
        QCOMPARE(differing_bits(rows.size(), run, result), QString());
        QVERIFY(!result[2].empty() && result[1].empty());
    }

    void refuse_what_they_cannot_do() {
        cpu::ThreadPool pool(2);
        Values data(1000), output(1000);
        const Stack<float> some{data.data(), 0}, out{output.data(), 0}, none{};
        const std::vector two{2}, negative{-1};
        QVERIFY(!cpu::rms_norm(pool, negative, 4, 0, some, some, out, {}).ok());
        QVERIFY(!cpu::rms_norm(pool, two, 0, 0, some, some, out, {}).ok());
        QVERIFY(!cpu::rms_norm(pool, two, 4, -1, some, some, out, {}).ok());
        QVERIFY(
            !cpu::rms_norm(pool, two, 4, std::numeric_limits<float>::quiet_NaN(), some, some, out, {}).ok());
        QVERIFY(!cpu::rms_norm(pool, two, 4, 0, none, some, out, {}).ok());

        const RopeTable table{data.data(), data.data(), 10};
        QVERIFY(cpu::rope(pool, two, {1, 1, 4}, table, 8, out).ok());
        QVERIFY(!cpu::rope(pool, two, {1, 1, 4}, table, 9, out).ok()); // past the table's end
        QVERIFY(!cpu::rope(pool, two, {1, 1, 4}, table, -1, out).ok());
        QVERIFY(!cpu::rope(pool, two, {1, 1, 3}, table, 0, out).ok());
        QVERIFY(!cpu::rope(pool, two, {0, 1, 4}, table, 0, out).ok());
        QVERIFY(!cpu::rope(pool, two, {1, 1, 4}, {nullptr, data.data(), 10}, 0, out).ok());
        QVERIFY(!cpu::rope(pool, negative, {1, 1, 4}, table, 0, out).ok());

        QVERIFY(!cpu::swiglu(pool, two, 0, some, out).ok());
        QVERIFY(!cpu::swiglu(pool, negative, 4, some, out).ok());
        QVERIFY(!cpu::swiglu(pool, two, 4, some, none).ok());

        QVERIFY(!cpu::dpfp(pool, two, 1, some, out).ok()); // no third roll of two features
        QVERIFY(!cpu::dpfp(pool, negative, 4, some, out).ok());
        QVERIFY(!cpu::dpfp(pool, two, 4, none, out).ok());

        const std::vector<std::uint8_t> one_flag{0}, no_flag;
        QVERIFY(cpu::memory_read_weights(pool, two, 4, some, one_flag, out).ok());
        QVERIFY(!cpu::memory_read_weights(pool, two, 4, some, no_flag, out).ok());
        QVERIFY(!cpu::memory_read_weights(pool, two, 0, some, one_flag, out).ok());
        QVERIFY(!cpu::memory_read_weights(pool, two, 4, none, one_flag, out).ok());
        QVERIFY(!cpu::memory_read_weights(pool, negative, 4, some, one_flag, out).ok());
    }
};

QTEST_GUILESS_MAIN(TestRowOperations)
#include "tst_row_operations.moc"
