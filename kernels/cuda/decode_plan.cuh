#pragma once
// What the pieces of the decoding kernel share: its arguments, the order of its matrices, barriers and sums.

#include <cuda_bf16.h>

#include "kernels/cuda/decode.h"
#include "kernels/cuda/launch.cuh"

namespace longview::kernels::cuda::decoding {

inline constexpr int kWarps = 16;
inline constexpr int kThreads = 32 * kWarps;
inline constexpr int kMaxBlocks = 1024;
inline constexpr int kMaxSplit = 512; ///< keys of one split of attention
inline constexpr int kStrip = 16;     ///< columns of A of one unit: a 32-byte sector of every row
inline constexpr float kMemoryEps = 1e-5F;

/// Where things lie in DecodeModel::scratch.
struct Scratch {
    unsigned* barrier;        ///< [1], then
    unsigned* finished;       ///< [1]; both zero before a launch
    float* memory_query;      ///< [d_mem]
    float* q;                 ///< [q_width], rotated
    float* mlp;               ///< [mlp_width]
    float* partial;           ///< [max_splits, q_width]: attention over each split, not divided by the sums
    float2* stats;            ///< [max_splits, heads]: largest score (of log2), sum of exponentials
    unsigned long long* best; ///< [kMaxBlocks]
};

/// The shape's sums and products, for device code.
struct Widths {
    int q, kv, qkv, keys;
};

struct Arguments {
    DecodeModel model;
    DecodeOutput out;
    Scratch scratch;
    Widths widths;
    DecodeCursor* cursor;
    int layers, stages; ///< stages: tiles of each warp's ring
    DecodeLayer layer[kMaxDecodeLayers];
};

__device__ inline const __nv_bfloat16* bf16(const Bf16* p) {
    return reinterpret_cast<const __nv_bfloat16*>(p);
}
__device__ inline __nv_bfloat16* bf16(Bf16* p) {
    return reinterpret_cast<__nv_bfloat16*>(p);
}

/// Keys of one split: a rule of the number of keys alone. Short contexts are cut fine, to use many
/// multiprocessors; long ones coarsely, because every block combines all splits.
__host__ __device__ inline int split_length(int keys) {
    return keys <= 1024 ? 128 : keys <= 4096 ? 256 : kMaxSplit;
}

/// The matrices whose rows stream through the ring, in the order in which a layer needs them.
enum class Step { memory_query, qkv, o, gate_up, down, end };

/// A matrix as the warps walk it, in units of two runs of `run` weights. Either two whole rows, `half` rows
/// apart, which are what one lane needs together (gate and up; the two halves of a rotated head). Or, half ==
/// 0, the two halves of one row: twice the units, for matrices of few rows.
struct Matrix {
    const __nv_bfloat16* data;
    int rows, k, half, units, run;
    __device__ int row(int unit) const {
        return half == 0 ? unit : half == 1 ? 2 * unit : unit / half * 2 * half + unit % half;
    }
};

__device__ inline Matrix row_pairs(const Bf16* data, int rows, int k, int half) {
    return {bf16(data), rows, k, half, (rows + 1) / 2, k};
}

__device__ inline Matrix half_rows(const Bf16* data, int rows, int k) {
    return k % 16 == 0 ? Matrix{bf16(data), rows, k, 0, rows, k / 2} : row_pairs(data, rows, k, 1);
}

__device__ inline Matrix head_matrix(const Arguments& a) {
    return row_pairs(a.model.head, a.model.shape.vocab, a.model.shape.d, 1);
}

__device__ inline Matrix layer_matrix(const Arguments& a, int layer, Step step) {
    const DecodeShape& s = a.model.shape;
    const DecodeLayer& l = a.layer[layer];
    switch (step) {
    case Step::memory_query:
        return half_rows(l.memory_query, l.memory_query ? s.d_mem : 0, s.d);
    case Step::qkv:
        return row_pairs(l.qkv, a.widths.qkv, s.d, s.attention.head_dim / 2);
    case Step::o:
        return half_rows(l.o, s.d, a.widths.q);
    case Step::gate_up:
        return row_pairs(l.gate_up, 2 * s.mlp_width, s.d, 1);
    default:
        return half_rows(l.down, s.d, s.mlp_width);
    }
}

/// Deals the units of one matrix after the other to the warps of the grid, going on where the matrix before
/// ended: no multiprocessor gets more than its share of the whole.
struct Deal {
    int warp, warps; ///< of the grid; neighbours are on different multiprocessors
    int base;        ///< the warp that the next matrix starts with
    __device__ int next(int units) {
        const int first = warp - base;
        base = (base + units) % warps;
        return first < 0 ? first + warps : first;
    }
};

__device__ inline Deal make_deal() {
    return {static_cast<int>(threadIdx.x / 32 * gridDim.x + blockIdx.x), static_cast<int>(gridDim.x) * kWarps,
            0};
}

/// Sum over the block, in every thread, in a fixed order. `reduction` [kWarps] is free again after the next
/// __syncthreads.
__device__ inline float block_sum(float value, float* reduction) {
    value = warp_sum(value);
    if (threadIdx.x % 32 == 0)
        reduction[threadIdx.x / 32] = value;
    __syncthreads();
    float sum = 0;
#pragma unroll
    for (int i = 0; i < kWarps; ++i)
        sum += reduction[i];
    return sum;
}

/// Every block has done what precedes, and sees it. The launch is cooperative: all blocks run at once.
struct GridBarrier {
    unsigned* counter;
    std::int64_t* trace; ///< nullptr but in one thread
    unsigned target = 0;

