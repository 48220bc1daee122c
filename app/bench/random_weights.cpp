#include "random_weights.h"

#include <cmath>
#include <random>

namespace longview::bench {

void RandomWeights::load(Weight weight, int layer, std::span<float> out) const {
    std::minstd_rand random(static_cast<unsigned>(weight) * 4096U + static_cast<unsigned>(layer) + 1U);
    const bool norm =
        weight == Weight::input_norm || weight == Weight::post_norm || weight == Weight::final_norm;
    const auto in = weight == Weight::down_proj ? config_.intermediate_size : config_.hidden_size;
    // Uniform in ±spread has variance 1 / in. What a layer reads of its memory comes on top of its input, in
    // every layer and segment again: values of full size would grow without end.
    const float gain = weight == Weight::memory_value ? 1.0F / 64 : 1.0F;
    const float spread = gain * std::sqrt(3.0F / static_cast<float>(in));
    const auto range = static_cast<float>(std::minstd_rand::max());
    for (float& value : out)
        value = norm ? 1.0F : spread * (2.0F * static_cast<float>(random()) / range - 1.0F);
}

ModelConfig llama_1b(int segment_size, int memory_tokens) {
    ModelConfig config;
    config.vocab_size = 128256;
    config.hidden_size = 2048;
    config.intermediate_size = 8192;
    config.layers = 16;
    config.heads = 32;
    config.kv_heads = 8;
    config.head_dim = 64;
    config.rope_theta = 500000;
    config.rope_scaling = RopeScaling{32, 1, 4, 8192};
    config.memory_tokens = memory_tokens;
    config.segment_size = segment_size;
    config.d_mem = 64;
    return config;
}

} // namespace longview::bench
