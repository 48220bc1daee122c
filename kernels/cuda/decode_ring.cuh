#pragma once
// The stream of weights. A token's matrices are known before the token is, only the vectors are not; so every
// warp fetches its rows in the order in which it will need them, as far ahead as its shared memory holds,
// across layers and barriers. Device memory stays busy while the grid waits for a vector.

#include "kernels/cuda/decode_plan.cuh"

namespace longview::kernels::cuda::decoding {

/// A tile is a piece of both runs of a unit: twice up to kTileColumns weights.
inline constexpr int kTileColumns = 1024;
inline constexpr int kTileRowBytes = 2 * kTileColumns;
inline constexpr int kTileBytes = 2 * kTileRowBytes;

#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
#define LONGVIEW_BULK_COPY 1 // the copy engine; before it every lane copies its own 16 bytes
#else
#define LONGVIEW_BULK_COPY 0
#endif

struct TileRuns {
    const __nv_bfloat16* at[2];
    unsigned bytes; ///< of each
};

/// The tiles of one warp, one after the other over all matrices. Kept in shared memory: as registers, they
/// would be taken from every step.
struct TileCursor {
    Matrix matrix;
    Deal deal;
    int layer, step; ///< of the matrix after this one
    int unit, column;

    __device__ void start() {
        matrix = {};
        deal = make_deal();
        layer = step = unit = column = 0;
    }
    /// Moves on to a matrix that has a unit for this warp, if need be; false at the end.
    __device__ bool settle(const Arguments& a) {
        while (unit >= matrix.units) {
            if (layer > a.layers)
                return false;
            if (layer == a.layers) {
                matrix = head_matrix(a);
                ++layer;
            } else {
                matrix = layer_matrix(a, layer, static_cast<Step>(step));
                if (++step == static_cast<int>(Step::end)) {
                    step = 0;
                    ++layer;
                }
            }
            unit = deal.next(matrix.units);
        }
        return true;
    }
    __device__ TileRuns runs() const {
        const Matrix& m = matrix;
        const int row = m.row(unit);
        const auto k = static_cast<std::size_t>(m.k);
        const __nv_bfloat16* const first = m.data + row * k + column;
        // Two halves of one row, or two rows; the last pair of an odd number of rows is one row twice.
        const __nv_bfloat16* const second =
            m.half == 0 ? first + m.run : m.data + min(row + m.half, m.rows - 1) * k + column;
        return {{first, second}, 2U * static_cast<unsigned>(min(kTileColumns, m.run - column))};
    }
    __device__ void advance() {
        column += kTileColumns;
        if (column >= matrix.run) {
            column = 0;
            unit += deal.warps;
        }
    }
};

/// Shared memory of one warp's ring beside its tiles: the cursor, then the mbarriers.
__host__ __device__ constexpr unsigned ring_state_bytes(int stages) {
    return static_cast<unsigned>(sizeof(TileCursor)) + 8 * static_cast<unsigned>(stages);
}

struct Ring {
    const Arguments& a;
    TileCursor* cursor;        ///< the next tile to copy
    unsigned barriers;         ///< shared address of [stages] mbarriers
    const unsigned char* data; ///< [stages, kTileBytes]
    unsigned tiles;            ///< its shared address
    int lane;
    int stage = 0;
    unsigned parity = 0;

    __device__ Ring(const Arguments& arguments, unsigned char* state, const unsigned char* ring)
        : a(arguments),
          cursor(reinterpret_cast<TileCursor*>(state)),
          barriers(static_cast<unsigned>(__cvta_generic_to_shared(cursor + 1))),
          data(ring),
          tiles(static_cast<unsigned>(__cvta_generic_to_shared(ring))),
          lane(static_cast<int>(threadIdx.x) % 32) {
        if (lane == 0) {
            for (int i = 0; i < a.stages; ++i)
                asm volatile("mbarrier.init.shared.b64 [%0], %1;" ::"r"(barriers + 8 * i),
                             "r"(LONGVIEW_BULK_COPY ? 1 : 32)
                             : "memory");
#if LONGVIEW_BULK_COPY
            asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
#endif
            cursor->start();
        }
        __syncwarp();
        for (int i = 0; i < a.stages; ++i)
            fetch(i);
    }

    /// The next tile: its second run is kTileRowBytes behind the first.
    __device__ const uint4* wait() const {
        const unsigned barrier = barriers + 8 * stage;
        unsigned done;
        do
            asm volatile("{\n .reg .pred p;\n"
#if LONGVIEW_BULK_COPY
                         " mbarrier.try_wait.parity.shared.b64 p, [%1], %2;\n"
#else
                         " mbarrier.test_wait.parity.shared.b64 p, [%1], %2;\n"
#endif
                         " selp.u32 %0, 1, 0, p;\n}"
                         : "=r"(done)
                         : "r"(barrier), "r"(parity)
                         : "memory");
        while (!done);
        return reinterpret_cast<const uint4*>(data + stage * kTileBytes);
    }

    /// The tile of the last wait() was read; its place takes the next one in line.
    __device__ void release() {
        __syncwarp();
        fetch(stage);
        if (++stage == a.stages) {
            stage = 0;
            parity ^= 1;
        }
    }

private:
#if LONGVIEW_BULK_COPY
    __device__ void fetch(int into) {
        if (lane != 0)
            return;
        TileCursor at = *cursor;
        if (!at.settle(a))
            return;
        const TileRuns runs = at.runs();
        const unsigned tile = tiles + into * kTileBytes, barrier = barriers + 8 * into;
        // Weights pass through once: they must not drive the cache, A and x out of the L2 cache.
        std::uint64_t policy;
        asm("createpolicy.fractional.L2::evict_first.b64 %0, 1.0;" : "=l"(policy));
        asm volatile("mbarrier.arrive.expect_tx.shared.b64 _, [%0], %1;" ::"r"(barrier), "r"(2 * runs.bytes)
                     : "memory");
#pragma unroll
        for (int i = 0; i < 2; ++i)
            asm volatile("cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes.L2::cache_hint "
                         "[%0], [%1], %2, [%3], %4;" ::"r"(tile + i * kTileRowBytes),
                         "l"(runs.at[i]), "r"(runs.bytes), "r"(barrier), "l"(policy)
                         : "memory");
        at.advance();
        *cursor = at;
    }
#else
    __device__ void fetch(int into) {
        TileCursor at = *cursor;
        __syncwarp(); // all have it before it moves on
        if (!at.settle(a))
            return;
        const TileRuns runs = at.runs();
        const unsigned tile = tiles + into * kTileBytes, barrier = barriers + 8 * into;
#pragma unroll
        for (int i = 0; i < 2; ++i)
            for (unsigned byte = 16 * lane; byte < runs.bytes; byte += 16 * 32)
                asm volatile(
                    "cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(tile + i * kTileRowBytes + byte),
                    "l"(reinterpret_cast<const unsigned char*>(runs.at[i]) + byte)
                    : "memory");
        asm volatile("cp.async.mbarrier.arrive.noinc.shared.b64 [%0];" ::"r"(barrier) : "memory");
        at.advance();
        if (lane == 0)
            *cursor = at;
        __syncwarp();
    }
#endif
};

} // namespace longview::kernels::cuda::decoding
