// Two launches. The first turns every memory row into its key κ and its factors, and updates z. The second
// updates A: a block owns 64 columns of A, so it needs the same columns of v only, and no other block.

#include <mma.h>

#include "kernels/cuda/dpfp.cuh"
#include "kernels/cuda/vector.cuh"

namespace longview::kernels::cuda {
namespace {

constexpr int kTile = 64;          // columns of A per block, and keys per step
constexpr int kPadded = kTile + 8; // row length in shared memory: rows start in different banks
constexpr int kPaddedSums = kTile + 4;
constexpr int kWarps = 8;
constexpr int kRows = 16;          // of a tensor core tile
constexpr int kGreatestRows = 512; // of M: what shared memory holds on every device

struct Keys {
    int memory_rows, d_mem, d, width;
    Stack<const float> projected, beta_bias, z;
    Stack<const std::int32_t> segments;
    Stack<__nv_bfloat16> kappa;
    Stack<float> factors;
};

/// A warp has a row to itself. κ is rounded before anything is computed from it: the products of the second
/// launch use the rounded one, and the recurrence divides by what it multiplied with.
__global__ void __launch_bounds__(kWarps * 32) keys_kernel(Keys in) {
    extern __shared__ float rectified[];
    const std::size_t g = blockIdx.y;
    const int warp = static_cast<int>(threadIdx.x) / 32, lane = static_cast<int>(threadIdx.x) % 32;
    const int n = 2 * in.d_mem, keys = 3 * n, M = in.memory_rows;
    const int m = static_cast<int>(blockIdx.x) * kWarps + warp;
    if (m >= M)
        return;
    float* u = rectified + warp * n;
    const float* z = in.z.data + g * in.z.stride;
    const float* row = in.projected.data + g * in.projected.stride +
                       static_cast<std::size_t>(m) * static_cast<std::size_t>(in.width);
    __nv_bfloat16* kappa =
        in.kappa.data + g * in.kappa.stride + static_cast<std::size_t>(m) * static_cast<std::size_t>(keys);
    rectify(row + in.d, in.d_mem, u);
    float known = 0, squares = 0;
    for (int i = lane; i < keys; i += 32) {
        const __nv_bfloat16 rounded = __float2bfloat16_rn(feature(u, n, i));
        const float k = __bfloat162float(rounded);
        kappa[i] = rounded;
        known += k * z[i];
        squares += k * k;
    }
    known = warp_sum(known) + kMemoryEps;
    squares = warp_sum(squares) + kMemoryEps;
    if (lane == 0) {
        float* factors = in.factors.data + g * in.factors.stride;
        const bool first = in.segments.data[g * in.segments.stride] == 0;
        const float beta = row[in.d + in.d_mem] + in.beta_bias.data[g * in.beta_bias.stride];
        factors[m] = 1.0F / (1.0F + __expf(-beta));
        factors[M + m] = 1.0F / known;
        factors[2 * M + m] = first ? 1.0F : fminf(fmaxf(1.0F - known / squares, 0.0F), 1.0F);
    }
}

struct Update {
    int memory_rows, padded_rows, keys, d, width;
    Stack<const float> projected, factors;
    Stack<const __nv_bfloat16> kappa;
    Stack<float> A;
    Stack<__nv_bfloat16> A_rounded;
    Stack<float> z;
    Stack<std::int32_t> segments;
};

using Left =
    nvcuda::wmma::fragment<nvcuda::wmma::matrix_a, 16, 16, 16, __nv_bfloat16, nvcuda::wmma::row_major>;
using LeftTransposed =
    nvcuda::wmma::fragment<nvcuda::wmma::matrix_a, 16, 16, 16, __nv_bfloat16, nvcuda::wmma::col_major>;
using Right =
    nvcuda::wmma::fragment<nvcuda::wmma::matrix_b, 16, 16, 16, __nv_bfloat16, nvcuda::wmma::row_major>;
using Sums = nvcuda::wmma::fragment<nvcuda::wmma::accumulator, 16, 16, 16, float>;

/// What a block of the second launch works on.
struct Block {
    const Update& in;
    std::size_t g;
    int column;           ///< first column of A
    __nv_bfloat16* kappa; ///< [padded rows, kPadded]: 64 keys of every row, zeros below the last row
    __nv_bfloat16* u;     ///< [padded rows, kPadded]: β (v − v̄)
    __nv_bfloat16* tile;  ///< [64, kPadded]: A rounded
    float* sums;          ///< [64, kPaddedSums] or, per warp, [16, 16]
};

__device__ void load_kappa(const Block& b, int key) {
    constexpr int vectors = kTile / kVector;
    for (int i = static_cast<int>(threadIdx.x); i < b.in.padded_rows * vectors; i += kWarps * 32) {
        const int m = i / vectors, k = i % vectors * kVector;
        uint4 eight = make_uint4(0, 0, 0, 0);
        if (m < b.in.memory_rows && key + k < b.in.keys)
            eight = *reinterpret_cast<const uint4*>(
                b.in.kappa.data + b.g * b.in.kappa.stride +
                static_cast<std::size_t>(m) * static_cast<std::size_t>(b.in.keys) + key + k);
        *reinterpret_cast<uint4*>(b.kappa + m * kPadded + k) = eight;
    }
}

__device__ void load_A(const Block& b, int key) {
    constexpr int quads = kTile / 4;
    for (int i = static_cast<int>(threadIdx.x); i < kTile * quads; i += kWarps * 32) {
        const int k = i / quads, c = i % quads * 4;
        float4 four = make_float4(0, 0, 0, 0);
        if (key + k < b.in.keys && b.column + c < b.in.d)
            four = *reinterpret_cast<const float4*>(
                b.in.A.data + b.g * b.in.A.stride +
                static_cast<std::size_t>(key + k) * static_cast<std::size_t>(b.in.d) + b.column + c);
        *reinterpret_cast<uint2*>(b.tile + k * kPadded + c) =
            make_uint2(pack(four.x, four.y), pack(four.z, four.w));
    }
}

/// u = β (v − κA · 1/(κ·z + ε)) for 128 rows from `row`; a warp has 16 of them.
__device__ void surprise(const Block& b, int row) {
    const int warp = static_cast<int>(threadIdx.x) / 32, lane = static_cast<int>(threadIdx.x) % 32;
    const int mine = row + warp * kRows;
    const bool active = mine < b.in.padded_rows;
    Sums recalled[kTile / 16];
    for (auto& sums : recalled)
        nvcuda::wmma::fill_fragment(sums, 0.0F);
    for (int key = 0; key < b.in.keys; key += kTile) {
        __syncthreads();
        load_kappa(b, key);
        load_A(b, key);
        __syncthreads();
        for (int k = 0; active && k < kTile; k += 16) {
            Left left;
            nvcuda::wmma::load_matrix_sync(left, b.kappa + mine * kPadded + k, kPadded);
            for (int j = 0; j < kTile / 16; ++j) {
                Right right;
                nvcuda::wmma::load_matrix_sync(right, b.tile + k * kPadded + j * 16, kPadded);
                nvcuda::wmma::mma_sync(recalled[j], left, right, recalled[j]);
            }
        }
    }
    if (!active)
        return;
    float* sums = b.sums + warp * 256;
    const float* factors = b.in.factors.data + b.g * b.in.factors.stride;
    for (int j = 0; j < kTile / 16; ++j) {
        __syncwarp();
        nvcuda::wmma::store_matrix_sync(sums, recalled[j], 16, nvcuda::wmma::mem_row_major);
        __syncwarp();
        for (int i = lane; i < 256; i += 32) {
            const int m = mine + i / 16, c = b.column + j * 16 + i % 16;
            float value = 0;
            if (m < b.in.memory_rows && c < b.in.d) {
                const float v =
                    b.in.projected
                        .data[b.g * b.in.projected.stride +
                              static_cast<std::size_t>(m) * static_cast<std::size_t>(b.in.width) + c];
                value = factors[m] * (v - sums[i] * factors[b.in.memory_rows + m]);
            }
            b.u[m * kPadded + j * 16 + i % 16] = __float2bfloat16_rn(value);
        }
    }
}

/// A += κᵀ u for 64 keys from `key`. Each warp makes 2 of the 16 tiles.
__device__ void add_update(const Block& b, int key) {
    __syncthreads();
    load_kappa(b, key);
    __syncthreads();
    const int warp = static_cast<int>(threadIdx.x) / 32;
    for (int t = warp; t < 16; t += kWarps) {
        Sums sums;
        nvcuda::wmma::fill_fragment(sums, 0.0F);
        for (int m = 0; m < b.in.padded_rows; m += 16) {
            LeftTransposed left;
            Right right;
            nvcuda::wmma::load_matrix_sync(left, b.kappa + m * kPadded + t / 4 * 16, kPadded);
            nvcuda::wmma::load_matrix_sync(right, b.u + m * kPadded + t % 4 * 16, kPadded);
            nvcuda::wmma::mma_sync(sums, left, right, sums);
        }
        nvcuda::wmma::store_matrix_sync(b.sums + t / 4 * 16 * kPaddedSums + t % 4 * 16, sums, kPaddedSums,
                                        nvcuda::wmma::mem_row_major);
    }
    __syncthreads();
    float* A = b.in.A.data + b.g * b.in.A.stride;
    for (int i = static_cast<int>(threadIdx.x); i < kTile * kTile; i += kWarps * 32) {
        const int k = key + i / kTile, c = b.column + i % kTile;
        if (k < b.in.keys && c < b.in.d) {
            float& a = A[static_cast<std::size_t>(k) * static_cast<std::size_t>(b.in.d) + c];
            a += b.sums[i / kTile * kPaddedSums + i % kTile];
            b.sums[i / kTile * kPaddedSums + i % kTile] = a;
        }
    }
    __syncthreads();
    __nv_bfloat16* rounded = b.in.A_rounded.data + b.g * b.in.A_rounded.stride;
    for (int i = static_cast<int>(threadIdx.x); i < kTile * kTile; i += kWarps * 32) {
        const int c = b.column + i / kTile,
                  k = key + i % kTile; // transposed: neighbours write neighbouring keys
        if (k < b.in.keys && c < b.in.d)
            rounded[static_cast<std::size_t>(c) * static_cast<std::size_t>(b.in.keys) + k] =
                __float2bfloat16_rn(b.sums[i % kTile * kPaddedSums + i / kTile]);
    }
}

/// z += Σ γ κ, row after row; the keys of the launch before are complete.
__device__ void update_z(const Update& in, std::size_t g) {
    const float* gamma = in.factors.data + g * in.factors.stride + 2 * in.memory_rows;
    const __nv_bfloat16* kappa = in.kappa.data + g * in.kappa.stride;
    float* z = in.z.data + g * in.z.stride;
    for (int i = static_cast<int>(threadIdx.x); i < in.keys; i += kWarps * 32) {
        float sum = z[i];
#pragma unroll 8
        for (int m = 0; m < in.memory_rows; ++m)
            sum += gamma[m] * __bfloat162float(
                                  kappa[static_cast<std::size_t>(m) * static_cast<std::size_t>(in.keys) + i]);
        z[i] = sum;
    }
    if (threadIdx.x == 0)
        in.segments.data[g * in.segments.stride] += 1;
}

__global__ void __launch_bounds__(kWarps * 32) update_kernel(Update in) {
    extern __shared__ __align__(16) unsigned char memory[];
    if (static_cast<int>(blockIdx.x) * kTile >= in.d) {
        update_z(in, blockIdx.y);
        return;
    }
    auto* kappa = reinterpret_cast<__nv_bfloat16*>(memory);
    __nv_bfloat16* u = kappa + in.padded_rows * kPadded;
    __nv_bfloat16* tile = u + in.padded_rows * kPadded;
    auto* sums = reinterpret_cast<float*>(tile + kTile * kPadded);
    const Block block{in, blockIdx.y, static_cast<int>(blockIdx.x) * kTile, kappa, u, tile, sums};
    for (int row = 0; row < in.padded_rows; row += kWarps * kRows)
        surprise(block, row);
    for (int key = 0; key < in.keys; key += kTile)
        add_update(block, key);
}

Status check(Group group, const MemoryWrite& w) {
    if (group.cells <= 0 || group.rows <= 0 || group.rows > kGreatestRows)
        return {"memory_write: there must be 1 to 512 memory rows"};
    if (w.d_mem <= 0 || w.d_mem % 4 != 0 || w.d_mem > kGreatestMemoryWidth || w.d <= 0 || w.d % 4 != 0 ||
        w.projected_width < w.d + w.d_mem + 1)
        return {"memory_write: the widths do not fit"};
    if (!w.projected.data || !w.beta_bias.data || !w.A.data || !w.A_rounded.data || !w.z.data ||
        !w.segments.data || !w.kappa.data || !w.factors.data)
        return {"memory_write: a matrix is missing"};
    return {};
}

} // namespace

Status memory_write(Stream stream, Group group, const MemoryWrite& w) {
    if (const Status status = check(group, w); !status.ok())
        return status;
    const auto cells = static_cast<unsigned>(group.cells);
    const Keys keys{group.rows,
                    w.d_mem,
                    w.d,
                    w.projected_width,
                    w.projected,
                    w.beta_bias,
                    w.z,
                    w.segments,
                    {raw(w.kappa.data), w.kappa.stride},
                    w.factors};
    const std::size_t keys_shared = sizeof(float) * kWarps * 2 * static_cast<std::size_t>(w.d_mem);
    keys_kernel<<<dim3(static_cast<unsigned>(ceil_div(group.rows, kWarps)), cells), kWarps * 32, keys_shared,
                  stream>>>(keys);
    if (const Status status = launched("memory_write's keys did not start"); !status.ok())
        return status;

    const int padded = ceil_div(group.rows, kRows) * kRows;
    const Update update{group.rows,
                        padded,
                        6 * w.d_mem,
                        w.d,
                        w.projected_width,
                        w.projected,
                        {w.factors.data, w.factors.stride},
                        {raw(w.kappa.data), w.kappa.stride},
                        w.A,
                        {raw(w.A_rounded.data), w.A_rounded.stride},
                        w.z,
                        w.segments};
    const std::size_t shared =
        sizeof(__nv_bfloat16) * kPadded * static_cast<std::size_t>(2 * padded + kTile) +
        sizeof(float) * kTile * kPaddedSums;
    if (cudaFuncSetAttribute(update_kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                             static_cast<int>(shared)) != cudaSuccess)
        return {"memory_write: shared memory does not suffice for so many memory rows"};
    const dim3 grid(static_cast<unsigned>(ceil_div(w.d, kTile) + 1), cells); // the last one: z
    update_kernel<<<grid, kWarps * 32, shared, stream>>>(update);
    return launched("memory_write's update did not start");
}

} // namespace longview::kernels::cuda
