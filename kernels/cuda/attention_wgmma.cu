// Causal attention for compute capability 9.0 and head_dim 64. Compile for sm_90a.
//
// Two warpgroups of 64 queries share the tiles of keys and values, which the copy engine brings; two such
// blocks fit a multiprocessor, and while one warpgroup computes weights the others use the tensor cores. A
// warpgroup also overlaps its own: the product of the last weights with the values runs while it turns the
// next scores into weights. A block stays for many pieces of work, and the tiles of the next piece are on
// their way while it ends one: at a thousand rows a piece takes only some ten microseconds.

#include <algorithm>
#include <climits>
#include <cstdint>

#include <cuda.h>

#include "kernels/cuda/attention_tiles.cuh"

#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900 && __CUDA_ARCH__ < 1000 &&                                \
    !defined(__CUDA_ARCH_FEAT_SM90_ALL)
#error "wgmma needs -gencode arch=compute_90a,code=sm_90a"
#endif

namespace longview::kernels::cuda {
namespace {

constexpr int kDim = 64;
constexpr int kGroups = 2, kGroupRows = 64; // warpgroups of a block, and their queries
constexpr int kWarps = 4 * kGroups;
constexpr int kThreads = 32 * kWarps;
constexpr int kStages = 4;

/// A tile's rows are 128 bytes, one swizzle of the copy engine and of wgmma; eight of them repeat.
struct Stage {
    __nv_bfloat16 keys[kTileKeys * kDim], values[kTileKeys * kDim];
};
constexpr std::uint32_t kStageBytes = sizeof(Stage);

struct Shared {
    Stage stages[kStages];
    WarpRows<kDim> rows[kWarps];
    std::uint64_t full[kStages], empty[kStages];
};
constexpr int kSharedBytes =
    static_cast<int>(sizeof(Shared)) + 1024; // a swizzle begins at a multiple of 1024

/// What a launch is cut into: 64 queries for each warpgroup. `paired`: the same rows of two heads that share
/// their keys, else 128 rows of one head.
struct Pieces {
    bool paired = false;
    int blocks = 0;    ///< of rows
    int per_block = 0; ///< pieces that work on one block of rows
    int count = 0;
};

struct Piece {
    int cell = 0, head = 0, row = 0; ///< of one warpgroup
    int key_column = 0;
    int tiles = 0;
};

/// Pieces with most keys come first, so that none of them is left for the end.
__device__ inline Piece piece_at(const AttentionWork& work, const Pieces& pieces, int index, int group) {
    const int within = index % pieces.per_block, block = pieces.blocks - 1 - index / pieces.per_block;
    const int heads = pieces.per_block / work.cells;
    Piece piece;
    piece.cell = within / heads;
    piece.head = pieces.paired ? within % heads * 2 + group : within % heads;
    piece.row = (pieces.paired ? block : block * kGroups + group) * kGroupRows;
    piece.key_column = (work.heads + piece.head / (work.heads / work.kv_heads)) * kDim;
    const int end = (block + 1) * kGroupRows * (pieces.paired ? 1 : kGroups);
    piece.tiles = (min(end, work.rows) + kTileKeys - 1) / kTileKeys;
    return piece;
}

#ifdef __CUDA_ARCH_FEAT_SM90_ALL

__device__ inline void init_barrier(std::uint64_t* barrier, int arrivals) {
    asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(shared_address(barrier)), "r"(arrivals)
                 : "memory");
}

__device__ inline void arrive(std::uint64_t* barrier) {
    asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(shared_address(barrier)) : "memory");
}

__device__ inline void wait(std::uint64_t* barrier, unsigned phase) {
    asm volatile("{\n"
                 ".reg .pred done;\n"
                 "again:\n"
                 "mbarrier.try_wait.parity.shared::cta.b64 done, [%0], %1;\n"
                 "@!done bra again;\n"
                 "}" ::"r"(shared_address(barrier)),
                 "r"(phase)
                 : "memory");
}

/// Rows beyond the matrix's last arrive as zeros, because a weight of zero would not silence a NaN.
__device__ inline void copy_tile(void* to, const CUtensorMap& map, int column, int row, int cell,
                                 std::uint64_t* barrier) {
    asm volatile("cp.async.bulk.tensor.3d.shared::cluster.global.tile.mbarrier::complete_tx::bytes "
                 "[%0], [%1, {%2, %3, %4}], [%5];" ::"r"(shared_address(to)),
                 "l"(&map), "r"(column), "r"(row), "r"(cell), "r"(shared_address(barrier))
                 : "memory");
}