    __device__ void wait() {
        __syncthreads();
        if (trace)
            *trace++ = clock64();
        if (threadIdx.x == 0) {
            target += gridDim.x;
            asm volatile("red.release.gpu.global.add.u32 [%0], 1;" ::"l"(counter) : "memory");
            unsigned seen;
            do
                asm volatile("ld.acquire.gpu.global.u32 %0, [%1];" : "=r"(seen) : "l"(counter) : "memory");
            while (seen < target);
        }
        __syncthreads();
        if (trace)
            *trace++ = clock64();
    }
};

/// A logit as a number that orders as `greedy` does: larger logits first, then lower ids; 0 if not finite.
__device__ inline unsigned long long rank_of(float logit, int id) {
    const unsigned bits = __float_as_uint(logit + 0.0F); // -0 equals 0
    if ((bits & 0x7f800000U) == 0x7f800000U)
        return 0;
    const unsigned order = bits & 0x80000000U ? ~bits : bits | 0x80000000U;
    return static_cast<unsigned long long>(order) << 32 | (0xffffffffU - static_cast<unsigned>(id));
}

__device__ inline std::int32_t id_of(unsigned long long rank) {
    return rank == 0 ? -1 : static_cast<std::int32_t>(0xffffffffU - static_cast<unsigned>(rank));
}

__device__ inline unsigned long long larger(unsigned long long a, unsigned long long b) {
    return a > b ? a : b;
}

/// The largest over the block, in thread 0. `ranks` [blockDim.x / 32].
__device__ inline unsigned long long block_best(unsigned long long best, unsigned long long* ranks) {
#pragma unroll
    for (int offset = 16; offset > 0; offset /= 2)
        best = larger(best, __shfl_xor_sync(0xffffffffU, best, offset));
    if (threadIdx.x % 32 == 0)
        ranks[threadIdx.x / 32] = best;
    __syncthreads();
    if (threadIdx.x == 0)
        for (unsigned i = 1; i < blockDim.x / 32; ++i)
            best = larger(best, ranks[i]);
    return best;
}

__device__ inline void choose(unsigned long long best, std::int32_t* chosen, DecodeCursor* cursor) {
    const std::int32_t id = id_of(best);
    if (chosen)
        *chosen = id;
    if (cursor && id >= 0)
        *cursor = {id, cursor->position + 1};
}

} // namespace longview::kernels::cuda::decoding
