#pragma once
// Where a backend gets its weights from, whatever file or generator they live in.

#include <cstddef>
#include <span>
#include <string_view>

#include "inference/values/model_config.h"

namespace longview {

/// Every tensor of an ARMT model, by role. Shapes as PyTorch stores them, [out, in].
enum class Weight {
    embedding,        ///< [vocab, d]                      (no layer)
    memory_tokens,    ///< [M, d]                          (no layer)
    final_norm,       ///< [d]                             (no layer)
    head,             ///< [vocab, d]; equals embedding when tied (no layer)
    input_norm,       ///< [d]
    q_proj,           ///< [heads·head_dim, d]
    k_proj,           ///< [kv_heads·head_dim, d]
    v_proj,           ///< [kv_heads·head_dim, d]
    o_proj,           ///< [d, heads·head_dim]
    post_norm,        ///< [d]
    gate_proj,        ///< [intermediate, d]
    up_proj,          ///< [intermediate, d]
    down_proj,        ///< [d, intermediate]
    memory_query,     ///< W_mq [d_mem, d]
    memory_key,       ///< W_mk [d_mem, d]
    memory_value,     ///< W_mv [d, d]
    memory_beta,      ///< W_mb [1, d]
    memory_beta_bias, ///< [1]
};

/// Elements of `weight` in a model of this shape.
std::size_t elements_of(Weight weight, const ModelConfig& config);

/// Implementations: model::Checkpoint (safetensors), a seeded random source in the benchmark.
class WeightSource {
public:
    virtual ~WeightSource() = default;
    /// Writes the tensor as float32 into `out` (exactly elements_of(weight) floats). `layer` is ignored where
    /// the role has none. Throws Error(model) when it cannot.
    virtual void load(Weight weight, int layer, std::span<float> out) const = 0;
};

} // namespace longview