/// The piece a block does in its `round`, if that is below the count. Every other round runs backwards, so
/// that no block gets the longer one each time.
__device__ inline int index_in(int round) {
    const int blocks = static_cast<int>(gridDim.x), block = static_cast<int>(blockIdx.x);
    return round * blocks + (round % 2 == 0 ? block : blocks - 1 - block);
}

/// The copies' side of a block, for its first thread: a warp of its own for them would leave the others 96
/// registers each. What it knows is in shared memory, because that thread has no registers to spare either.
struct Loader {
    struct Source {
        int cell, key_column, tiles;
    } now, next;     ///< this piece and the one after it; 0 tiles when there is none
    unsigned first;  ///< turn of this piece's first tile
    unsigned loaded; ///< tiles so far

    __device__ void start(const AttentionWork& work, const Pieces& pieces) {
        first = loaded = 0;
        now = source(work, pieces, 0);
        next = source(work, pieces, 1);
    }
    /// To the piece of `round`.
    __device__ void advance(const AttentionWork& work, const Pieces& pieces, int round) {
        first += static_cast<unsigned>(now.tiles);
        now = next;
        next = source(work, pieces, round + 1);
    }
    /// Starts copies until `limit` tiles were brought; waits for stages that are still read.
    __device__ void fill(unsigned limit, const AttentionWork& work, const CUtensorMap& map, Shared& shared) {
        for (unsigned turn = loaded; turn < limit; ++turn) {
            int tile = static_cast<int>(turn - first);
            Source from = now;
            if (tile >= from.tiles) {
                tile -= from.tiles;
                from = next;
                if (tile >= from.tiles)
                    return; // it gets its turn after `advance`
            }
            const unsigned stage = turn % kStages;
            if (turn >= kStages)
                wait(&shared.empty[stage], (turn / kStages - 1) % 2);
            auto* const full = &shared.full[stage];
            asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(shared_address(full)),
                         "r"(kStageBytes)
                         : "memory");
            copy_tile(shared.stages[stage].keys, map, from.key_column, tile * kTileKeys, from.cell, full);
            copy_tile(shared.stages[stage].values, map, from.key_column + work.kv_heads * kDim,
                      tile * kTileKeys, from.cell, full);
            loaded = turn + 1;
        }
    }

private:
    __device__ static Source source(const AttentionWork& work, const Pieces& pieces, int round) {
        if (index_in(round) >= pieces.count)
            return {0, 0, 0};
        const Piece piece = piece_at(work, pieces, index_in(round), 0);
        return {piece.cell, piece.key_column, piece.tiles};
    }
};

/// How wgmma finds a tile of rows of 128 bytes: 128-byte swizzle, 1024 bytes from eight rows to the next.
__device__ inline std::uint64_t describe(const void* tile) {
    return (shared_address(tile) & 0x3FFFF) >> 4 | 1ULL << 16 | (1024ULL >> 4) << 32 | 1ULL << 62;
}

/// c [64, 64] = a [64, 16] · b [16, 64], plus c when `kAdd`. b is [n, k] in memory, or [k, n] when
/// kTransposed.
template <bool kAdd, bool kTransposed>
__device__ inline void multiply(float (&c)[8][4], const std::uint32_t (&a)[4], std::uint64_t b) {
    asm volatile("{\n"
                 ".reg .pred add;\n"
                 "setp.ne.b32 add, %37, 0;\n"
                 "wgmma.mma_async.sync.aligned.m64n64k16.f32.bf16.bf16 "
                 "{%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "
                 "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31}, "
                 "{%32, %33, %34, %35}, %36, add, 1, 1, %38;\n"
                 "}"
                 : "+f"(c[0][0]), "+f"(c[0][1]), "+f"(c[0][2]), "+f"(c[0][3]), "+f"(c[1][0]), "+f"(c[1][1]),
                   "+f"(c[1][2]), "+f"(c[1][3]), "+f"(c[2][0]), "+f"(c[2][1]), "+f"(c[2][2]), "+f"(c[2][3]),
                   "+f"(c[3][0]), "+f"(c[3][1]), "+f"(c[3][2]), "+f"(c[3][3]), "+f"(c[4][0]), "+f"(c[4][1]),
                   "+f"(c[4][2]), "+f"(c[4][3]), "+f"(c[5][0]), "+f"(c[5][1]), "+f"(c[5][2]), "+f"(c[5][3]),
                   "+f"(c[6][0]), "+f"(c[6][1]), "+f"(c[6][2]), "+f"(c[6][3]), "+f"(c[7][0]), "+f"(c[7][1]),
                   "+f"(c[7][2]), "+f"(c[7][3])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b), "n"(kAdd ? 1 : 0),
                   "n"(kTransposed ? 1 : 0)
                 : "memory");
}

