#pragma once
// What the engine reports after every grouped step of a reading.

#include <cstdint>

#include "inference/values/wavefront.h"

namespace longview {

struct ReadProgress {
    WavefrontSnapshot wavefront;
    int first_layer = 0; ///< active range of the step just finished
    int layer_count = 0;
    double step_ms = 0;
    std::int64_t tokens_done = 0;  ///< document tokens whose last layer is finished in this reading
    std::int64_t tokens_total = 0; ///< document tokens this reading will compute
    double elapsed_s = 0;
    double tokens_per_second = 0; ///< of work done (cells finished / L × n), so that ramps do not distort it
    double eta_s = 0;             ///< time left at that rate
};

} // namespace longview
