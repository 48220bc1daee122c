#include <QTest>

#include "cells.h"
#include "compare.h"
#include "reference.h"

using namespace longview::kernels;
using namespace longview::kernels::test;

namespace {

struct Inputs {
    Cells kappa, v, beta, bias, A, z;
    std::vector<std::uint8_t> first;

    Inputs(Random& random, std::size_t cells, int memory_rows, int keys, int d) {
        for (std::size_t g = 0; g < cells; ++g) {
            kappa.push_back(random.uniform(at(memory_rows * keys), 0, 1));
            v.push_back(random.normal(at(memory_rows * d)));
            beta.push_back(random.normal(at(memory_rows)));
            bias.push_back(random.normal(1));
            A.push_back(random.normal(at(keys * d)));
            z.push_back(random.uniform(at(keys), 0, 0.5F));
            first.push_back(g == 1 ? 1 : 0);
        }
    }
};

} // namespace

class TestMemoryWrite : public QObject {
    Q_OBJECT

private slots:
    void agrees_with_float64_data() {
        QTest::addColumn<int>("cells");
        QTest::addColumn<int>("memory_rows");
        QTest::addColumn<int>("keys");
        QTest::addColumn<int>("d");
        // Tiles are 128 columns.
        QTest::newRow("smallest") << 3 << 1 << 12 << 1;
        QTest::newRow("odd") << 3 << 3 << 18 << 37;
        QTest::newRow("below a tile") << 2 << 2 << 13 << 127;
        QTest::newRow("a tile") << 4 << 17 << 24 << 128;
        QTest::newRow("past a tile") << 2 << 5 << 12 << 129;
        QTest::newRow("real") << 8 << 16 << 192 << 384;
    }
    void agrees_with_float64() {
        QFETCH(int, cells);
        QFETCH(int, memory_rows);
        QFETCH(int, keys);
        QFETCH(int, d);
        Random random(static_cast<unsigned>(d));
        const Inputs in(random, at(cells), memory_rows, keys, d);
        const auto empty = unset(std::vector<int>(at(cells), memory_rows), d);
        const auto run = [&](cpu::ThreadPool& pool, std::size_t first, std::size_t count) {
            Guarded kappa(in.kappa, first, count), v(in.v, first, count), beta(in.beta, first, count),
                bias(in.bias, first, count), A(in.A, first, count), z(in.z, first, count),
                scratch(empty, first, count);
            const auto status = cpu::memory_write(pool, {.memory_rows = memory_rows,
                                                         .keys = keys,
                                                         .d = d,
                                                         .kappa = kappa.stack(),
                                                         .v = v.stack(),
                                                         .beta = beta.stack(),
                                                         .beta_bias = bias.stack(),
                                                         .A = A.stack(),
                                                         .z = z.stack(),
                                                         .scratch = scratch.stack(),
                                                         .first = std::span(in.first).subspan(first, count)});
            auto result = A.take();
            const auto new_z = z.take();
            if (!status.ok() || result.size() != count || new_z.size() != count ||
                scratch.take().size() != count)
                return Cells{};
            for (std::size_t g = 0; g < count; ++g) // A, then z
                result[g].insert(result[g].end(), new_z[g].begin(), new_z[g].end());
            return result;
        };
        Cells result;
        QCOMPARE(differing_bits(at(cells), run, result), QString());
        for (std::size_t g = 0; g < at(cells); ++g) {
            const auto exact = memory_write<double>(memory_rows, keys, d, in.kappa[g], in.v[g], in.beta[g],
                                                    in.bias[g][0], in.A[g], in.z[g], in.first[g] != 0);
            const auto naive = memory_write<float>(memory_rows, keys, d, in.kappa[g], in.v[g], in.beta[g],
                                                   in.bias[g][0], in.A[g], in.z[g], in.first[g] != 0);
            const auto border = result[g].begin() + keys * d;
            QCOMPARE(far_from({result[g].begin(), border}, exact.A, naive.A, at(d)), QString());
            QCOMPARE(far_from({border, result[g].end()}, exact.z, naive.z, at(keys)), QString());
        }
    }

