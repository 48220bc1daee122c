#include <QTest>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <numeric>
#include <thread>
#include <vector>

#include "kernels/cpu/thread_pool.h"

using longview::kernels::cpu::ThreadPool;

class TestThreadPool : public QObject {
    Q_OBJECT

private slots:
    void runs_every_task_once_data() {
        QTest::addColumn<int>("threads");
        QTest::addColumn<int>("count");
        for (const int threads : {1, 2, 5})
            for (const int count : {0, 1, 2, 3, 7, 64, 1000})
                QTest::addRow("%d threads, %d tasks", threads, count) << threads << count;
    }
    void runs_every_task_once() {
        QFETCH(int, threads);
        QFETCH(int, count);
        ThreadPool pool(threads);
        QCOMPARE(pool.threads(), threads);
        // Plain integers: the thread sanitizer sees two tasks on one element, or a result read too early.
        std::vector<int> runs(static_cast<std::size_t>(count)), by_worker(static_cast<std::size_t>(threads));
        pool.parallel_for(runs.size(), [&](std::size_t task, int worker) {
            ++runs[task];
            ++by_worker.at(static_cast<std::size_t>(worker));
        });
        QCOMPARE(runs, std::vector<int>(runs.size(), 1));
        QCOMPARE(std::accumulate(by_worker.begin(), by_worker.end(), 0), count);
    }

    void every_thread_takes_part() {
        ThreadPool pool(3);
        // Each task waits for the two others, so one thread alone would never finish.
        std::atomic<int> arrived{0};
        pool.parallel_for(3, [&](std::size_t, int) {
            ++arrived;
            while (arrived.load() < 3)
                std::this_thread::yield();
        });
        QCOMPARE(arrived.load(), 3);
    }

    void waits_for_the_slowest() {
        ThreadPool pool(2);
        std::atomic<int> arrived{0};
        bool finished = false;
        pool.parallel_for(2, [&](std::size_t, int worker) {
            ++arrived;
            while (arrived.load() < 2)
                std::this_thread::yield();
            if (worker == 1) { // long after the caller has run out of tasks
                QTest::qSleep(20);
                finished = true;
            }
        });
        QVERIFY(finished);
    }

    void many_small_calls() {
        for (const int threads : {2, 5}) {
            ThreadPool pool(threads);
            std::vector<std::int64_t> sums(3);
            for (int call = 0; call < 2000; ++call)
                pool.parallel_for(3, [&](std::size_t task, int) { sums[task] += call; });
            QCOMPARE(sums, std::vector<std::int64_t>(3, 1999 * 1000));
        }
    }

    void wakes_after_a_pause() {
        ThreadPool pool(4);
        std::vector<int> runs(8);
        for (int call = 0; call < 5; ++call) {
            QTest::qSleep(5); // workers are asleep by now
            pool.parallel_for(8, [&](std::size_t task, int) { ++runs[task]; });
        }
        QCOMPARE(runs, std::vector<int>(8, 5));
    }

    void ends_while_idle() {
        for (int i = 0; i < 50; ++i) {
            const ThreadPool unused(3);
            ThreadPool used(3);
            int runs = 0;
            used.parallel_for(1, [&](std::size_t, int) { ++runs; });
            QCOMPARE(runs, 1);
        }
    }

    void takes_all_cores_by_default() { QVERIFY(ThreadPool(0).threads() >= 1); }

    void scratch_is_kept_apart() {
        ThreadPool pool(3);
        QVERIFY(pool.scratch(0) == nullptr);
        QVERIFY(pool.reserve_scratch(100));
        const std::vector first{pool.scratch(0), pool.scratch(1), pool.scratch(2)};
        pool.parallel_for(30, [&](std::size_t task, int worker) {
            std::fill_n(pool.scratch(worker), 100, static_cast<float>(task));
        });
        QVERIFY(pool.reserve_scratch(50));
        for (int worker = 0; worker < 3; ++worker) {
            QCOMPARE(pool.scratch(worker), first[static_cast<std::size_t>(worker)]);
            QCOMPARE(reinterpret_cast<std::uintptr_t>(pool.scratch(worker)) % 64, std::uintptr_t{0});
        }
        QVERIFY(pool.reserve_scratch(100000));
        std::fill_n(pool.scratch(2), 100000, 1.0F);
        QVERIFY(!pool.reserve_scratch(SIZE_MAX / 2));
        pool.scratch(2)[99999] = 2.0F; // a refusal takes nothing away
    }
};

QTEST_GUILESS_MAIN(TestThreadPool)
#include "tst_thread_pool.moc"
