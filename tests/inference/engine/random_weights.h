#pragma once
// Seeded weights of a small ARMT model: every value depends only on role, layer and index.

#include <cmath>
#include <cstdint>
#include <functional>
#include <random>

#include "inference/engine/weight_source.h"

namespace longview::testing {

inline ModelConfig small_config() {
    return {.vocab_size = 61,
            .hidden_size = 32,
            .intermediate_size = 48,
            .layers = 5,
            .heads = 4,
            .kv_heads = 2,
            .head_dim = 8,
            .memory_tokens = 3,
            .segment_size = 7,
            .d_mem = 4};
}

class RandomWeights : public WeightSource {
public:
    explicit RandomWeights(const ModelConfig& config) : config_(config) {}

    void load(Weight weight, int layer, std::span<float> out) const override {
        std::mt19937 random(static_cast<unsigned>(weight) * 1000U + static_cast<unsigned>(layer));
        const bool norm =
            weight == Weight::input_norm || weight == Weight::post_norm || weight == Weight::final_norm;
        const float scale = 1.0F / std::sqrt(static_cast<float>(config_.hidden_size));
        std::uniform_real_distribution<float> value(-1.7F, 1.7F);
        for (float& x : out)
            x = norm ? 1.0F + 0.1F * value(random) : scale * value(random);
    }

private:
    ModelConfig config_;
};

inline std::vector<TokenId> random_tokens(std::size_t count, int vocab, unsigned seed) {
    std::mt19937 random(seed);
    std::vector<TokenId> tokens(count);
    for (TokenId& token : tokens)
        token = static_cast<TokenId>(random() % static_cast<unsigned>(vocab));
    return tokens;
}

/// For ReadJob: a snapshot after every `interval` segments.
inline std::function<bool(std::int64_t)> every(std::int64_t interval) {
    return [interval](std::int64_t segments) { return segments % interval == 0; };
}

} // namespace longview::testing
