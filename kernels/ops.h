#pragma once
// Every operation of ARMT (arXiv 2407.04841) on float32 matrices, grouped over the layers of one diagonal
// (arXiv 2506.05229). Pointers and shapes only. kernels/cpu implements these; it is the specification that
// any other device's kernels are tested against.
//
// A group is `rows.size()` cells; cell g has rows[g] rows and works on matrix g of each stack; with 0 rows it
// takes no part. A cell's result depends on that cell alone: not on the group it runs in, not on the number
// of threads. That is what makes the diagonal schedule equal to the sequential one bit for bit, and every
// operation here must keep it (fixed tiles, fixed summation order).
//
// Matrices are row-major and dense unless a stride is named. No operation allocates per call beyond small
// per-thread scratch that is kept. All return a Status; sizes that do not fit an assumption are refused,
// never truncated.

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/cpu/thread_pool.h"
#include "kernels/shapes.h"
#include "kernels/status.h"

namespace longview::kernels {

/// How a weight matrix lies in memory.
enum class WeightLayout {
    k_n,    ///< [k, n]
    n_k,    ///< [n, k]: as PyTorch stores [out, in]
    panels, ///< k·n elements as panel_index puts them, once at load: the fastest
};

/// Columns of one panel: the tile of gemm. A tile's weights then lie in one run of memory, where [k, n] would
/// put its rows n elements apart, on the same cache sets when n is a large power of two.
inline constexpr std::size_t kPanelColumns = 128;

/// Where WeightLayout::panels keeps element (row, column) of a [k, n] matrix: panels of [k, 128] one after
/// the other, the last one [k, what is left].
constexpr std::size_t panel_index(std::size_t k, std::size_t n, std::size_t row, std::size_t column) {
    const auto first = column / kPanelColumns * kPanelColumns;
    const auto columns = n - first < kPanelColumns ? n - first : kPanelColumns;
    return first * k + row * columns + (column - first);
}

namespace cpu {

/// x [count + M, d] = rows `ids` of table [vocab, d], then `memory` [M, d] (M = memory_rows, may be 0 with
/// nullptr). Refuses an id outside [0, vocab).
Status embed(std::span<const std::int32_t> ids, const float* table, int vocab, const float* memory,
             int memory_rows, int d, float* x);

/// y [rows, n] = x [rows, k] · w, or y += … when `accumulate`. Tiled over n and rows by a rule that depends
/// on n and the cell's rows only, one BLAS call per tile, tiles spread over the threads.
Status gemm(ThreadPool& pool, Rows rows, int k, int n, Stack<const float> x, Stack<const float> w,
            WeightLayout layout, Stack<float> y, bool accumulate);

/// y = x / sqrt(mean(x²) + eps) ⊙ weight, per row of d. `copy` (stack of [rows, d], may be empty: data ==
/// nullptr) also receives x itself: the residual moves to the next layer's slot in the same pass.
Status rms_norm(ThreadPool& pool, Rows rows, int d, float eps, Stack<const float> x,
                Stack<const float> weight, Stack<float> y, Stack<float> copy);

/// Rotates the query and key parts of qkv in place, half-rotation as in Llama; row i stands at position
/// `position` + i.
Status rope(ThreadPool& pool, Rows rows, const AttentionShape& shape, const RopeTable& table, int position,
            Stack<float> qkv);

/// out [rows, heads·head_dim] = causal attention of qkv's (rotated) rows over themselves and over `cached`
/// earlier rows, softmax(q kᵀ / √head_dim) v, in the last asking[g] rows of each cell; other rows of out stay
/// as they are. Earlier keys and values are cache_k, cache_v [cached, kv_heads·head_dim] (nullptr when
/// cached == 0; only for a group of one cell). Never holds a rows × rows matrix: scratch is one block of
/// query rows by (cached + rows) scores per thread.
Status attention(ThreadPool& pool, Rows rows, Rows asking, const AttentionShape& shape,
                 Stack<const float> qkv, const float* cache_k, const float* cache_v, int cached,
                 Stack<float> out);

/// h [rows, width] = silu(gate) ⊙ up, with a row of gate_up [2·width] = [gate | up].
Status swiglu(ThreadPool& pool, Rows rows, int width, Stack<const float> gate_up, Stack<float> h);

/// phi [rows, 6·d_mem] = DPFP with ν = 3 of y [rows, d_mem]: u = [relu(y), relu(−y)], φ = [u⊙roll(u,1),
/// u⊙roll(u,2), u⊙roll(u,3)], roll(u, j)[i] = u[(i − j) mod 2·d_mem] (arXiv 2102.11174, section 5.3). Not
/// normalised.
Status dpfp(ThreadPool& pool, Rows rows, int d_mem, Stack<const float> y, Stack<float> phi);

/// phi [rows, keys] is divided by (phi · z + 1e-5) row by row, z [keys]: then gemm(phi, A) accumulated into X
/// is the memory read of 2407.04841, eq. 6. A cell with skip[g] != 0 gets zeros (nothing was written yet).
Status memory_read_weights(ThreadPool& pool, Rows rows, int keys, Stack<const float> z,
                           std::span<const std::uint8_t> skip, Stack<float> phi);

/// Arguments of memory_write; M memory rows for every cell.
struct MemoryWrite {
    int memory_rows = 0, keys = 0, d = 0;
    Stack<const float> kappa;            ///< φ(m Wkᵀ) [M, keys]
    Stack<const float> v;                ///< m Wvᵀ [M, d]
    Stack<const float> beta;             ///< m Wbᵀ before bias and sigmoid [M]
    Stack<const float> beta_bias;        ///< [1]
    Stack<float> A;                      ///< [keys, d], updated
    Stack<float> z;                      ///< [keys], updated
    Stack<float> scratch;                ///< [M, d] per cell
    std::span<const std::uint8_t> first; ///< per cell: first segment (γ = 1, v̄ = 0)
    /// Per cell: v and A are zero and not looked at. Empty: no cell is so.
    std::span<const std::uint8_t> memoryless = {};
};
/// A += κᵀ (β ⊙ (v − v̄)), z += Σ γ κ, with v̄ = κA / (κ·z + 1e-5), γ = clip(1 − (κ·z + 1e-5) / (‖κ‖² + 1e-5),
/// 0, 1), β = σ(m Wbᵀ + b) (2407.04841, eqs. 3–5). All rows use A and z from before the call.
Status memory_write(ThreadPool& pool, const MemoryWrite& write);

} // namespace cpu
} // namespace longview::kernels
