#pragma once
// Weights of any shape without a file: timing depends on shapes, not on values.

#include "inference/engine/weight_source.h"

namespace longview::bench {

/// Seeded, well-scaled (norms near 1, projections with variance 1 / in), so that activations stay finite at
/// any depth.
class RandomWeights : public WeightSource {
public:
    explicit RandomWeights(const ModelConfig& config) : config_(config) {}
    void load(Weight weight, int layer, std::span<float> out) const override;

private:
    ModelConfig config_;
};

/// Llama-3.2-1B with the memory of the published ARMT models: the shapes of the paper's tables.
ModelConfig llama_1b(int segment_size, int memory_tokens);

} // namespace longview::bench
