#pragma once
// How far a reading has come, as the window shows it: a grid of segments × layers. Pure arithmetic, no
// tensors.

#include <cstdint>
#include <optional>

namespace longview {

enum class Schedule {
    diagonal,   ///< all cells (s, l) with s + l = i in one group (arXiv 2506.05229, section 3)
    sequential, ///< one cell per group, segment by segment: the plain recurrence
};

enum class CellStatus { waiting, running, done, restored };

/// One instant of a reading. Segments are numbered from 0 over the whole document; the first `restored` of
/// them came from a stored memory and are not computed again.
struct WavefrontSnapshot {
    std::int64_t segments = 0; ///< all full segments of the document
    std::int64_t restored = 0;
    int layers = 0;
    Schedule schedule = Schedule::diagonal;
    std::int64_t steps_done = 0; ///< grouped steps finished of this wavefront
    bool running = false;        ///< a step is under way
    /// Set once a stop was asked for: of the segments to compute only the first so many run, the others keep
    /// waiting.
    std::optional<std::int64_t> admitted;
    /// Segments after the restored ones that earlier wavefronts of this reading have finished: at the end of
    /// each of the model's spans (ModelConfig::memory_span) the wavefront drains, and another one begins.
    std::int64_t drained = 0;
    std::optional<std::int64_t> wave; ///< segments of this wavefront; nothing: all that follow

    /// Segments this reading computes.
    std::int64_t computed_segments() const { return admitted.value_or(segments - restored); }
    std::int64_t wave_segments() const; ///< of them, in this wavefront
    std::int64_t steps() const;         ///< of this wavefront
    std::int64_t cells_done() const;    ///< among the computed ones
    CellStatus status(std::int64_t segment, int layer) const;
    bool operator==(const WavefrontSnapshot&) const = default;
};

} // namespace longview
