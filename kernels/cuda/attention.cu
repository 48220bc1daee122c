// Causal attention for any device from compute capability 8.0: flash attention with mma.sync. A pass of its
// own rotates the keys in place first, since every block of queries reads them; queries are rotated as they
// are loaded.

#include <climits>
#include <cmath>
#include <cstdint>

#include "kernels/cuda/attention_tiles.cuh"

namespace longview::kernels::cuda {
namespace {

constexpr int kWarps = 4;
constexpr int kThreads = 32 * kWarps;
/// 16-row products a warp does with every right operand it loads: two halve the traffic of shared memory,
/// but from head_dim 80 on the sums of two would not fit the registers.
constexpr int row_tiles(int head_dim) {
    return head_dim > 64 ? 1 : 2;
}

/// A tile's keys (or values) in shared memory.
template <int D>
struct Tile {
    static constexpr int kRow = kPaddedRow<D>;
    __nv_bfloat16 values[kTileKeys * kRow];
};

template <int D>
struct Stages {
    static constexpr int kCount = D > 64 ? 2 : 3; ///< so that a device with 100 KiB holds them
    Tile<D> keys[kCount], values[kCount];
};
static_assert(kTileKeys == 16 * kWarps); // so a tile that is not in use holds the WarpRows of every warp

/// 16 bytes from global to shared memory, or zeros.
__device__ inline void copy_async(void* to, const void* from, bool inside) {
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;"
                 :
                 : "r"(shared_address(to)), "l"(from), "r"(inside ? 16 : 0)
                 : "memory");
}

__device__ inline void load_matrices_transposed(std::uint32_t (&b)[4], const __nv_bfloat16* row) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(b[0]), "=r"(b[1]), "=r"(b[2]), "=r"(b[3])
                 : "r"(shared_address(row))
                 : "memory");
}

