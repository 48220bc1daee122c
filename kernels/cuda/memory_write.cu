// Three launches: every memory row's key κ and factors; u = β (v − v̄); A += κᵀ u and z += Σ γ κ. In the last
// two a block owns 64 columns of A. v̄ is made from the rounded copy of A, which the last launch keeps up to
// date.

#include <cuda_pipeline.h>
#include <mma.h>

#include "kernels/cuda/dpfp.cuh"
#include "kernels/cuda/vector.cuh"

namespace longview::kernels::cuda {
namespace {

namespace wmma = nvcuda::wmma;

constexpr int kTile = 64;          // columns of A per block, and keys at a time
constexpr int kPadded = kTile + 8; // row length in shared memory: rows start in different banks
constexpr int kPaddedSums = kTile + 4;
constexpr int kWarps = 8;
constexpr int kThreads = kWarps * 32;
constexpr int kFragment = 16;             // rows and columns of a tensor core tile
constexpr int kRows = kWarps * kFragment; // memory rows at a time
constexpr int kVectors = kTile / kVector; // across a tile

using Sums = wmma::fragment<wmma::accumulator, kFragment, kFragment, kFragment, float>;
template <class Layout>
using Left = wmma::fragment<wmma::matrix_a, kFragment, kFragment, kFragment, __nv_bfloat16, Layout>;
template <class Layout>
using Right = wmma::fragment<wmma::matrix_b, kFragment, kFragment, kFragment, __nv_bfloat16, Layout>;

struct Keys {
    int memory_rows, d_mem, d, width;
    Stack<const float> projected, beta_bias, z;
    Stack<const std::int32_t> segments;
    Stack<__nv_bfloat16> kappa;
    Stack<float> factors;
};

/// A warp has a row to itself. κ is rounded before anything is computed from it: the products of the second
/// launch use the rounded one, and the recurrence divides by what it multiplied with.
__global__ void __launch_bounds__(kThreads) keys_kernel(Keys in) {
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
        const __nv_bfloat16 rounded = __float2bfloat16_rn(feature(u, n, i / n, i % n));
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

/// Arguments of the last two launches.
struct Write {
    int memory_rows, keys, d, width;
    Stack<const float> projected, factors;
    Stack<const __nv_bfloat16> kappa;
    Stack<__nv_bfloat16> u;
    Stack<float> A;
    Stack<__nv_bfloat16> A_rounded;
    Stack<float> z;
    Stack<std::int32_t> segments;
};

/// The part [rows, 64] of a matrix [height, width] from (row, column) on, into `to` [rows, kPadded]; zeros
/// beyond the matrix. On its way when this returns.
__device__ void fetch(__nv_bfloat16* to, int rows, const __nv_bfloat16* from, int height, int width, int row,
                      int column) {
    for (int i = static_cast<int>(threadIdx.x); i < rows * kVectors; i += kThreads) {
        const int r = i / kVectors, c = i % kVectors * kVector;
        const bool inside = row + r < height && column + c < width;
        const std::size_t place =
            inside ? static_cast<std::size_t>(row + r) * static_cast<std::size_t>(width) + column + c : 0;
        __pipeline_memcpy_async(to + r * kPadded + c, from + place, sizeof(uint4),
                                inside ? 0 : sizeof(uint4));
    }
}

/// What a block of the second launch holds of 64 keys.
struct Stage {
    __nv_bfloat16 kappa[kRows * kPadded];
    __nv_bfloat16 A[kTile * kPadded]; ///< [columns, keys]
};

__device__ void fetch(Stage& stage, const Write& in, std::size_t g, int row, int column, int key) {
    fetch(stage.kappa, kRows, in.kappa.data + g * in.kappa.stride, in.memory_rows, in.keys, row, key);
    fetch(stage.A, kTile, in.A_rounded.data + g * in.A_rounded.stride, in.d, in.keys, column, key);
    __pipeline_commit();
}

/// u = β (v − κA · 1/(κ·z + ε)): 64 columns of 128 rows, 16 rows a warp. The next keys come while these are
/// multiplied.
__global__ void __launch_bounds__(kThreads) surprise_kernel(Write in) {
    extern __shared__ __align__(32) unsigned char memory[];
    auto* stages = reinterpret_cast<Stage*>(memory);
    const std::size_t g = blockIdx.z;
    const int column = static_cast<int>(blockIdx.x) * kTile, row = static_cast<int>(blockIdx.y) * kRows;
    const int warp = static_cast<int>(threadIdx.x) / 32, lane = static_cast<int>(threadIdx.x) % 32;
    Sums recalled[kTile / kFragment];
    for (auto& sums : recalled)
        wmma::fill_fragment(sums, 0.0F);
    fetch(stages[0], in, g, row, column, 0);
    for (int key = 0, turn = 0; key < in.keys; key += kTile, turn ^= 1) {
        fetch(stages[turn ^ 1], in, g, row, column, key + kTile); // zeros behind the last
        __pipeline_wait_prior(1);
        __syncthreads();
        const Stage& stage = stages[turn];
        for (int k = 0; k < kTile; k += kFragment) {
            Left<wmma::row_major> left;
            wmma::load_matrix_sync(left, stage.kappa + warp * kFragment * kPadded + k, kPadded);
#pragma unroll
            for (int j = 0; j < kTile / kFragment; ++j) {
                Right<wmma::col_major> right;
                wmma::load_matrix_sync(right, stage.A + j * kFragment * kPadded + k, kPadded);
                wmma::mma_sync(recalled[j], left, right, recalled[j]);
            }
        }
        __syncthreads();
    }
    __pipeline_wait_prior(0);
    __syncthreads(); // the stages become room for sums
    float* sums = reinterpret_cast<float*>(memory) + warp * kFragment * kPaddedSums;
    for (int j = 0; j < kTile / kFragment; ++j)
        wmma::store_matrix_sync(sums + j * kFragment, recalled[j], kPaddedSums, wmma::mem_row_major);
    __syncwarp();
    const float* factors = in.factors.data + g * in.factors.stride;
    for (int i = lane; i < kFragment * kVectors; i += 32) {
        const int r = i / kVectors, c = i % kVectors * kVector, m = row + warp * kFragment + r;
        if (m >= in.memory_rows || column + c >= in.d)
            continue;
        const float* v = in.projected.data + g * in.projected.stride +
                         static_cast<std::size_t>(m) * static_cast<std::size_t>(in.width) + column + c;
        const float beta = factors[m], scale = factors[in.memory_rows + m];
        Vector u;
#pragma unroll
        for (int j = 0; j < kVector; ++j)
            u.values[j] = beta * (v[j] - sums[r * kPaddedSums + c + j] * scale);
        store_vector(in.u.data + g * in.u.stride +
                         static_cast<std::size_t>(m) * static_cast<std::size_t>(in.d) + column + c,
                     u);
    }
}

/// z += Σ γ κ for 64 keys, row after row.
__device__ void update_z(const Write& in, std::size_t g, int key) {
    const float* gamma = in.factors.data + g * in.factors.stride + 2 * in.memory_rows;
    const int i = key + static_cast<int>(threadIdx.x);
    if (static_cast<int>(threadIdx.x) < kTile && i < in.keys) {
        const __nv_bfloat16* kappa = in.kappa.data + g * in.kappa.stride + i;
        float& z = in.z.data[g * in.z.stride + static_cast<std::size_t>(i)];
        float sum = z;
#pragma unroll 8
        for (int m = 0; m < in.memory_rows; ++m)
            sum += gamma[m] *
                   __bfloat162float(kappa[static_cast<std::size_t>(m) * static_cast<std::size_t>(in.keys)]);
        z = sum;
    }
    if (key == 0 && threadIdx.x == 0)
        in.segments.data[g * in.segments.stride] += 1;
}

/// What a block of the third launch works on: 64 keys by 64 columns of A.
struct Block {
    const Write& in;
    std::size_t g;
    int key, column;
};

constexpr int kQuads = kTile / 4;                     // across a tile of A
constexpr int kQuadsEach = kTile * kQuads / kThreads; // that a thread adds up

__device__ float4* quad_of_A(const Block& b, int i, bool& inside) {
    const int k = b.key + i / kQuads, c = b.column + i % kQuads * 4;
    inside = k < b.in.keys && c < b.in.d;
    return reinterpret_cast<float4*>(b.in.A.data + b.g * b.in.A.stride +
                                     static_cast<std::size_t>(k) * static_cast<std::size_t>(b.in.d) + c);
}

/// sums [64, kPaddedSums] = κᵀ u over all memory rows. A warp makes two tiles side by side.
__device__ void multiply(const Block& b, __nv_bfloat16* kappa, __nv_bfloat16* u, float* sums) {
    const int warp = static_cast<int>(threadIdx.x) / 32;
    const int k = warp / 2 * kFragment, c = warp % 2 * 2 * kFragment;
    Sums made[2];
    for (auto& tile : made)
        wmma::fill_fragment(tile, 0.0F);
    for (int row = 0; row < b.in.memory_rows; row += kRows) {
        if (row > 0)
            __syncthreads();
        fetch(kappa, kRows, b.in.kappa.data + b.g * b.in.kappa.stride, b.in.memory_rows, b.in.keys, row,
              b.key);
        fetch(u, kRows, b.in.u.data + b.g * b.in.u.stride, b.in.memory_rows, b.in.d, row, b.column);
        __pipeline_commit();
        __pipeline_wait_prior(0);
        __syncthreads();
        for (int m = 0; m < kRows && row + m < b.in.memory_rows; m += kFragment) {
            Left<wmma::col_major> left;
            wmma::load_matrix_sync(left, kappa + m * kPadded + k, kPadded);
#pragma unroll
            for (int t = 0; t < 2; ++t) {
                Right<wmma::row_major> right;
                wmma::load_matrix_sync(right, u + m * kPadded + c + t * kFragment, kPadded);
                wmma::mma_sync(made[t], left, right, made[t]);
            }
        }
    }
    __syncthreads(); // sums may lie where κ and u did
    for (int t = 0; t < 2; ++t)
        wmma::store_matrix_sync(sums + k * kPaddedSums + c + t * kFragment, made[t], kPaddedSums,
                                wmma::mem_row_major);
    __syncthreads();
}

/// The sums, rounded and transposed, into A_rounded [d, keys]: eight keys of a column at once.
__device__ void store_rounded(const Block& b, const float* sums) {
    __nv_bfloat16* rounded = b.in.A_rounded.data + b.g * b.in.A_rounded.stride;
    for (int i = static_cast<int>(threadIdx.x); i < kTile * kVectors; i += kThreads) {
        // Half a warp reads along a row of sums; its two halves fill a sector of each column together.
        const int c = i % 16 + i / 32 % 4 * 16, k = (i / 16 % 2 + i / 128 * 2) * kVector;
        if (b.column + c >= b.in.d || b.key + k >= b.in.keys)
            continue;
        Vector eight;
#pragma unroll
        for (int j = 0; j < kVector; ++j)
            eight.values[j] = sums[(k + j) * kPaddedSums + c];
        store_vector(rounded + static_cast<std::size_t>(b.column + c) * static_cast<std::size_t>(b.in.keys) +
                         b.key + k,
                     eight);
    }
}

__global__ void __launch_bounds__(kThreads) update_kernel(Write in) {
    __shared__ __align__(32) __nv_bfloat16 memory[2 * kRows * kPadded];
    const Block b{in, blockIdx.z, static_cast<int>(blockIdx.y) * kTile, static_cast<int>(blockIdx.x) * kTile};
    if (b.column >= in.d) {
        update_z(in, b.g, b.key);
        return;
    }
    float4 old[kQuadsEach]; // on its way while the tensor cores work
#pragma unroll
    for (int j = 0; j < kQuadsEach; ++j) {
        bool inside = false;
        const float4* from = quad_of_A(b, static_cast<int>(threadIdx.x) + j * kThreads, inside);
        old[j] = inside ? *from : make_float4(0, 0, 0, 0);
    }
    auto* sums = reinterpret_cast<float*>(memory);
    static_assert(sizeof(float) * kTile * kPaddedSums <= sizeof memory);
    multiply(b, memory, memory + kRows * kPadded, sums);
#pragma unroll
    for (int j = 0; j < kQuadsEach; ++j) {
        const int i = static_cast<int>(threadIdx.x) + j * kThreads;
        auto* sum = reinterpret_cast<float4*>(sums + i / kQuads * kPaddedSums + i % kQuads * 4);
        *sum = make_float4(old[j].x + sum->x, old[j].y + sum->y, old[j].z + sum->z, old[j].w + sum->w);
        bool inside = false;
        float4* to = quad_of_A(b, i, inside);
        if (inside)
            *to = *sum;
    }
    __syncthreads();
    store_rounded(b, sums);
}

Status check(Group group, const MemoryWrite& w) {
    if (group.cells <= 0 || group.rows <= 0)
        return {"memory_write: there must be memory rows"};
    if (w.d_mem <= 0 || w.d_mem % 4 != 0 || w.d_mem > kGreatestMemoryWidth || w.d <= 0 ||
        w.d % kVector != 0 || w.projected_width < w.d + w.d_mem + 1)
        return {"memory_write: the widths do not fit"};
    if (!w.projected.data || !w.beta_bias.data || !w.A.data || !w.A_rounded.data || !w.z.data ||
        !w.segments.data || !w.kappa.data || !w.factors.data || !w.u.data)
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
    keys_kernel<<<dim3(static_cast<unsigned>(ceil_div(group.rows, kWarps)), cells), kThreads, keys_shared,
                  stream>>>(keys);
    if (const Status status = launched("memory_write's keys did not start"); !status.ok())
        return status;

    const Write write{group.rows,
                      6 * w.d_mem,
                      w.d,
                      w.projected_width,
                      w.projected,
                      {w.factors.data, w.factors.stride},
                      {raw(w.kappa.data), w.kappa.stride},
                      {raw(w.u.data), w.u.stride},
                      w.A,
                      {raw(w.A_rounded.data), w.A_rounded.stride},
                      w.z,
                      w.segments};
    constexpr int shared = 2 * sizeof(Stage);
    static_assert(sizeof(float) * kRows * kPaddedSums <= shared);
    if (cudaFuncSetAttribute(surprise_kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, shared) !=
        cudaSuccess)
        return {"memory_write: the device has too little shared memory"};
    const auto columns = static_cast<unsigned>(ceil_div(w.d, kTile));
    surprise_kernel<<<dim3(columns, static_cast<unsigned>(ceil_div(group.rows, kRows)), cells), kThreads,
                      shared, stream>>>(write);
    if (const Status status = launched("memory_write's values did not start"); !status.ok())
        return status;
    const auto tiles = static_cast<unsigned>(ceil_div(write.keys, kTile));
    update_kernel<<<dim3(columns + 1, tiles, cells), kThreads, 0, stream>>>(write); // the last column: z
    return launched("memory_write's update did not start");
}

} // namespace longview::kernels::cuda
