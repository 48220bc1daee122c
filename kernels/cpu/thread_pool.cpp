#include "kernels/cpu/thread_pool.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace longview::kernels::cpu {
namespace {

using Task = std::function<void(std::size_t, int)>;

constexpr std::size_t kAlignment = 64;
// Operations follow each other within microseconds, a wake-up takes tens of them: look for the next job this
// often before sleeping.
constexpr int kSpins = 2000;

int cores_of_process() {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0)
        return CPU_COUNT(&set);
    return static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

void relax() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#else
    std::this_thread::yield();
#endif
}

struct Free {
    void operator()(float* p) const { std::free(p); }
};
using Buffer = std::unique_ptr<float, Free>;

} // namespace

struct ThreadPool::Impl {
    explicit Impl(int threads);
    ~Impl();

    void work(int worker);
    void run_tasks(int worker, const Task& run, std::size_t total);
    void run_job(int worker, std::unique_lock<std::mutex>& lock);

    std::vector<Buffer> scratch;
    std::size_t scratch_floats = 0;

    std::mutex mutex;
    std::condition_variable wake, done;
    std::atomic<std::uint64_t> jobs{0}; ///< counts jobs; written under the mutex, watched without it
    std::atomic<int> running{0};        ///< workers inside the current job; written under the mutex
    std::atomic<std::size_t> next{0};   ///< first task that nobody has taken
    const Task* task = nullptr; ///< nullptr between jobs: a worker that wakes late finds nothing to join
    std::size_t count = 0;
    bool stop = false;
    std::vector<std::thread> workers; ///< last: they use everything above
};

ThreadPool::Impl::Impl(int threads) : scratch(static_cast<std::size_t>(threads)) {
    for (int worker = 1; worker < threads; ++worker) {
        workers.emplace_back([this, worker] { work(worker); });
        pthread_setname_np(workers.back().native_handle(),
                           ("longview-cpu-" + std::to_string(worker)).c_str());
    }
}

ThreadPool::Impl::~Impl() {
    {
        const std::lock_guard lock(mutex);
        stop = true;
        ++jobs;
    }
    wake.notify_all();
    for (auto& thread : workers)
        thread.join();
}

void ThreadPool::Impl::run_tasks(int worker, const Task& run, std::size_t total) {
    for (auto i = next.fetch_add(1, std::memory_order_relaxed); i < total;
         i = next.fetch_add(1, std::memory_order_relaxed))
        run(i, worker);
}

// Called and left with the lock held; `running` keeps the caller of parallel_for from leaving while we are in
// the job.
void ThreadPool::Impl::run_job(int worker, std::unique_lock<std::mutex>& lock) {
    const Task& run = *task;
    const auto total = count;
    ++running;
    lock.unlock();
    run_tasks(worker, run, total);
    lock.lock();
    if (--running == 0)
        done.notify_one();
}

void ThreadPool::Impl::work(int worker) {
    std::uint64_t seen = 0;
    for (;;) {
        for (int i = 0; i < kSpins && jobs.load(std::memory_order_relaxed) == seen; ++i)
            relax();
        std::unique_lock lock(mutex);
        wake.wait(lock, [&] { return jobs.load(std::memory_order_relaxed) != seen; });
        seen = jobs.load(std::memory_order_relaxed);
        if (stop)
            return;
        if (task)
            run_job(worker, lock);
    }
}

ThreadPool::ThreadPool(int threads)
    : impl_(std::make_unique<Impl>(threads > 0 ? threads : cores_of_process())) {}

ThreadPool::~ThreadPool() = default;

int ThreadPool::threads() const {
    return static_cast<int>(impl_->workers.size()) + 1;
}

void ThreadPool::parallel_for(std::size_t count, const Task& task) {
    auto& pool = *impl_;
    if (count <= 1 || pool.workers.empty()) {
        for (std::size_t i = 0; i < count; ++i)
            task(i, 0);
        return;
    }
    {
        const std::lock_guard lock(pool.mutex);
        pool.task = &task;
        pool.count = count;
        pool.next.store(0, std::memory_order_relaxed);
        ++pool.jobs;
    }
    pool.wake.notify_all();
    pool.run_tasks(0, task, count);
    for (int i = 0; i < kSpins && pool.running.load(std::memory_order_relaxed) != 0; ++i)
        relax();
    std::unique_lock lock(pool.mutex);
    pool.task = nullptr;
    pool.done.wait(lock, [&] { return pool.running.load(std::memory_order_relaxed) == 0; });
}

bool ThreadPool::reserve_scratch(std::size_t floats) {
    auto& pool = *impl_;
    if (floats <= pool.scratch_floats)
        return true;
    constexpr std::size_t step = kAlignment / sizeof(float);
    if (floats > SIZE_MAX / sizeof(float) - step)
        return false;
    const auto rounded = (floats + step - 1) / step * step;
    pool.scratch_floats = 0; // stays so when an allocation fails half-way
    for (auto& buffer : pool.scratch) {
        buffer.reset(); // before the new one: never both at once
        buffer.reset(static_cast<float*>(std::aligned_alloc(kAlignment, rounded * sizeof(float))));
        if (!buffer)
            return false;
    }
    pool.scratch_floats = rounded;
    return true;
}

float* ThreadPool::scratch(int worker) const {
    return impl_->scratch[static_cast<std::size_t>(worker)].get();
}

} // namespace longview::kernels::cpu