/// c [16, 8] += a [16, 16] · b [16, 8].
__device__ inline void multiply(float (&c)[4], const std::uint32_t (&a)[4], std::uint32_t b0,
                                std::uint32_t b1) {
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, "
                 "{%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                 : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

/// Starts the copies of the keys and values from `key` on; rows beyond the last are zeros, because a weight
/// of zero would not silence a NaN.
template <int D>
__device__ inline void load_tile(const AttentionWork& work, const __nv_bfloat16* keys,
                                 const __nv_bfloat16* values, int key, Tile<D>& k, Tile<D>& v) {
    constexpr int kChunks = D / 8;
#pragma unroll
    for (int i = 0; i < kTileKeys * kChunks / kThreads; ++i) {
        const int chunk = static_cast<int>(threadIdx.x) + i * kThreads;
        const int row = chunk / kChunks, column = chunk % kChunks * 8;
        const bool inside = key + row < work.rows;
        const auto from = static_cast<std::size_t>(inside ? key + row : 0) * work.qkv_width + column;
        copy_async(&k.values[row * Tile<D>::kRow + column], keys + from, inside);
        copy_async(&v.values[row * Tile<D>::kRow + column], values + from, inside);
    }
}

/// scores [M · 16, 64] = q · kᵀ.
template <int D, int M>
__device__ inline void score(const std::uint32_t (&q)[M][D / 16][4], const Tile<D>& k,
                             float (&scores)[M][kTileKeys / 8][4]) {
#pragma unroll
    for (int m = 0; m < M; ++m)
#pragma unroll
        for (int n = 0; n < kTileKeys / 8; ++n)
#pragma unroll
            for (int i = 0; i < 4; ++i)
                scores[m][n][i] = 0;
    const int lane = static_cast<int>(threadIdx.x % 32);
    const auto* const first = &k.values[(lane / 16 * 8 + lane % 8) * Tile<D>::kRow + lane / 8 % 2 * 8];
#pragma unroll
    for (int s = 0; s < D / 16; ++s)
#pragma unroll
        for (int n = 0; n < kTileKeys / 16; ++n) {
            std::uint32_t b[4];
            load_matrices(b, first + n * 16 * Tile<D>::kRow + s * 16);
#pragma unroll
            for (int m = 0; m < M; ++m) {
                multiply(scores[m][2 * n], q[m][s], b[0], b[1]);
                multiply(scores[m][2 * n + 1], q[m][s], b[2], b[3]);
            }
        }
}

/// sums [M · 16, D] += weights · v.
template <int D, int M>
__device__ inline void weigh(const std::uint32_t (&weights)[M][kTileKeys / 16][4], const Tile<D>& v,
                             float (&sums)[M][D / 8][4]) {
    const int lane = static_cast<int>(threadIdx.x % 32);
    const auto* const first = &v.values[lane % 16 * Tile<D>::kRow + lane / 16 * 8];
#pragma unroll
    for (int s = 0; s < kTileKeys / 16; ++s)
#pragma unroll
        for (int n = 0; n < D / 16; ++n) {
            std::uint32_t b[4];
            load_matrices_transposed(b, first + s * 16 * Tile<D>::kRow + n * 16);
#pragma unroll
            for (int m = 0; m < M; ++m) {
                multiply(sums[m][2 * n], weights[m][s], b[0], b[1]);
                multiply(sums[m][2 * n + 1], weights[m][s], b[2], b[3]);
            }
        }
}

/// One block of queries of one head of one cell; the blocks with most keys start first, so that none of
/// them is left for the end.
template <int D, int M>
__global__ void __launch_bounds__(kThreads, 2) attention_kernel(const AttentionWork work) {
    extern __shared__ __align__(16) unsigned char shared[];
    auto& shared_tiles = *reinterpret_cast<Stages<D>*>(shared);
    constexpr int kWarpRows = 16 * M, kBlockRows = kWarps * kWarpRows, kStages = Stages<D>::kCount;

    const int per_block = work.cells * work.heads, within = static_cast<int>(blockIdx.x) % per_block;
    const int blocks = static_cast<int>(gridDim.x) / per_block;
    const int first_row = (blocks - 1 - static_cast<int>(blockIdx.x) / per_block) * kBlockRows;
    const int head = within % work.heads, kv_head = head / (work.heads / work.kv_heads);
    const auto cell = static_cast<std::size_t>(within / work.heads);
    const auto* const qkv = work.qkv + cell * work.qkv_stride;
    const auto* const keys = qkv + (work.heads + kv_head) * D;
    const auto* const values = keys + work.kv_heads * D;

    const int last_key = min(first_row + kBlockRows, work.rows);
    const int tile_count = (last_key + kTileKeys - 1) / kTileKeys;
#pragma unroll
    for (int i = 0; i < kStages - 1; ++i) {
        if (i < tile_count)
            load_tile<D>(work, keys, values, i * kTileKeys, shared_tiles.keys[i], shared_tiles.values[i]);
        asm volatile("cp.async.commit_group;" ::: "memory");
    }

    const int warp = static_cast<int>(threadIdx.x / 32), warp_row = first_row + warp * kWarpRows;
    const int row = warp_row + static_cast<int>(threadIdx.x % 32) / 4;
    std::uint32_t q[M][D / 16][4];
    float sums[M][D / 8][4] = {};
    SoftmaxRows rows[M];
    // The last stage is filled after the first barrier below, which comes after this.
    auto& queries = reinterpret_cast<WarpRows<D>*>(&shared_tiles.keys[kStages - 1])[warp];
#pragma unroll
    for (int m = 0; m < M; ++m)
        load_queries<D>(work, qkv + head * D, warp_row + 16 * m, queries, q[m]);

    int stage = 0;
    for (int tile = 0; tile < tile_count; ++tile) {
        asm volatile("cp.async.wait_group %0;" ::"n"(kStages - 2) : "memory");
        __syncthreads();
        const int next = stage == 0 ? kStages - 1 : stage - 1; // read by all in the turn before
        if (tile + kStages - 1 < tile_count)
            load_tile<D>(work, keys, values, (tile + kStages - 1) * kTileKeys, shared_tiles.keys[next],
                         shared_tiles.values[next]);
        asm volatile("cp.async.commit_group;" ::: "memory");
        const int key = tile * kTileKeys;
        if (key < warp_row + kWarpRows) { // else every key comes after this warp's queries
            float scores[M][kTileKeys / 8][4];
            std::uint32_t weights[M][kTileKeys / 16][4];
            score<D, M>(q, shared_tiles.keys[stage], scores);
#pragma unroll
            for (int m = 0; m < M; ++m) {
                if (key + kTileKeys > warp_row)
                    mask(scores[m], row + 16 * m, key);
                if (softmax(scores[m], rows[m], work.scale, work.slack))
                    shrink(sums[m], rows[m]);
                to_operands(scores[m], weights[m]);
            }
            weigh<D, M>(weights, shared_tiles.values[stage], sums);
        }
        stage = stage == kStages - 1 ? 0 : stage + 1;
    }
    __syncthreads(); // every warp is through with the tiles
    auto& outputs = reinterpret_cast<WarpRows<D>*>(&shared_tiles.keys[0])[warp];
#pragma unroll
    for (int m = 0; m < M; ++m)
        store_rows<D>(work, work.out + cell * work.out_stride + head * D, warp_row + 16 * m, outputs, sums[m],
                      rows[m]);
}

template <int D>
Status launch_attention(Stream stream, const AttentionWork& work) {
    constexpr int kRowTiles = row_tiles(D), kBytes = static_cast<int>(sizeof(Stages<D>));
    const auto blocks =
        static_cast<long long>(ceil_div(work.rows, kWarps * 16 * kRowTiles)) * work.cells * work.heads;
    if (blocks > INT_MAX)
        return {"attention: more blocks than a grid has"};
    const auto kernel = attention_kernel<D, kRowTiles>;
    if (cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, kBytes) != cudaSuccess)
        return {"attention: the device has too little shared memory"};
    kernel<<<static_cast<unsigned>(blocks), kThreads, kBytes, stream>>>(work);
    return launched("attention did not start");
}

