#pragma once
// The operations of kernels/ops.h on a CUDA device: bfloat16 weights and activations, float32 sums, float32 A
// and z. Formulas, shapes of rows and letters are those of kernels/ops.h, whose cpu versions are the
// specification.
//
// A launch works on a group of `cells` cells of `rows` rows each; cell g works on matrix g of each stack
// (dense, row-major; stride in elements, a multiple of 8 for Bf16 and of 4 for float; data 16-byte aligned).
// A cell's result depends on that cell alone, never on the group it runs in. Everything is asynchronous on
// `stream`, can be captured into a graph, allocates nothing and returns a Status: sizes that an operation
// does not take are refused, never truncated. All pointers are to device memory.

#include <cstddef>
#include <cstdint>

#include "kernels/shapes.h"
#include "kernels/status.h"

struct CUstream_st;

namespace longview::kernels::cuda {

using Stream = CUstream_st*; ///< cudaStream_t

/// A bfloat16 value as it lies in memory.
struct Bf16 {
    std::uint16_t bits = 0;
};

struct Group {
    int cells = 0;
    int rows = 0; ///< of every cell
};

/// to[r · row_stride + c] = from[r · width + c], rounded to nearest even: weights on their way in.
Status round_rows(Stream stream, const float* from, int rows, int width, Bf16* to, std::size_t row_stride);

/// to [d, rows] = the transpose of from [rows, d], rounded: what products read of A.
Status round_transposed(Stream stream, Group group, int d, Stack<const float> from, Stack<Bf16> to);

/// x [count + memory_rows, d] = rows `ids` [count] of table [vocab, d], then `memory` [memory_rows, d]. Ids
/// are in range (the caller checked them).
Status embed(Stream stream, const std::int32_t* ids, int count, const Bf16* table, const Bf16* memory,
             int memory_rows, int d, Bf16* x);

/// y = x / sqrt(mean(x²) + eps) ⊙ weight per row of d; d a multiple of 8.
Status rms_norm(Stream stream, Group group, int d, float eps, Stack<const Bf16> x, Stack<const Bf16> weight,
                Stack<Bf16> y);

/// h [rows, width] = silu(gate) ⊙ up. gate_up [rows, 2·width] holds gate and up in turns: g₀ u₀ g₁ u₁ …
Status swiglu(Stream stream, Group group, int width, Stack<const Bf16> gate_up, Stack<Bf16> h);

/// out [rows, heads·head_dim] = causal attention of qkv's rows over themselves, positions from 0; queries and
/// keys are rotated on the way in (table in device memory), the keys in place. head_dim a multiple of 16, at
/// most 128.
Status attention(Stream stream, Group group, const AttentionShape& shape, const RopeTable& table,
                 Stack<Bf16> qkv, Stack<Bf16> out);

/// phi [rows, 6·d_mem] = DPFP of y [rows, d_mem], divided by (φ·z + 1e-5): then phi · A is the memory read.
Status memory_read_weights(Stream stream, Group group, int d_mem, Stack<const float> y, Stack<const float> z,
                           Stack<Bf16> phi);

/// Arguments of memory_write; `rows` of the group is M. Updates A, z, the bfloat16 copy of A that products
/// read, and counts the segment.
struct MemoryWrite {
    int d_mem = 0, d = 0;
    /// [M, width]: m · [Wv; Wk; Wb]ᵀ, that is v [d], then k [d_mem], then β [1], then unused columns.
    Stack<const float> projected;
    int projected_width = 0;
    Stack<const float> beta_bias; ///< [1]
    Stack<float> A;               ///< [keys, d]
    Stack<Bf16> A_rounded;        ///< Aᵀ [d, keys], rounded, as products want it: before the call and after
    Stack<float> z;               ///< [keys]
    Stack<std::int32_t> segments; ///< [1], written so far; 0: γ = 1
    Stack<Bf16> kappa;            ///< scratch [M, keys]
    Stack<float> factors;         ///< scratch [3, M]: β, 1 / (κ·z + 1e-5), γ
    Stack<Bf16> u;                ///< scratch [M, d]: β (v − v̄)
};
Status memory_write(Stream stream, Group group, const MemoryWrite& write);

/// Copies the keys (rotated) and values of qkv [rows, qkv_width], standing at positions from 0, into the
/// cache [capacity, kv_width] of one layer. Before attention, which rotates the keys where they stand.
Status fill_cache(Stream stream, int rows, const AttentionShape& shape, const RopeTable& table,
                  const Bf16* qkv, Bf16* cache_k, Bf16* cache_v);

} // namespace longview::kernels::cuda
