// The comparator of the other tests must be able to fail.
#include <QTest>

#include "cells.h"
#include "compare.h"
#include "reference.h"

using namespace longview::kernels;
using namespace longview::kernels::test;

class TestCompare : public QObject {
    Q_OBJECT

private slots:
    void init() {
        Random random(11);
        const auto x = random.normal(9 * 40), w = random.normal(40 * 12);
        exact_ = gemm<double>(9, 40, 12, x, w, Values(9 * 12));
        naive_ = gemm<float>(9, 40, 12, x, w, Values(9 * 12));
    }
    void accepts_the_naive_version() { QCOMPARE(far_from(naive_, exact_, naive_, 12), QString()); }
    void rejects_zeros() { QVERIFY(!far_from(Values(naive_.size()), exact_, naive_, 12).isEmpty()); }
    void rejects_a_doubled_output() {
        auto wrong = naive_;
        for (auto& value : wrong)
            value *= 2;
        QVERIFY(!far_from(wrong, exact_, naive_, 12).isEmpty());
    }
    void rejects_one_wrong_row() {
        auto wrong = naive_;
        std::swap_ranges(wrong.begin() + 12, wrong.begin() + 24, wrong.begin() + 60);
        QVERIFY(!far_from(wrong, exact_, naive_, 12).isEmpty());
    }
    void rejects_one_slightly_wrong_element() {
        auto wrong = naive_;
        wrong[50] *= 1.0001F;
        QVERIFY(!far_from(wrong, exact_, naive_, 12).isEmpty());
    }
    void rejects_nan_and_missing_rows() {
        auto wrong = naive_;
        wrong[3] = std::numeric_limits<float>::quiet_NaN();
        QVERIFY(!far_from(wrong, exact_, naive_, 12).isEmpty());
        QVERIFY(!far_from(Values(naive_.begin(), naive_.end() - 12), exact_, naive_, 12).isEmpty());
        QVERIFY(!far_from({}, {}, {}, 12).isEmpty());
    }
    void guards_notice_a_stray_write() {
        Guarded buffer({Values(5), Values(3)}, 0, 2);
        QCOMPARE(buffer.take().size(), std::size_t{2});
        buffer.stack()[1][3] = 0;
        QVERIFY(buffer.take().empty());
        Guarded before({Values(5)}, 0, 1);
        before.stack()[0][-1] = 1;
        QVERIFY(before.take().empty());
    }

private:
    std::vector<double> exact_;
    Values naive_;
};

QTEST_GUILESS_MAIN(TestCompare)
#include "tst_compare.moc"
