#include "app/core/snapshots.h"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <exception>
#include <pthread.h>
#include <utility>

#include "inference/values/error.h"

namespace longview::app {

namespace {

constexpr std::int64_t longest_step = std::int64_t{1} << 40;

double thread_cpu_seconds() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

} // namespace

std::size_t most_kept(std::int64_t memories) {
    return static_cast<std::size_t>(std::max<std::int64_t>(4, 16 / std::max<std::int64_t>(1, memories)));
}

std::int64_t kept_step(std::int64_t segments, std::int64_t memories) {
    std::int64_t step = 1;
    while (segments / step > static_cast<std::int64_t>(most_kept(memories)))
        step *= 2;
    return step;
}

std::int64_t snapshot_step(std::int64_t segments, double seconds_per_segment, double write_seconds,
                           const SnapshotLimits& limits, std::int64_t memories) {
    if (!(seconds_per_segment > 0))
        return 0;
    std::int64_t step = kept_step(segments, memories);
    while (step > 1 && static_cast<double>(step) * seconds_per_segment > limits.seconds_at_risk)
        step /= 2;
    while (step < longest_step &&
           write_seconds > limits.share_of_reading * static_cast<double>(step) * seconds_per_segment)
        step *= 2;
    return step;
}

SnapshotWriter::SnapshotWriter(std::filesystem::path library, Write write)
    : library_(std::move(library)), write_(std::move(write)) {}

SnapshotWriter::~SnapshotWriter() {
    finish();
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable())
        thread_.join();
}

void SnapshotWriter::submit(std::shared_ptr<const MemoryState> state) {
    if (!thread_.joinable())
        thread_ = std::thread([this] { run(); });
    {
        const std::lock_guard lock(mutex_);
        next_ = std::move(state);
        idle_ = false;
    }
    changed_.notify_all();
}

std::optional<double> SnapshotWriter::cost() const {
    const std::lock_guard lock(mutex_);
    return cost_;
}

std::string SnapshotWriter::finish() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return idle_.load(); });
    return problem_;
}

void SnapshotWriter::run() {
    pthread_setname_np(pthread_self(), "snapshots");
    std::optional<storage::Database> database;
    std::optional<storage::MemoryStore> memories;
    std::unique_lock lock(mutex_);
    while (true) {
        changed_.wait(lock, [this] { return ending_ || next_; });
        if (!next_)
            return;
        const std::shared_ptr<const MemoryState> state = std::exchange(next_, nullptr);
        const bool failed = !problem_.empty();
        lock.unlock();
        std::string problem;
        const double start = thread_cpu_seconds();
        try {
            if (!failed) {
                if (!database)
                    memories.emplace(database.emplace(library_));
                write_(*memories, *state);
            }
        } catch (const std::exception& error) { // Error(storage), or no memory to compress in
            problem = error.what();
        }
        const double cost = thread_cpu_seconds() - start;
        lock.lock();
        cost_ = cost;
        if (!failed)
            problem_ = problem;
        idle_ = true;
        changed_.notify_all();
    }
}

} // namespace longview::app