Status launch_attention_for(Stream stream, const AttentionWork& work) {
    switch (work.head_dim) {
    case 16:
        return launch_attention<16>(stream, work);
    case 32:
        return launch_attention<32>(stream, work);
    case 48:
        return launch_attention<48>(stream, work);
    case 64:
        return launch_attention<64>(stream, work);
    case 80:
        return launch_attention<80>(stream, work);
    case 96:
        return launch_attention<96>(stream, work);
    case 112:
        return launch_attention<112>(stream, work);
    case 128:
        return launch_attention<128>(stream, work);
    default:
        return {"attention: head_dim is not a multiple of 16 up to 128"};
    }
}

struct Rotation {
    int rows = 0, kv_heads = 0, half = 0;
    std::size_t cells = 0;
    const __nv_bfloat16* from = nullptr; ///< the keys of row 0 of cell 0
    std::size_t from_row = 0, from_cell = 0;
    __nv_bfloat16* to = nullptr;
    std::size_t to_row = 0, to_cell = 0;
    const float* cos = nullptr;
    const float* sin = nullptr;
};

/// Rotates keys, in place when `from` is `to`: a thread does 8 columns of a head's first half and their
/// partners in the second.
__global__ void rotate_keys_kernel(const Rotation work) {
#if __CUDA_ARCH__ >= 900
    cudaTriggerProgrammaticLaunchCompletion(); // attention_wgmma may prepare meanwhile
#endif
    const int chunks = work.half / 8, per_row = work.kv_heads * chunks;
    const auto index = static_cast<std::size_t>(blockIdx.x) * blockDim.x + threadIdx.x;
    const auto line = index / per_row;
    const auto cell = line / work.rows, row = line % work.rows;
    if (cell >= work.cells)
        return;
    const int within = static_cast<int>(index % per_row), column = within % chunks * 8;
    const auto offset = static_cast<std::size_t>(within / chunks) * 2 * work.half + column;
    const auto* const from = work.from + cell * work.from_cell + row * work.from_row + offset;
    auto* const to = work.to + cell * work.to_cell + row * work.to_row + offset;
    uint4 low = *reinterpret_cast<const uint4*>(from);
    uint4 high = *reinterpret_cast<const uint4*>(from + work.half);
    rotate(low, high, load_angles(work.cos, work.sin, row * work.half + column));
    *reinterpret_cast<uint4*>(to) = low;
    *reinterpret_cast<uint4*>(to + work.half) = high;
}

Status rotate_keys(Stream stream, const Rotation& work, const char* failed) {
    constexpr std::size_t kRotationThreads = 256;
    const auto threads = work.cells * work.rows * work.kv_heads * (work.half / 8);
    const auto blocks = (threads + kRotationThreads - 1) / kRotationThreads;
    if (blocks > INT_MAX)
        return {"rotating keys: more blocks than a grid has"};
    rotate_keys_kernel<<<static_cast<unsigned>(blocks), kRotationThreads, 0, stream>>>(work);
    return launched(failed);
}

bool shape_fits(const AttentionShape& shape) {
    return shape.heads > 0 && shape.kv_heads > 0 && shape.heads % shape.kv_heads == 0 && shape.head_dim > 0 &&
           shape.head_dim % 16 == 0 && shape.head_dim <= 128;
}

bool aligned(const void* p) {
    return reinterpret_cast<std::uintptr_t>(p) % 16 == 0;
}

} // namespace

