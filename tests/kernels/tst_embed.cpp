#include <QTest>

#include "cells.h"

using namespace longview::kernels;
using namespace longview::kernels::test;

class TestEmbed : public QObject {
    Q_OBJECT

private slots:
    void copies_rows_then_memory() {
        Random random(1);
        constexpr int vocab = 7, d = 5;
        const auto table = random.normal(vocab * d), memory = random.normal(2 * d);
        const std::vector<std::int32_t> ids{6, 0, 3, 3};
        for (const int memory_rows : {0, 2}) {
            Guarded x({Values(at(4 + memory_rows) * d)}, 0, 1);
            QVERIFY(cpu::embed(ids, table.data(), vocab, memory_rows ? memory.data() : nullptr, memory_rows,
                               d, x.stack()[0])
                        .ok());
            Values expected;
            for (const auto id : ids)
                expected.insert(expected.end(), table.begin() + id * d, table.begin() + (id + 1) * d);
            expected.insert(expected.end(), memory.begin(), memory.begin() + memory_rows * d);
            QCOMPARE(x.take(), Cells{expected});
        }
    }

    void refuses_what_it_cannot_do() {
        const Values table(12, 1.0F);
        Values x(12, 9.0F);
        const auto call = [&](std::vector<std::int32_t> ids, const float* rows, int vocab, int memory_rows,
                              int d) {
            return cpu::embed(ids, rows, vocab, nullptr, memory_rows, d, x.data()).ok();
        };
        QVERIFY(!call({1, 4}, table.data(), 4, 0, 3)); // past the vocabulary
        QVERIFY(!call({-1}, table.data(), 4, 0, 3));
        QVERIFY(!call({1}, nullptr, 4, 0, 3));
        QVERIFY(!call({1}, table.data(), 0, 0, 3));
        QVERIFY(!call({1}, table.data(), 4, 0, 0));
        QVERIFY(!call({1}, table.data(), 4, 1, 3)); // memory rows without memory
        QVERIFY(!call({1}, table.data(), 4, -1, 3));
        QCOMPARE(x, Values(12, 9.0F)); // nothing was written
        QVERIFY(call({3}, table.data(), 4, 0, 3));
    }
};

QTEST_GUILESS_MAIN(TestEmbed)
#include "tst_embed.moc"
