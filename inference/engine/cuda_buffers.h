#pragma once
// Everything on the GPU that changes while a model runs.

#include "inference/values/model_config.h"
#include "kernels/cuda/decode.h"
#include "kernels/cuda/runtime.h"

namespace longview {

/// Pointers into a DeviceArena. Stacks over the cells of a group are dense from cell 0, with T =
/// segment_rows() rows a cell; stacks over layers (slots, states, caches) are indexed by the layer. The final
/// segment, one cell of up to final_capacity() rows, uses the same memory.
struct CudaBuffers {
    using Bf16 = kernels::cuda::Bf16;

    Bf16* slots[2] = {nullptr, nullptr}; ///< two halves of [L + 1, T, d]
    float* A = nullptr;                  ///< [L, keys, d]
    Bf16* A_rounded = nullptr;           ///< [L, d, keys]
    Bf16* A_rows = nullptr;              ///< [L, keys, d]: A rounded as load_state() brought it, for decoding
    float* z = nullptr;                  ///< [L, keys]
    std::int32_t* segments = nullptr;    ///< [L]: written so far
    Bf16* cache_k = nullptr;             ///< [L, capacity, kv_width]
    Bf16* cache_v = nullptr;
    float* cos = nullptr; ///< [positions, head_dim / 2]
    float* sin = nullptr;
    std::int32_t* tokens = nullptr; ///< [capacity]: what enters next
    Bf16* normed = nullptr;         ///< [cells, T, d]; then the heads' outputs [cells, T, query_width]
    Bf16* qkv = nullptr;            ///< [cells, T, qkv_width]
    Bf16* gate_up = nullptr; ///< [cells, T, 2·intermediate]; nothing where the product makes SwiGLU itself
    Bf16* mlp = nullptr;     ///< [cells, T, intermediate]
    float* query = nullptr;  ///< [cells, T, d_mem]
    Bf16* phi = nullptr;     ///< [cells, T, keys]
    float* projected = nullptr; ///< [cells, M, write width]
    Bf16* kappa = nullptr;      ///< [cells, M, keys]
    float* factors = nullptr;   ///< [cells, 3, M]
    Bf16* surprise = nullptr;   ///< [cells, M, d]
    float* logits = nullptr;    ///< [logit_rows, vocab]
    float* decode_x = nullptr;  ///< [d]: the one row of a decoded token
    float* decode_scratch = nullptr;
    std::int32_t* chosen = nullptr; ///< [1]: the greatest logit's token, then the one drawn
    std::byte* nucleus_scratch = nullptr;
    kernels::cuda::DecodeCursor* cursor = nullptr;
    std::byte* workspace = nullptr; ///< of the products

    static constexpr int logit_rows = 16; ///< computed at once
    static constexpr std::size_t workspace_bytes = std::size_t{32} << 20;

    static kernels::cuda::DecodeShape decode_shape(const ModelConfig& config);

    /// Takes the room from the arena (which may be counting).
    void lay_out(kernels::cuda::DeviceArena& arena, const ModelConfig& config, bool fused_swiglu);
};

} // namespace longview
