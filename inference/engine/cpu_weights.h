#pragma once
// Weights as the CPU kernels want them: float32, stacked over layers, projections transposed to [in, out] and
// joined.

#include "inference/engine/arena.h"
#include "inference/engine/weight_source.h"

namespace longview {

/// Pointers into an Arena. Layer stacks are dense: layer l of qkv starts at qkv + l · d · qkv_width.
struct CpuWeights {
    float* embedding = nullptr;     ///< [vocab, d]
    float* head = nullptr;          ///< [vocab, d]; the embedding itself when tied
    float* memory_tokens = nullptr; ///< [M, d]
    float* final_norm = nullptr;    ///< [d]

    float* input_norm = nullptr;   ///< [L, d]
    float* qkv = nullptr;          ///< [L, d, qkv_width]: q | k | v
    float* o = nullptr;            ///< [L, query_width, d]
    float* post_norm = nullptr;    ///< [L, d]
    float* gate_up = nullptr;      ///< [L, d, 2·intermediate]: gate | up
    float* down = nullptr;         ///< [L, intermediate, d]
    float* memory_query = nullptr; ///< [L, d, d_mem]
    float* memory_key = nullptr;   ///< [L, d, d_mem]
    float* memory_value = nullptr; ///< [L, d, d]
    float* beta = nullptr;         ///< [L, d, 1]
    float* beta_bias = nullptr;    ///< [L, 1]

    /// Takes the room from the arena (which may be counting).
    void lay_out(Arena& arena, const ModelConfig& config);
    /// Fills everything from `source`; throws what it throws.
    void load(const ModelConfig& config, const WeightSource& source);
};

} // namespace longview
