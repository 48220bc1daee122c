#include "inference/engine/cuda_buffers.h"

#include <algorithm>

#include "inference/engine/cuda_weights.h"
#include "kernels/cuda/nucleus.h"

namespace longview {

kernels::cuda::DecodeShape CudaBuffers::decode_shape(const ModelConfig& c) {
    return {.d = c.hidden_size,
            .mlp_width = c.intermediate_size,
            .d_mem = c.d_mem,
            .vocab = c.vocab_size,
            .capacity = c.final_capacity(),
            .attention = {c.heads, c.kv_heads, c.head_dim}};
}

void CudaBuffers::lay_out(kernels::cuda::DeviceArena& arena, const ModelConfig& c, bool fused_swiglu) {
    const auto size = [](int value) { return static_cast<std::size_t>(value); };
    const auto layers = size(c.layers), d = size(c.hidden_size), keys = size(c.keys());
    const auto memory = size(c.memory_tokens), capacity = size(c.final_capacity()),
               T = size(c.segment_rows());
    const auto rows = std::max(layers * T, capacity);
    for (auto& half : slots)
        half = arena.take<Bf16>(std::max((layers + 1) * T, capacity) * d);
    A = arena.take<float>(layers * keys * d);
    A_rounded = arena.take<Bf16>(layers * keys * d);
    A_rows = arena.take<Bf16>(layers * keys * d);
    z = arena.take<float>(layers * keys);
    segments = arena.take<std::int32_t>(layers);
    cache_k = arena.take<Bf16>(layers * capacity * size(c.kv_width()));
    cache_v = arena.take<Bf16>(layers * capacity * size(c.kv_width()));
    cos = arena.take<float>(std::max(T, capacity) * size(c.head_dim) / 2);
    sin = arena.take<float>(std::max(T, capacity) * size(c.head_dim) / 2);
    tokens = arena.take<std::int32_t>(capacity);
    normed = arena.take<Bf16>(rows * std::max(d, size(c.query_width())));
    qkv = arena.take<Bf16>(rows * size(c.qkv_width()));
    gate_up = arena.take<Bf16>(fused_swiglu ? 0 : rows * 2 * size(c.intermediate_size));
    mlp = arena.take<Bf16>(rows * size(c.intermediate_size));
    query = arena.take<float>(rows * size(c.d_mem));
    phi = arena.take<Bf16>(rows * keys);
    projected = arena.take<float>(layers * memory * size(CudaWeights::write_width(c)));
    kappa = arena.take<Bf16>(layers * memory * keys);
    factors = arena.take<float>(layers * 3 * memory);
    surprise = arena.take<Bf16>(layers * memory * d);
    logits = arena.take<float>(size(logit_rows) * size(c.vocab_size));
    decode_x = arena.take<float>(d);
    decode_scratch = arena.take<float>(kernels::cuda::decode_scratch_floats(decode_shape(c)));
    chosen = arena.take<std::int32_t>(1);
    nucleus_scratch = arena.take<std::byte>(kernels::cuda::nucleus_scratch_bytes());
    cursor = arena.take<kernels::cuda::DecodeCursor>(1);
    workspace = arena.take<std::byte>(workspace_bytes);
}

} // namespace longview
