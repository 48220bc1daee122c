#include "app/core/snapshots.h"

#include <algorithm>
#include <atomic>
#include <stdexcept>

#include "app/core/reading_lock.h"
#include "support.h"

using namespace longview;
using namespace longview::app;
using namespace longview::app::test;

namespace {

bool is_power_of_two(std::int64_t value) {
    return value > 0 && (value & (value - 1)) == 0;
}

std::shared_ptr<const MemoryState> state_after(std::int64_t segments) {
    MemoryState state{2, 6, 4, segments, {}, {}};
    state.A.assign(48, 0.5F);
    state.z.assign(12, 1.5F);
    return std::make_shared<const MemoryState>(state);
}

} // namespace

class TestSnapshots : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() { directory_.emplace(); }

    void eightToSixteenStay() {
        for (std::int64_t segments = 1; segments < 5000; segments += 7) {
            const std::int64_t step = kept_step(segments);
            QVERIFY(is_power_of_two(step));
            QVERIFY(segments / step <= static_cast<std::int64_t>(most_kept()));
            QVERIFY(segments < 16 || segments / step >= 8);
            for (const std::int64_t memories : {2, 3, 32}) { // states that are larger are kept less often
                const std::int64_t longer = kept_step(segments, memories);
                QVERIFY(longer >= step && is_power_of_two(longer));
                QVERIFY(segments < 8 || segments / longer >= 2);
                QVERIFY(segments / longer <= std::max<std::int64_t>(4, 16 / memories));
            }
        }
    }

    void theStepKeepsItsLimits() {
        for (const std::int64_t segments : {1, 17, 430, 3315, 100'000})
            for (const double pace : {1e-4, 0.01, 0.3, 5.0, 60.0})
                for (const double cost : {0.0, 0.002, 0.1, 2.0, 30.0}) {
                    const std::int64_t step = snapshot_step(segments, pace, cost);
                    QVERIFY(is_power_of_two(step));
                    const double period = static_cast<double>(step) * pace;
                    QVERIFY(cost <= 0.05 * period); // at most 5 % of the time
                    // No more than 30 s at risk, unless that, or a single segment, would cost more.
                    QVERIFY(period <= 30 || step == 1 || cost > 0.05 * period / 2);
                    QVERIFY(step <= kept_step(segments) || cost > 0.05 * period / 2);
                }
        QCOMPARE(snapshot_step(430, 0, 0.01), 0);
        QCOMPARE(snapshot_step(430, 0.045, 0.01), kept_step(430));
        QCOMPARE(snapshot_step(430, 2.0, 0.01), 8); // 16 s; 16 segments would be 32 s
    }

    void whatIsSubmittedIsStored() {
        const auto thread = std::this_thread::get_id();
        std::atomic<int> elsewhere = 0;
        std::vector<std::int64_t> stored;
        {
            SnapshotWriter writer(library(), [&](storage::MemoryStore&, const MemoryState& state) {
                elsewhere += std::this_thread::get_id() != thread ? 1 : 0;
                stored.push_back(state.segments);
            });
            QVERIFY(!writer.cost());
            for (const std::int64_t segments : {1, 2, 3}) {
                writer.submit(state_after(segments));
                QVERIFY(writer.finish().empty());
                QVERIFY(writer.idle());
            }
            QVERIFY(writer.cost().value() >= 0);
            writer.submit(state_after(4)); // the end waits for it
        }
        QCOMPARE(stored, (std::vector<std::int64_t>{1, 2, 3, 4}));
        QCOMPARE(elsewhere.load(), 4);
    }

    void aFailureIsToldAndEndsTheWriting() {
        int tries = 0;
        SnapshotWriter writer(library(), [&](storage::MemoryStore&, const MemoryState&) {
            ++tries;
            throw std::runtime_error("no room");
        });
        writer.submit(state_after(1));
        QCOMPARE(writer.finish(), std::string("no room"));
        writer.submit(state_after(2));
        QCOMPARE(writer.finish(), std::string("no room"));
        QCOMPARE(tries, 1);
    }

    void aLibraryThatCannotBeOpenedIsAFailure() {
        put_file(library(), std::string(4096, 'x'));
        SnapshotWriter writer(library(), [](storage::MemoryStore&, const MemoryState&) {});
        writer.submit(state_after(1));
        QVERIFY(contains(writer.finish(), "library.sqlite"));
    }

    void oneReaderAtATime() {
        const Hash128 book = hash_text("book"), other_book = hash_text("other");
        std::optional<ReadingLock> first(std::in_place, library(), book);
        ReadingLock second(library(), book);
        ReadingLock other(library(), other_book);
        QVERIFY(first->try_lock());
        QVERIFY(first->try_lock());
        QVERIFY(!second.try_lock());
        QVERIFY(other.try_lock());
        first.reset();
        QVERIFY(second.try_lock());
    }

    void withoutAPlaceForTheLockReadingGoesOn() {
        ReadingLock lock("/nowhere/at/all/library.sqlite", hash_text("book"));
        QVERIFY(lock.try_lock());
    }

private:
    std::filesystem::path library() const { return path_of(*directory_) / "library.sqlite"; }
    std::optional<QTemporaryDir> directory_;
};

QTEST_GUILESS_MAIN(TestSnapshots)
#include "tst_snapshots.moc"