/// Before the products: registers written so far are theirs to read.
__device__ inline void begin_products() {
    asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
}
__device__ inline void commit_products() {
    asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
}
template <int kPending>
__device__ inline void wait_products() {
    asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(kPending) : "memory");
}

/// Keeps the compiler from moving reads and writes of c across this point: it does not know that products
/// go on after their instruction.
template <int N>
__device__ inline void pin(float (&c)[N][4]) {
#pragma unroll
    for (int n = 0; n < N; ++n)
#pragma unroll
        for (int i = 0; i < 4; ++i)
            asm volatile("" : "+f"(c[n][i])::"memory");
}

/// scores [64, 64] = q · kᵀ, started only.
__device__ inline void start_scores(float (&scores)[8][4], const std::uint32_t (&q)[4][4],
                                    const Stage& stage) {
    const auto keys = describe(stage.keys);
    multiply<false, false>(scores, q[0], keys);
#pragma unroll
    for (int s = 1; s < kDim / 16; ++s)
        multiply<true, false>(scores, q[s], keys + static_cast<unsigned>(s) * (32 >> 4));
    commit_products();
}

/// sums [64, 64] += weights · v, started only.
__device__ inline void start_sums(float (&sums)[8][4], const std::uint32_t (&weights)[4][4],
                                  const Stage& stage) {
    const auto values = describe(stage.values);
#pragma unroll
    for (int s = 0; s < kTileKeys / 16; ++s)
        multiply<true, true>(sums, weights[s], values + static_cast<unsigned>(s) * (2048 >> 4));
    commit_products();
}

#endif

__global__ void __launch_bounds__(kThreads, 2)
    attention_wgmma_kernel(const AttentionWork work, const __grid_constant__ CUtensorMap map,
                           const Pieces pieces) {
#ifdef __CUDA_ARCH_FEAT_SM90_ALL
    extern __shared__ unsigned char unaligned[];
    __shared__ Loader loader;
    auto& shared = *reinterpret_cast<Shared*>(unaligned + (1024 - shared_address(unaligned) % 1024) % 1024);
    const int warp = static_cast<int>(threadIdx.x) / 32, lane = static_cast<int>(threadIdx.x) % 32;
    const bool loads = threadIdx.x == 0;
    if (loads) {
        for (int i = 0; i < kStages; ++i) {
            init_barrier(&shared.full[i], 1);
            init_barrier(&shared.empty[i], kWarps);
        }
        asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
        asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
        cudaGridDependencySynchronize(); // the keys are rotated
        loader.start(work, pieces);
        loader.fill(kStages, work, map, shared);
    }
    __syncthreads(); // the barriers are there

    unsigned turn = 0; // tiles so far
    // A stage is filled again one turn after this warpgroup left it: the other one has that long.
    const auto refill = [&] {
        if (loads)
            loader.fill(turn + kStages - 1, work, map, shared);
        __syncwarp();
    };
    const auto release = [&](unsigned old) {
        if (lane == 0)
            arrive(&shared.empty[old % kStages]);
    };
    for (int round = 0; index_in(round) < pieces.count; ++round) {
        const Piece piece = piece_at(work, pieces, index_in(round), warp / 4);
        const int warp_row = piece.row + warp % 4 * 16, row = warp_row + lane / 4;
        std::uint32_t q[kDim / 16][4], weights[kTileKeys / 16][4];
        float scores[kTileKeys / 8][4], sums[kDim / 8][4] = {};
        SoftmaxRows rows;
        load_queries<kDim>(
            work, work.qkv + static_cast<std::size_t>(piece.cell) * work.qkv_stride + piece.head * kDim,
            warp_row, shared.rows[warp], q);

        wait(&shared.full[turn % kStages], turn / kStages % 2);
        pin(scores);
        begin_products();
        start_scores(scores, q, shared.stages[turn % kStages]);
        if (loads && round > 0)
            loader.advance(work, pieces, round);
        refill();
        wait_products<0>();
        pin(scores);
        if (kTileKeys > piece.row)
            mask(scores, row, 0);
        softmax(scores, rows, work.scale, work.slack);
        to_operands(scores, weights);
        ++turn;
        for (int tile = 1; tile < piece.tiles; ++tile, ++turn) {
            wait(&shared.full[turn % kStages], turn / kStages % 2);
            pin(scores);
            pin(sums);
            begin_products();
            start_scores(scores, q, shared.stages[turn % kStages]);
            start_sums(sums, weights, shared.stages[(turn - 1) % kStages]);
            refill();
            wait_products<1>();
            pin(scores);
            if ((tile + 1) * kTileKeys > piece.row)
                mask(scores, row, tile * kTileKeys);
            const bool rescale = softmax(scores, rows, work.scale, work.slack);
            wait_products<0>();
            pin(sums);
            release(turn - 1);
            if (rescale)
                shrink(sums, rows);
            to_operands(scores, weights);
        }
        pin(sums);
        begin_products();
        start_sums(sums, weights, shared.stages[(turn - 1) % kStages]);
        wait_products<0>();
        pin(sums);
        release(turn - 1);
        store_rows<kDim>(
            work, work.out + static_cast<std::size_t>(piece.cell) * work.out_stride + piece.head * kDim,
            warp_row, shared.rows[warp], sums, rows);
    }
#endif
}

