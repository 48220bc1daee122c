#pragma once
// What reading is compared with: the same model without memory and segments, all tokens attending to all
// before them, on the kernels that reading uses.

#include <cstdint>
#include <memory>

#include "inference/engine/weight_source.h"
#include "inference/values/model_config.h"

namespace longview::bench {

/// Seconds that the current device, number `device`, takes for `tokens` tokens and the logits of the last:
/// the median of `rounds` after a warm-up. Layer after layer over all tokens at once. Throws Error(device).
class FullAttention {
public:
    FullAttention(const ModelConfig& config, const WeightSource& weights, int device, std::int64_t longest);
    ~FullAttention();
    FullAttention(const FullAttention&) = delete;
    FullAttention& operator=(const FullAttention&) = delete;

    /// Precondition: tokens <= longest.
    double seconds(std::int64_t tokens, int rounds);
    /// GPU memory taken, weights included.
    std::int64_t bytes() const;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace longview::bench
