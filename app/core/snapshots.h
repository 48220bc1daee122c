#pragma once
// Which memory states a reading stores on the way, and the thread that stores them.

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "inference/values/memory_state.h"
#include "storage/memory_store.h"

namespace longview::app {

/// Snapshots of a document that stay besides its last state: 16. Where a document has several memories
/// (ModelConfig::memory_span) each state holds those of the spans before it too, and fewer stay: 4 at least.
std::size_t most_kept(std::int64_t memories = 1);

/// A document keeps the states after every multiple of this power of two, half of most_kept() to all of it in
/// a long one, and its last. A longer edition and a shorter one, and two that begin alike, so want the same
/// states.
std::int64_t kept_step(std::int64_t segments, std::int64_t memories = 1);

struct SnapshotLimits {
    double seconds_at_risk = 30;    ///< work that a crash may cost
    double share_of_reading = 0.05; ///< of the time, spent on writing
};

/// A power of two: while reading, states after its multiples are stored. At most kept_step(); less where that
/// would put too much work at risk; more where writing would then take too large a share. `write_seconds` is
/// what one snapshot costs the reading. 0, none at all, while the pace is unknown.
std::int64_t snapshot_step(std::int64_t segments, double seconds_per_segment, double write_seconds,
                           const SnapshotLimits& limits = {}, std::int64_t memories = 1);

/// Compresses and stores one state at a time on a thread and a connection of its own, so that the engine does
/// not wait for the disk. Used by one thread; destruction waits for the write under way.
class SnapshotWriter {
public:
    /// Runs on the writer's thread. What it throws ends the writing.
    using Write = std::function<void(storage::MemoryStore&, const MemoryState&)>;
    SnapshotWriter(std::filesystem::path library, Write write);
    ~SnapshotWriter();
    SnapshotWriter(const SnapshotWriter&) = delete;
    SnapshotWriter& operator=(const SnapshotWriter&) = delete;

    /// Precondition: idle().
    void submit(std::shared_ptr<const MemoryState> state);
    bool idle() const { return idle_; }
    /// Processor time that the last write took, in seconds; nothing before the first is done.
    std::optional<double> cost() const;
    /// Waits for the write under way. Why writing failed; empty when it did not. Nothing is written after a
    /// failure.
    std::string finish();

private:
    void run();

    std::filesystem::path library_;
    Write write_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::shared_ptr<const MemoryState> next_;
    std::optional<double> cost_;
    std::string problem_;
    std::atomic<bool> idle_ = true;
    bool ending_ = false;
    std::thread thread_; ///< starts with the first state: most readings need none
};

} // namespace longview::app
