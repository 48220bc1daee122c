#pragma once
// What the attention kernels share. All of them keep the scores, the sums and the queries of a warp in the
// fragments of the tensor cores' 16-row products: lane l holds of row l / 4 (and of row l / 4 + 8) columns
// 2 · (l % 4) and the one after it, of every group of 8 columns.

#include "kernels/cuda/launch.cuh"

namespace longview::kernels::cuda {

/// Keys of one tile, in every kernel.
inline constexpr int kTileKeys = 64;

/// One call of attention, as the kernels get it. Keys are rotated already.
struct AttentionWork {
    int cells = 0, rows = 0, heads = 0, kv_heads = 0, head_dim = 0;
    int qkv_width = 0;
    const __nv_bfloat16* qkv = nullptr; ///< [rows, qkv_width] per cell
    std::size_t qkv_stride = 0;
    __nv_bfloat16* out = nullptr; ///< [rows, heads · head_dim] per cell
    std::size_t out_stride = 0;
    const float* cos = nullptr; ///< [positions, head_dim / 2]
    const float* sin = nullptr;
    float scale = 0; ///< log2(e) / √head_dim: softmax works with powers of two
    float slack = 0; ///< 8 / scale: see softmax
};

/// Which kernel computes; tests and benchmarks compare them.
enum class AttentionKernel {
    best,
    mma,   ///< attention.cu
    wgmma, ///< attention_wgmma.cu: compute capability 9.0 and head_dim 64
};
Status attention_with(AttentionKernel kernel, Stream stream, Group group, const AttentionShape& shape,
                      const RopeTable& table, Stack<Bf16> qkv, Stack<Bf16> out);

/// Whether this device and this shape have it.
bool attention_wgmma_takes(const AttentionWork& work);
Status attention_wgmma(Stream stream, const AttentionWork& work);

__device__ inline float exp2_fast(float x) {
    float y;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
    return y;
}

__device__ inline std::uint32_t pack(float low, float high) {
    const __nv_bfloat162 both = __floats2bfloat162_rn(low, high);
    return reinterpret_cast<const std::uint32_t&>(both);
}

__device__ inline float2 unpack(std::uint32_t both) {
    return __bfloat1622float2(reinterpret_cast<const __nv_bfloat162&>(both));
}

/// Rotates the pairs (x, y) = (columns c, c + head_dim / 2) of two neighbouring c.
__device__ inline void rotate(std::uint32_t& x, std::uint32_t& y, float2 cos, float2 sin) {
    const float2 a = unpack(x), b = unpack(y);
    x = pack(a.x * cos.x - b.x * sin.x, a.y * cos.y - b.y * sin.y);
    y = pack(b.x * cos.x + a.x * sin.x, b.y * cos.y + a.y * sin.y);
}

/// cos and sin of eight neighbouring angles.
struct Angles {
    float4 cos[2], sin[2];
};
__device__ inline Angles load_angles(const float* cos, const float* sin, std::size_t first) {
    const auto* const c = reinterpret_cast<const float4*>(cos + first);
    const auto* const s = reinterpret_cast<const float4*>(sin + first);
    return {{c[0], c[1]}, {s[0], s[1]}};
}

/// The same of eight.
__device__ inline void rotate(uint4& x, uint4& y, const Angles& angles) {
    const auto &c0 = angles.cos[0], &c1 = angles.cos[1], &s0 = angles.sin[0], &s1 = angles.sin[1];
    rotate(x.x, y.x, {c0.x, c0.y}, {s0.x, s0.y});
    rotate(x.y, y.y, {c0.z, c0.w}, {s0.z, s0.w});
    rotate(x.z, y.z, {c1.x, c1.y}, {s1.x, s1.y});
    rotate(x.w, y.w, {c1.z, c1.w}, {s1.z, s1.w});
}

__device__ inline std::uint32_t shared_address(const void* p) {
    return static_cast<std::uint32_t>(__cvta_generic_to_shared(p));
}

__device__ inline void load_matrices(std::uint32_t (&b)[4], const __nv_bfloat16* row) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(b[0]), "=r"(b[1]), "=r"(b[2]), "=r"(b[3])
                 : "r"(shared_address(row))
                 : "memory");
}

