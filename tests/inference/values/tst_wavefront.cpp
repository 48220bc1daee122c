#include <QtTest>
#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "inference/values/wavefront.h"

using namespace longview;

namespace {

using Cell = std::pair<std::int64_t, int>;

/// Runs the schedule cell by cell, from the recurrence's dependencies alone: a diagonal step takes every cell
/// whose lower layer and previous segment are done, a sequential one the first such cell.
std::vector<std::vector<Cell>> simulate(std::int64_t restored, std::int64_t segments, int layers,
                                        Schedule schedule) {
    std::set<Cell> done;
    std::vector<std::vector<Cell>> steps;
    const auto total = static_cast<std::size_t>(segments - restored) * static_cast<std::size_t>(layers);
    while (done.size() < total) {
        std::vector<Cell> ready;
        for (auto s = restored; s < segments; ++s)
            for (int l = 0; l < layers; ++l)
                if (!done.contains({s, l}) && (l == 0 || done.contains({s, l - 1})) &&
                    (s == restored || done.contains({s - 1, l})))
                    ready.emplace_back(s, l);
        if (schedule == Schedule::sequential) {
            const auto first = *std::min_element(ready.begin(), ready.end());
            ready.assign(1, first);
        }
        done.insert(ready.begin(), ready.end());
        steps.push_back(ready);
    }
    return steps;
}

} // namespace

class TestWavefront : public QObject {
    Q_OBJECT
private slots:
    void agreesWithSimulation_data();
    void agreesWithSimulation();
    void earlierWavefrontsAreDone();
};

void TestWavefront::agreesWithSimulation_data() {
    QTest::addColumn<int>("restored");
    QTest::addColumn<int>("segments");
    QTest::addColumn<int>("layers");
    for (const auto& [restored, segments, layers] : {std::tuple{0, 0, 3},
                                                     {0, 1, 1},
                                                     {0, 1, 4},
                                                     {0, 6, 1},
                                                     {0, 3, 3},
                                                     {0, 2, 5},
                                                     {0, 9, 4},
                                                     {2, 7, 3},
                                                     {5, 5, 2}})
        QTest::addRow("%d of %d, %d layers", restored, segments, layers) << restored << segments << layers;
}

void TestWavefront::agreesWithSimulation() {
    QFETCH(int, restored);
    QFETCH(int, segments);
    QFETCH(int, layers);
    for (const auto schedule : {Schedule::diagonal, Schedule::sequential}) {
        const auto steps = simulate(restored, segments, layers, schedule);
        WavefrontSnapshot snapshot{segments, restored, layers, schedule, 0, true};
        QCOMPARE(snapshot.steps(), static_cast<std::int64_t>(steps.size()));
        std::set<Cell> done;
        for (std::size_t step = 0; step <= steps.size(); ++step) {
            snapshot.steps_done = static_cast<std::int64_t>(step);
            QCOMPARE(snapshot.cells_done(), static_cast<std::int64_t>(done.size()));
            const auto running = step < steps.size() ? std::set<Cell>(steps[step].begin(), steps[step].end())
                                                     : std::set<Cell>();
            for (std::int64_t s = 0; s < segments; ++s)
                for (int l = 0; l < layers; ++l) {
                    const auto expected = s < restored               ? CellStatus::restored
                                          : done.contains({s, l})    ? CellStatus::done
                                          : running.contains({s, l}) ? CellStatus::running
                                                                     : CellStatus::waiting;
                    QCOMPARE(snapshot.status(s, l), expected);
                    auto stopped = snapshot;
                    stopped.running = false;
                    QVERIFY(stopped.status(s, l) != CellStatus::running);
                }
            done.insert(running.begin(), running.end());
        }
    }
}

/// The second wavefront of a reading: 2 segments restored, 3 finished by the first, 4 in this one, 1 to come.
void TestWavefront::earlierWavefrontsAreDone() {
    for (const auto schedule : {Schedule::diagonal, Schedule::sequential}) {
        WavefrontSnapshot whole{
            .segments = 10, .restored = 2, .layers = 3, .schedule = schedule, .running = true};
        whole.drained = 3;
        whole.wave = 4;
        const WavefrontSnapshot alone{.segments = 4, .layers = 3, .schedule = schedule, .running = true};
        QCOMPARE(whole.steps(), alone.steps());
        for (; whole.steps_done <= whole.steps(); ++whole.steps_done) {
            auto part = alone;
            part.steps_done = whole.steps_done;
            QCOMPARE(whole.cells_done(), 3 * 3 + part.cells_done());
            for (int layer = 0; layer < 3; ++layer) {
                for (std::int64_t s = 0; s < 10; ++s)
                    QCOMPARE(whole.status(s, layer), s < 2   ? CellStatus::restored
                                                     : s < 5 ? CellStatus::done
                                                     : s < 9 ? part.status(s - 5, layer)
                                                             : CellStatus::waiting);
            }
        }
        whole.admitted = 5; // a stop: of this wavefront two segments run
        QCOMPARE(whole.wave_segments(), std::int64_t{2});
        QCOMPARE(whole.status(7, 0), CellStatus::waiting);
    }
}

QTEST_GUILESS_MAIN(TestWavefront)
#include "tst_wavefront.moc"