    void what_is_known_leaves_z_alone() {
        // κ·z far above ‖κ‖²: γ is clipped at 0.
        Values kappa{1, 2, 0, 1}, v{1, 1}, beta{0}, bias{0}, A(8, 1.0F), z(4, 50.0F), scratch(2);
        cpu::ThreadPool pool(1);
        const std::vector<std::uint8_t> first{0};
        cpu::MemoryWrite write{1,
                               4,
                               2,
                               {kappa.data(), 0},
                               {v.data(), 0},
                               {beta.data(), 0},
                               {bias.data(), 0},
                               {A.data(), 0},
                               {z.data(), 0},
                               {scratch.data(), 0},
                               first};
        QVERIFY(cpu::memory_write(pool, write).ok());
        QCOMPARE(z, Values(4, 50.0F));
        QVERIFY(A[0] > 1.0F);
        QCOMPARE(A[4], 1.0F); // κ is 0 there
    }

    void a_memoryless_cell_keeps_A() {
        // Of two equal cells the second is memoryless: its z moves as the other's does, its A not at all.
        constexpr int memory = 2, keys = 12, d = 3;
        Random random(9);
        const Cells kappa(2, random.uniform(memory * keys, 0, 1)), v(2, random.normal(memory * d)),
            beta(2, random.normal(memory)), bias(2, Values{0.5F}), zeros(2, Values(memory * d));
        Cells A(2, random.normal(keys * d)), z(2, random.uniform(keys, 0, 0.1F));
        Guarded by_kappa(kappa, 0, 2), by_v(v, 0, 2), by_beta(beta, 0, 2), by_bias(bias, 0, 2), in_A(A, 0, 2),
            in_z(z, 0, 2), scratch(zeros, 0, 2);
        const std::vector<std::uint8_t> first{0, 0}, memoryless{0, 1};
        cpu::ThreadPool pool(2);
        QVERIFY(cpu::memory_write(pool, {memory, keys, d, by_kappa.stack(), by_v.stack(), by_beta.stack(),
                                         by_bias.stack(), in_A.stack(), in_z.stack(), scratch.stack(), first,
                                         memoryless})
                    .ok());
        const Cells new_A = in_A.take(), new_z = in_z.take();
        QVERIFY(!same_bits(new_A[0], A[0]) && same_bits(new_A[1], A[1]));
        QVERIFY(!same_bits(new_z[0], z[0]) && same_bits(new_z[1], new_z[0]));
    }

    void refuses_what_it_cannot_do() {
        cpu::ThreadPool pool(2);
        Values data(1000);
        const Stack<float> some{data.data(), 0};
        const std::vector<std::uint8_t> first{1};
        const cpu::MemoryWrite good{2, 12, 3, some, some, some, some, some, some, some, first};
        QVERIFY(cpu::memory_write(pool, good).ok());
        const auto refused = [&](auto change) {
            auto bad = good;
            change(bad);
            return !cpu::memory_write(pool, bad).ok();
        };
        QVERIFY(refused([](auto& w) { w.memory_rows = 0; }));
        QVERIFY(refused([](auto& w) { w.keys = -1; }));
        QVERIFY(refused([](auto& w) { w.d = 0; }));
        QVERIFY(refused([](auto& w) { w.kappa = {}; }));
        QVERIFY(refused([](auto& w) { w.v = {}; }));
        QVERIFY(refused([](auto& w) { w.beta = {}; }));
        QVERIFY(refused([](auto& w) { w.beta_bias = {}; }));
        QVERIFY(refused([](auto& w) { w.A = {}; }));
        QVERIFY(refused([](auto& w) { w.z = {}; }));
        QVERIFY(refused([](auto& w) { w.scratch = {}; }));
        const std::vector<std::uint8_t> two{0, 0};
        QVERIFY(refused([&](auto& w) { w.memoryless = two; }));
    }
};

QTEST_GUILESS_MAIN(TestMemoryWrite)
#include "tst_memory_write.moc"