using EncodeTiled = decltype(&cuTensorMapEncodeTiled);

/// The driver's function, found through the runtime so that the program starts without a driver.
EncodeTiled encode_tiled() {
    static const auto found = [] {
        void* function = nullptr;
        cudaDriverEntryPointQueryResult result{};
        const auto error = cudaGetDriverEntryPointByVersion("cuTensorMapEncodeTiled", &function, 12000,
                                                            cudaEnableDefault, &result);
        return error == cudaSuccess && result == cudaDriverEntryPointSuccess
                   ? reinterpret_cast<EncodeTiled>(function)
                   : nullptr;
    }();
    return found;
}

/// qkv as a stack of matrices, cut into tiles of 64 rows by 64 columns.
bool map_tiles(const AttentionWork& work, CUtensorMap& map) {
    const auto width = static_cast<cuuint64_t>(work.qkv_width), rows = static_cast<cuuint64_t>(work.rows),
               cells = static_cast<cuuint64_t>(work.cells);
    const cuuint64_t stride = work.cells > 1 ? work.qkv_stride : width * rows;
    const cuuint64_t sizes[] = {width, rows, cells};
    const cuuint64_t strides[] = {width * sizeof(Bf16), stride * sizeof(Bf16)};
    const cuuint32_t box[] = {kDim, kTileKeys, 1}, steps[] = {1, 1, 1};
    return encode_tiled()(&map, CU_TENSOR_MAP_DATA_TYPE_BFLOAT16, 3, const_cast<__nv_bfloat16*>(work.qkv),
                          sizes, strides, box, steps, CU_TENSOR_MAP_INTERLEAVE_NONE,
                          CU_TENSOR_MAP_SWIZZLE_128B, CU_TENSOR_MAP_L2_PROMOTION_L2_128B,
                          CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE) == CUDA_SUCCESS;
}

} // namespace

bool attention_wgmma_takes(const AttentionWork& work) {
    int device = 0, major = 0, minor = 0;
    return work.head_dim == kDim && cudaGetDevice(&device) == cudaSuccess &&
           cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device) == cudaSuccess &&
           cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, device) == cudaSuccess &&
           major == 9 && minor == 0 && encode_tiled() != nullptr;
}

Status attention_wgmma(Stream stream, const AttentionWork& work) {
    Pieces pieces;
    pieces.paired = work.heads / work.kv_heads % 2 == 0;
    pieces.blocks = ceil_div(work.rows, pieces.paired ? kGroupRows : kGroups * kGroupRows);
    const auto per_block = static_cast<long long>(work.cells) * (pieces.paired ? work.heads / 2 : work.heads);
    if (per_block * pieces.blocks > INT_MAX / 2)
        return {"attention: more pieces than are counted"};
    pieces.per_block = static_cast<int>(per_block);
    pieces.count = pieces.per_block * pieces.blocks;
    CUtensorMap map;
    if (!map_tiles(work, map))
        return {"attention: the driver refused the shape of qkv"};
    int device = 0, processors = 0;
    if (cudaGetDevice(&device) != cudaSuccess ||
        cudaDeviceGetAttribute(&processors, cudaDevAttrMultiProcessorCount, device) != cudaSuccess ||
        cudaFuncSetAttribute(attention_wgmma_kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                             kSharedBytes) != cudaSuccess)
        return {"attention: the device has too little shared memory"};

    // Blocks start while the last keys are still being rotated; they wait before they read any.
    cudaLaunchAttribute early{};
    early.id = cudaLaunchAttributeProgrammaticStreamSerialization;
    early.val.programmaticStreamSerializationAllowed = 1;
    cudaLaunchConfig_t launch{};
    launch.gridDim = dim3(static_cast<unsigned>(std::min(pieces.count, 2 * processors)));
    launch.blockDim = dim3(kThreads);
    launch.dynamicSmemBytes = kSharedBytes;
    launch.stream = stream;
    launch.attrs = &early;
    launch.numAttrs = 1;
    return cudaLaunchKernelEx(&launch, attention_wgmma_kernel, work, map, pieces) == cudaSuccess
               ? Status{}
               : Status{"attention did not start"};
}

} // namespace longview::kernels::cuda