/// Elements of a row of D in shared memory: padded by 16 bytes to an odd number of them, so that the eight
/// rows of one ldmatrix fall on different banks.
template <int D>
inline constexpr int kPaddedRow = D + 8;

/// A warp's 16 rows of queries on their way in, of outputs on their way out: fragments would touch global
/// memory 4 bytes at a time.
template <int D>
struct WarpRows {
    __nv_bfloat16 values[16 * kPaddedRow<D>];
};

/// The lane, asked for anew: a kernel that keeps what it derives from it across its long loop spills.
__device__ inline int fresh_lane() {
    int lane;
    asm volatile("mov.u32 %0, %%laneid;" : "=r"(lane));
    return lane;
}

/// The rotated queries of the 16 rows from `row` on as left operands; beyond the last row some finite values.
/// `q` is the head's first column in row 0.
template <int D>
__device__ inline void load_queries(const AttentionWork& work, const __nv_bfloat16* q, int row,
                                    WarpRows<D>& buffer, std::uint32_t (&a)[D / 16][4]) {
    constexpr int kPairs = D / 16; // of 8 columns in a row's first half and their partners in the second
    constexpr int kBatch = D % 64 == 0 ? 2 : 1; // of them a lane loads before it rotates the first
    const int lane = fresh_lane();
    __syncwarp();
#pragma unroll
    for (int first = 0; first < 16 * kPairs; first += 32 * kBatch) {
        uint4 low[kBatch], high[kBatch];
        Angles angles[kBatch];
#pragma unroll
        for (int i = 0; i < kBatch; ++i) {
            const int pair = first + lane + 32 * i, line = pair / kPairs, column = pair % kPairs * 8;
            const auto position = static_cast<std::size_t>(min(row + line, work.rows - 1));
            const auto* const x = q + position * work.qkv_width + column;
            low[i] = *reinterpret_cast<const uint4*>(x);
            high[i] = *reinterpret_cast<const uint4*>(x + D / 2);
            angles[i] = load_angles(work.cos, work.sin, position * (D / 2) + column);
        }
#pragma unroll
        for (int i = 0; i < kBatch; ++i) {
            const int pair = first + lane + 32 * i;
            rotate(low[i], high[i], angles[i]);
            if (16 * kPairs % 32 != 0 && pair >= 16 * kPairs)
                break;
            auto* const to = &buffer.values[pair / kPairs * kPaddedRow<D> + pair % kPairs * 8];
            *reinterpret_cast<uint4*>(to) = low[i];
            *reinterpret_cast<uint4*>(to + D / 2) = high[i];
        }
    }
    __syncwarp();
#pragma unroll
    for (int s = 0; s < D / 16; ++s)
        load_matrices(a[s], &buffer.values[lane % 16 * kPaddedRow<D> + s * 16 + lane / 16 * 8]);
}

/// The running softmax of a lane's two rows.
struct SoftmaxRows {
    float peak[2] = {-INFINITY, -INFINITY}; ///< what exponents are taken from, in scores
    float sum[2] = {};                      ///< this lane's part of the row's
    float shrink[2] = {1, 1};               ///< what sums made before the last tile have to be scaled by
};

