// The plan is pure arithmetic: it is checked by brute force, without a tensor.

#include <QTest>

#include <map>
#include <set>
#include <stdexcept>

#include "inference/engine/wavefront_plan.h"

using namespace longview;

class TestWavefrontPlan : public QObject {
    Q_OBJECT
private slots:
    void every_cell_runs_once_and_after_what_it_needs_data() {
        QTest::addColumn<int>("segments");
        QTest::addColumn<int>("layers");
        for (const int segments : {0, 1, 2, 3, 4, 5, 9, 40})
            for (const int layers : {1, 2, 4, 5, 16})
                QTest::addRow("%d segments, %d layers", segments, layers) << segments << layers;
    }
    void every_cell_runs_once_and_after_what_it_needs() {
        QFETCH(int, segments);
        QFETCH(int, layers);
        for (const auto schedule : {Schedule::diagonal, Schedule::sequential}) {
            const WavefrontPlan plan(segments, layers, schedule);
            std::map<std::pair<std::int64_t, int>, std::int64_t> ran;
            for (std::int64_t i = 0; i < plan.steps(); ++i) {
                const Step step = plan.step(i);
                QCOMPARE(step.index, i);
                QVERIFY(step.layer_count >= 1 && step.first_layer >= 0 &&
                        step.first_layer + step.layer_count <= layers);
                for (int layer = step.first_layer; layer < step.first_layer + step.layer_count; ++layer) {
                    const auto s = step.segment_of(layer);
                    QVERIFY(s >= 0 && s < segments);
                    QVERIFY2(ran.emplace(std::pair(s, layer), i).second, "a cell ran twice");
                    if (layer > 0)
                        QVERIFY2(ran.count({s, layer - 1}) && ran.at({s, layer - 1}) < i,
                                 "its input was not there");
                    if (s > 0)
                        QVERIFY2(ran.count({s - 1, layer}) && ran.at({s - 1, layer}) < i,
                                 "its memory was not there");
                }
            }
            QCOMPARE(ran.size(), static_cast<std::size_t>(segments) * static_cast<std::size_t>(layers));
        }
    }

    void a_diagonal_reading_takes_segments_plus_layers_minus_one_steps() {
        QCOMPARE(WavefrontPlan(128, 16, Schedule::diagonal).steps(), std::int64_t{143});
        QCOMPARE(WavefrontPlan(128, 16, Schedule::sequential).steps(), std::int64_t{2048});
        QCOMPARE(WavefrontPlan(0, 16, Schedule::diagonal).steps(), std::int64_t{0});
    }

    void full_diagonals_hold_every_layer() {
        const WavefrontPlan plan(20, 6, Schedule::diagonal);
        QCOMPARE(plan.step(0), (Step{0, 0, 1, 0}));
        for (std::int64_t i = 5; i < 20; ++i)
            QCOMPARE(plan.step(i), (Step{i, 0, 6, i}));
        QCOMPARE(plan.step(24), (Step{24, 5, 1, 24}));
    }

    void admitting_fewer_segments_changes_no_step_already_taken() {
        // What a stop relies on: the plan of the first k segments agrees with the whole plan on steps 0 … k
        // − 1.
        for (const auto schedule : {Schedule::diagonal, Schedule::sequential}) {
            const WavefrontPlan whole(30, 4, schedule);
            for (std::int64_t k = 1; k < 30; ++k) {
                const WavefrontPlan part(k, 4, schedule);
                for (std::int64_t i = 0; i < k; ++i)
                    QCOMPARE(part.step(i), whole.step(i));
            }
        }
    }

    void nonsense_is_refused() {
        QVERIFY_EXCEPTION_THROWN(WavefrontPlan(-1, 4, Schedule::diagonal), std::invalid_argument);
        QVERIFY_EXCEPTION_THROWN(WavefrontPlan(3, 0, Schedule::diagonal), std::invalid_argument);
        QVERIFY_EXCEPTION_THROWN(WavefrontPlan(3, 4, Schedule::diagonal).step(6), std::out_of_range);
        QVERIFY_EXCEPTION_THROWN(WavefrontPlan(3, 4, Schedule::diagonal).step(-1), std::out_of_range);
    }
};

QTEST_GUILESS_MAIN(TestWavefrontPlan)
#include "tst_wavefront_plan.moc"
