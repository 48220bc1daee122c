#pragma once
// Weights as the CUDA kernels want them: bfloat16, stacked over layers, joined where one product makes both.

#include "inference/engine/weight_source.h"
#include "kernels/cuda/runtime.h"

namespace longview {

/// Pointers into a DeviceArena. Layer stacks are dense; projections are [out, in] as PyTorch stores them.
struct CudaWeights {
    using Bf16 = kernels::cuda::Bf16;

    Bf16* embedding = nullptr;     ///< [vocab, d]
    Bf16* head = nullptr;          ///< [vocab, d]; the embedding itself when tied
    Bf16* memory_tokens = nullptr; ///< [M, d]
    Bf16* final_norm = nullptr;    ///< [d]

    Bf16* input_norm = nullptr;   ///< [L, d]
    Bf16* qkv = nullptr;          ///< [L, qkv_width, d]: q, k, v
    Bf16* o = nullptr;            ///< [L, d, query_width]
    Bf16* post_norm = nullptr;    ///< [L, d]
    Bf16* gate_up = nullptr;      ///< [L, 2·intermediate, d]: gate and up rows in turns
    Bf16* down = nullptr;         ///< [L, d, intermediate]
    Bf16* memory_query = nullptr; ///< [L, d_mem, d]
    Bf16* memory_write = nullptr; ///< [L, write_width, d]: value, key, β, zeros
    float* beta_bias = nullptr;   ///< [L]

    /// Rows of memory_write: a multiple of the products' tile.
    static int write_width(const ModelConfig& config) {
        constexpr int tile = 128;
        return (config.hidden_size + config.d_mem + 1 + tile - 1) / tile * tile;
    }

    /// Takes the room from the arena (which may be counting).
    void lay_out(kernels::cuda::DeviceArena& arena, const ModelConfig& config);
    /// Fills everything from `source`. Throws what it throws, and Error(device).
    void load(const ModelConfig& config, const WeightSource& source, kernels::cuda::Stream stream);
};

} // namespace longview
