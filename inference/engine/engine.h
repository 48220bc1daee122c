#pragma once
// Reads segments into a memory and generates answers from it. One executor for every schedule and backend.

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <vector>

#include "inference/engine/backend.h"
#include "inference/values/generation.h"
#include "inference/values/memory_state.h"
#include "inference/values/progress.h"

namespace longview {

/// What to read. `tokens` are those that follow the segments already in `from`; they are cut left-aligned
/// into segments of n. The last one may be shorter (it then has fewer rows, memory tokens included), which
/// documents avoid and the golden cases need.
struct ReadJob {
    std::span<const TokenId> tokens;
    const MemoryState* from = nullptr; ///< nullptr: start with an empty memory
    Schedule schedule = Schedule::diagonal;
    /// Whether the state after so many segments is wanted as a snapshot. Asked once for each segment, in
    /// order, when it enters the wavefront; it may answer by the clock. Empty: none is.
    std::function<bool(std::int64_t segments)> snapshot_due;
};

/// Called on the engine's thread. Every callback may be empty.
struct ReadObserver {
    std::function<void(const ReadProgress&)> on_step;
    /// The state after state.segments segments, taken without draining the wavefront. In order of segments.
    std::function<void(MemoryState&&)> on_snapshot;
    /// Output logits [rows, vocab] of one segment's document rows; costs a pass of the output head per
    /// segment and, on the CPU, the rest of the last layer, whose memory may then differ in the last bits:
    /// not for a state that is kept.
    std::function<void(std::int64_t segment, std::span<const float> logits)> on_logits;
};

struct ReadResult {
    MemoryState state;      ///< after the last whole segment; equals a snapshot there, bit for bit
    bool cancelled = false; ///< stopped early: `state` holds what was finished
    std::int64_t segments_computed = 0;
    std::int64_t steps = 0; ///< grouped steps run
    double ms = 0;
    WavefrontSnapshot wavefront; ///< where it ended
};

struct GenerateJob {
    const MemoryState* memory = nullptr; ///< one (MemoryState::memory); nullptr: an empty one
    std::span<const TokenId> prompt;     ///< rows of the final segment: 1 … final_capacity() − 1 tokens
    SamplingOptions sampling;
    int max_tokens = 256;
    std::vector<TokenId> stop_tokens;
    /// Whether a token, a stop token too, may come next: one that may is chosen, and the answer ends where
    /// none may. Empty: any may, and the device chooses without sending its logits here.
    std::function<bool(TokenId)> allowed = {};
};

struct GenerateObserver {
    /// Called for each token as soon as it is chosen, stop tokens excluded.
    std::function<void(TokenId)> on_token;
    /// Logits [vocab] from which each token was chosen, the stop token's too; -∞ for those that were drawn
    /// before it and not allowed.
    std::function<void(std::span<const float> logits)> on_logits;
};

/// Not thread-safe: owned and called by one thread. Values in, values out; nothing is kept between calls but
/// the model.
class Engine {
public:
    explicit Engine(std::unique_ptr<Backend> backend);

    const ModelConfig& config() const { return backend_->config(); }
    DeviceInfo device() const { return backend_->device(); }
    std::string numerics() const { return backend_->numerics(); }

    /// On a stop request no further segment enters; those under way are finished (at most L − 1 steps), so
    /// that all work done is in the returned state. Throws Error(input) for ids outside the vocabulary,
    /// Error(model) for a state of another shape, Error(device) when the backend fails.
    ReadResult read(const ReadJob& job, const ReadObserver& observer = {}, std::stop_token stop = {});

    /// The final segment: no memory tokens, no write, memory read at every layer; then one row per token.
    Generation generate(const GenerateJob& job, const GenerateObserver& observer = {},
                        std::stop_token stop = {});

private:
    void check_tokens(std::span<const TokenId> tokens) const;
    std::unique_ptr<Backend> backend_;
    std::vector<float> logits_; ///< [vocab], or [n, vocab] once logits of whole segments were asked for
};

} // namespace longview