/// scores := their weights, 2^(scale · (score − peak)). The peak follows the greatest score only when that
/// is more than 2^8 (`slack`, in scores) above it: any peak gives the same quotient, weights up to 256 lose
/// nothing, and most tiles are spared rescaling. True when earlier output sums have to be scaled by `shrink`.
/// Whether a row is rescaled depends on its warp's 16 rows of one cell and head, hence never on the group.
template <int N>
__device__ inline bool softmax(float (&scores)[N][4], SoftmaxRows& rows, float scale, float slack) {
    float greatest[2];
#pragma unroll
    for (int r = 0; r < 2; ++r) {
        float top = scores[0][2 * r];
#pragma unroll
        for (int n = 0; n < N; ++n)
            top = fmaxf(top, fmaxf(scores[n][2 * r], scores[n][2 * r + 1]));
        top = fmaxf(top, __shfl_xor_sync(0xffffffffU, top, 1));
        greatest[r] = fmaxf(top, __shfl_xor_sync(0xffffffffU, top, 2));
    }
    const bool rescale =
        __any_sync(0xffffffffU, greatest[0] > rows.peak[0] + slack || greatest[1] > rows.peak[1] + slack);
    if (rescale) {
#pragma unroll
        for (int r = 0; r < 2; ++r) {
            const float peak = fmaxf(rows.peak[r], greatest[r]);
            rows.shrink[r] = exp2_fast((rows.peak[r] - peak) * scale);
            rows.sum[r] *= rows.shrink[r];
            rows.peak[r] = peak;
        }
    }
#pragma unroll
    for (int r = 0; r < 2; ++r) {
        const float offset = rows.peak[r] * scale;
        float even = 0, odd = 0;
#pragma unroll
        for (int n = 0; n < N; ++n) {
            even += scores[n][2 * r] = exp2_fast(fmaf(scores[n][2 * r], scale, -offset));
            odd += scores[n][2 * r + 1] = exp2_fast(fmaf(scores[n][2 * r + 1], scale, -offset));
        }
        rows.sum[r] += even + odd;
    }
    return rescale;
}

template <int N>
__device__ inline void shrink(float (&sums)[N][4], const SoftmaxRows& rows) {
#pragma unroll
    for (int n = 0; n < N; ++n)
#pragma unroll
        for (int i = 0; i < 4; ++i)
            sums[n][i] *= rows.shrink[i / 2];
}

/// Takes keys after their query out of a tile's scores. `row` is the lane's first row, `key` the tile's first
/// key.
template <int N>
__device__ inline void mask(float (&scores)[N][4], int row, int key) {
    const int column = key + 2 * static_cast<int>(threadIdx.x % 4);
#pragma unroll
    for (int n = 0; n < N; ++n)
#pragma unroll
        for (int i = 0; i < 4; ++i)
            if (column + 8 * n + i % 2 > row + 8 * (i / 2))
                scores[n][i] = -INFINITY;
}

/// The weights of a tile, rounded, as left operands of the product with the values.
template <int N>
__device__ inline void to_operands(const float (&weights)[N][4], std::uint32_t (&a)[N / 2][4]) {
#pragma unroll
    for (int n = 0; n < N; ++n) {
        a[n / 2][n % 2 * 2] = pack(weights[n][0], weights[n][1]);
        a[n / 2][n % 2 * 2 + 1] = pack(weights[n][2], weights[n][3]);
    }
}

/// Divides the output sums by the rows' sums and writes the 16 rows from `row` on. `out` is the head's first
/// column in row 0.
template <int D>
__device__ inline void store_rows(const AttentionWork& work, __nv_bfloat16* out, int row, WarpRows<D>& buffer,
                                  const float (&sums)[D / 8][4], const SoftmaxRows& rows) {
    const int lane = fresh_lane();
    __syncwarp();
#pragma unroll
    for (int r = 0; r < 2; ++r) {
        float sum = rows.sum[r];
        sum += __shfl_xor_sync(0xffffffffU, sum, 1);
        sum += __shfl_xor_sync(0xffffffffU, sum, 2);
        const float factor = __fdividef(1, sum);
        auto* const to = &buffer.values[(lane / 4 + 8 * r) * kPaddedRow<D> + 2 * (lane % 4)];
#pragma unroll
        for (int n = 0; n < D / 8; ++n)
            *reinterpret_cast<std::uint32_t*>(to + 8 * n) =
                pack(sums[n][2 * r] * factor, sums[n][2 * r + 1] * factor);
    }
    __syncwarp();
    const auto width = static_cast<std::size_t>(work.heads) * D;
#pragma unroll
    for (int i = 0; i < D / 16; ++i) {
        const int chunk = lane + 32 * i, line = chunk / (D / 8), column = chunk % (D / 8) * 8;
        if (row + line < work.rows)
            *reinterpret_cast<uint4*>(out + static_cast<std::size_t>(row + line) * width + column) =
                *reinterpret_cast<const uint4*>(&buffer.values[line * kPaddedRow<D> + column]);
    }
}

} // namespace longview::kernels::cuda