Status attention_with(AttentionKernel kernel, Stream stream, Group group, const AttentionShape& shape,
                      const RopeTable& table, Stack<Bf16> qkv, Stack<Bf16> out) {
    if (!shape_fits(shape))
        return {"attention: heads do not divide, or head_dim is not a multiple of 16 up to 128"};
    if (group.cells <= 0 || group.rows <= 0 || group.rows > INT_MAX - 1024)
        return {"attention: a group without cells or rows"};
    if (group.rows > table.positions)
        return {"attention: more rows than the table has positions"};
    if (!aligned(qkv.data) || !aligned(out.data) || qkv.stride % 8 != 0 || out.stride % 8 != 0 ||
        !aligned(table.cos) || !aligned(table.sin))
        return {"attention: operands are not aligned to 16 bytes"};
    const auto rows = static_cast<std::size_t>(group.rows);
    if (group.cells > 1 && (qkv.stride < rows * static_cast<std::size_t>(shape.qkv_width()) ||
                            out.stride < rows * static_cast<std::size_t>(shape.q_width())))
        return {"attention: cells overlap"}; // keys are rotated in place: once each

    Rotation rotation;
    rotation.rows = group.rows;
    rotation.cells = static_cast<std::size_t>(group.cells);
    rotation.kv_heads = shape.kv_heads;
    rotation.half = shape.head_dim / 2;
    rotation.to = raw(qkv.data) + shape.q_width();
    rotation.from = rotation.to;
    rotation.from_row = rotation.to_row = static_cast<std::size_t>(shape.qkv_width());
    rotation.from_cell = rotation.to_cell = qkv.stride;
    rotation.cos = table.cos;
    rotation.sin = table.sin;
    if (const Status status = rotate_keys(stream, rotation, "attention's rotation did not start");
        !status.ok())
        return status;

    AttentionWork work;
    work.cells = group.cells;
    work.rows = group.rows;
    work.heads = shape.heads;
    work.kv_heads = shape.kv_heads;
    work.head_dim = shape.head_dim;
    work.qkv_width = shape.qkv_width();
    work.qkv = raw(qkv.data);
    work.qkv_stride = qkv.stride;
    work.out = raw(out.data);
    work.out_stride = out.stride;
    work.cos = table.cos;
    work.sin = table.sin;
    work.scale = static_cast<float>(1.4426950408889634 / std::sqrt(static_cast<double>(shape.head_dim)));
    work.slack = 8 / work.scale;
    const bool wgmma = kernel != AttentionKernel::mma && attention_wgmma_takes(work);
    if (kernel == AttentionKernel::wgmma && !wgmma)
        return {"attention: no wgmma kernel for this device or head_dim"};
    return wgmma ? attention_wgmma(stream, work) : launch_attention_for(stream, work);
}

Status attention(Stream stream, Group group, const AttentionShape& shape, const RopeTable& table,
                 Stack<Bf16> qkv, Stack<Bf16> out) {
    return attention_with(AttentionKernel::best, stream, group, shape, table, qkv, out);
}

Status fill_cache(Stream stream, int rows, const AttentionShape& shape, const RopeTable& table,
                  const Bf16* qkv, Bf16* cache_k, Bf16* cache_v) {
    if (!shape_fits(shape))
        return {"fill_cache: heads do not divide, or head_dim is not a multiple of 16 up to 128"};
    if (rows <= 0 || rows > table.positions)
        return {"fill_cache: no rows, or more than the table has positions"};
    if (!aligned(qkv) || !aligned(cache_k) || !aligned(cache_v) || !aligned(table.cos) || !aligned(table.sin))
        return {"fill_cache: operands are not aligned to 16 bytes"};
    const auto width = static_cast<std::size_t>(shape.qkv_width()),
               kv_width = static_cast<std::size_t>(shape.kv_width());
    Rotation rotation;
    rotation.rows = rows;
    rotation.cells = 1;
    rotation.kv_heads = shape.kv_heads;
    rotation.half = shape.head_dim / 2;
    rotation.from = raw(qkv) + shape.q_width();
    rotation.from_row = width;
    rotation.to = raw(cache_k);
    rotation.to_row = kv_width;
    rotation.cos = table.cos;
    rotation.sin = table.sin;
    if (const Status status = rotate_keys(stream, rotation, "fill_cache did not start"); !status.ok())
        return status;
    const auto copied = cudaMemcpy2DAsync(
        cache_v, kv_width * sizeof(Bf16), qkv + shape.q_width() + shape.kv_width(), width * sizeof(Bf16),
        kv_width * sizeof(Bf16), static_cast<std::size_t>(rows), cudaMemcpyDeviceToDevice, stream);
    return copied == cudaSuccess ? Status{} : Status{"fill_cache: the values were not copied"};
}

} // namespace longview::kernels::cuda
