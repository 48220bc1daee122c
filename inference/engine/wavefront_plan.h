#pragma once
// Which cells run together, and in which order (arXiv 2506.05229, section 3). Pure arithmetic: no tensor, no
// clock.

#include <cstdint>

#include "inference/values/wavefront.h"

namespace longview {

/// A group of cells that run as one step: layers [first_layer, first_layer + layer_count), where layer l
/// works on segment `anchor − l`. Within a group no cell needs another's result.
struct Step {
    std::int64_t index = 0;
    int first_layer = 0;
    int layer_count = 0;
    std::int64_t anchor = 0; ///< segment + layer, the same for all cells of the step

    std::int64_t segment_of(int layer) const { return anchor - layer; }
    bool operator==(const Step&) const = default;
};

/// All steps of reading `segments` segments with `layers` layers. Segments count from 0 here; a reading that
/// continues a stored memory adds its own offset.
class WavefrontPlan {
public:
    /// Preconditions: segments >= 0, layers >= 1 (std::invalid_argument otherwise).
    WavefrontPlan(std::int64_t segments, int layers, Schedule schedule);

    std::int64_t steps() const { return steps_; }
    std::int64_t segments() const { return segments_; }
    int layers() const { return layers_; }
    Schedule schedule() const { return schedule_; }

    /// Precondition: 0 <= index < steps().
    Step step(std::int64_t index) const;

private:
    std::int64_t segments_;
    int layers_;
    Schedule schedule_;
    std::int64_t steps_;
};

} // namespace longview
