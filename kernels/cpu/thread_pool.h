#pragma once
// A fixed set of threads that runs the independent tasks of one operation.

#include <cstddef>
#include <functional>
#include <memory>

namespace longview::kernels::cpu {

/// Owned and used by one thread at a time; parallel_for may not be nested. Which thread runs which task is
/// not defined, so operations give every task its own output: results never depend on the number of threads.
class ThreadPool {
public:
    /// `threads` <= 0: one per core this process may use. The calling thread counts as one of them.
    explicit ThreadPool(int threads);
    ~ThreadPool();
    ThreadPool(const ThreadPool&) = delete;
    ThreadPool& operator=(const ThreadPool&) = delete;

    int threads() const;
    /// Runs task(i, worker) for i in [0, count), worker in [0, threads()), and returns when all are done.
    /// Tasks must not throw.
    void parallel_for(std::size_t count, const std::function<void(std::size_t task, int worker)>& task);

    /// Gives every worker at least `floats` floats of scratch, kept until the pool ends and shared by all
    /// operations. False when memory does not suffice. Contents are lost. Not inside parallel_for.
    bool reserve_scratch(std::size_t floats);
    /// The scratch of one worker, 64-byte aligned; nullptr before the first reserve_scratch.
    float* scratch(int worker) const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace longview::kernels::cpu
