#pragma once
// The kernel of wgmma_gemm.h. Each block stays on its multiprocessor and computes one tile [128, width] of
// the product after the other: one thread keeps the copy engine filling a ring of stages (64 columns of x and
// w each), two warpgroups multiply 64 rows each out of them.
//
// Two blocks form a cluster and share one operand of their tiles, each fetching half of it for both: this is
// what keeps the second-level cache from being the limit. They share w, having two row tiles of one cell; the
// last of an odd number of row tiles is computed as two column tiles that share x instead, so that no block
// ever idles for parity.
//
// Every element is the sum over k in steps of 16 in one and the same order, whatever else is in the launch.

#include <cuda_bf16.h>

#include "kernels/cuda/wgmma_gemm.h"
#include "kernels/cuda/wgmma_ptx.cuh"

namespace longview::kernels::cuda::hopper {

constexpr int blocks_per_cluster = 2;
constexpr int tile_rows = 128, tile_k = 64;
constexpr int group_threads = 128, consumer_groups = 2, threads = group_threads * (1 + consumer_groups);
constexpr int consumer_warps = consumer_groups * 4;
constexpr int chunk_columns = 64;                   ///< of the output: 128 bytes, one row of a swizzled box
constexpr int chunk_bytes = 16 * chunk_columns * 2; ///< a warp's 16 rows of it
constexpr int row_bytes = 128;

template <int width>
struct Layout {
    static constexpr int stages = width == 128 ? 6 : 4;
    static constexpr int x_bytes = tile_rows * tile_k * 2;
    static constexpr int w_bytes = width * tile_k * 2;
    static constexpr int stage_bytes = x_bytes + w_bytes;
    static constexpr int residual_bytes = tile_rows * chunk_columns * 2; ///< a stage holds up to two chunks
    static constexpr int out = stages * stage_bytes;
    static constexpr int full = out + consumer_warps * 2 * chunk_bytes;
    static constexpr int empty = full + 8 * stages;
    static constexpr int bytes = empty + 8 * stages + 1024; ///< the last to align the start
};

struct Maps {
    CUtensorMap x;        ///< boxes of [64 rows, 64]
    CUtensorMap w;        ///< boxes of [width / 2 rows, 64]
    CUtensorMap y;        ///< boxes of [16 rows, 64]
    CUtensorMap residual; ///< boxes of [128 rows, 64]
};

/// The tile of one block.
struct Place {
    int cell, row_tile, column_tile;
    bool shares_w; ///< else x
};

/// Which tiles there are and in which order they are computed: all row tiles of two column tiles, so that the
/// weights pass through the cache once while x stays in it, then the next two, then the next cell.
struct Schedule {
    int row_tiles, column_tiles, items_per_cell, items, k_steps;
    int x_cells, w_cells, residual_cells; ///< 0 where all cells share one matrix, else 1

    __device__ Place place(int item, int rank) const {
        const int in_cell = item % items_per_cell, pairs = row_tiles / 2;
        const int column = in_cell / row_tiles * 2, i = in_cell % row_tiles;
        Place place{item / items_per_cell, 2 * i + rank, column, true};
        if (i < pairs)
            return place;
        if (column + 1 < column_tiles && i < 2 * pairs) {
            place.row_tile -= 2 * pairs;
            place.column_tile += 1;
            return place;
        }
        return {place.cell, row_tiles - 1, column + rank, false};
    }
};

/// Position in the ring of stages; the parity is that of the phase its full barrier is waited for with.
template <int stages>
struct Ring {
    int stage = 0;
    unsigned parity = 0;
    __device__ void advance() {
        if (++stage == stages) {
            stage = 0;
            parity ^= 1U;
        }
    }
};

template <Epilogue epilogue, int width>
struct Producer {
    using L = Layout<width>;
    const Maps& maps;
    const Schedule& schedule;
    Shared base;
    int rank;
    Ring<L::stages> ring;

    /// Waits until both blocks have done with the stage: a shared operand is written to both.
    __device__ Shared acquire(int bytes) {
        barrier_wait(base + L::empty + 8 * ring.stage, ring.parity ^ 1U);
        const Shared full = base + L::full + 8 * ring.stage;
        barrier_expect(full, bytes);
        return full;
    }

    __device__ void load_w(Shared to, Shared full, int column, int row, int cell, bool both) {
        if constexpr (epilogue == Epilogue::swiglu) {
            if (both)
                load_blocks_to_both(to, maps.w, full, column, row / 16, cell);
            else
                load_blocks(to, maps.w, full, column, row / 16, cell);
        } else {
            if (both)
                load_to_both(to, maps.w, full, column, row, cell);
            else
                load(to, maps.w, full, column, row, cell);
        }
    }

    __device__ void operands(const Place& place, int step) {
        const Shared full = acquire(L::stage_bytes);
        const Shared x = base + ring.stage * L::stage_bytes, w = x + L::x_bytes;
        const int column = step * tile_k;
        const int x_row = place.row_tile * tile_rows, w_row = place.column_tile * width;
        const int x_cell = place.cell * schedule.x_cells, w_cell = place.cell * schedule.w_cells;
        if (place.shares_w) {
            load(x, maps.x, full, column, x_row, x_cell);
            load(x + L::x_bytes / 2, maps.x, full, column, x_row + tile_rows / 2, x_cell);
            load_w(w + rank * (L::w_bytes / 2), full, column, w_row + rank * (width / 2), w_cell, true);
        } else {
            load_to_both(x + rank * (L::x_bytes / 2), maps.x, full, column, x_row + rank * (tile_rows / 2),
                         x_cell);
            load_w(w, full, column, w_row, w_cell, false);
            load_w(w + L::w_bytes / 2, full, column, w_row + width / 2, w_cell, false);
        }
        ring.advance();
    }

    /// The residual of two chunks, or of the last one, in the stage's place of x and w.
    __device__ void residual(const Place& place, int chunk) {
        const int chunks = min(2, width / chunk_columns - chunk);
        const Shared full = acquire(chunks * L::residual_bytes);
        const Shared to = base + ring.stage * L::stage_bytes;
        const int row = place.row_tile * tile_rows, cell = place.cell * schedule.residual_cells;
        for (int i = 0; i < chunks; ++i)
            load(to + i * L::residual_bytes, maps.residual, full,
                 place.column_tile * width + (chunk + i) * chunk_columns, row, cell);
        ring.advance();
    }

    __device__ void run(int cluster, int clusters) {
        prefetch_map(maps.x);
        prefetch_map(maps.w);
        for (int item = cluster; item < schedule.items; item += clusters) {
            const Place place = schedule.place(item, rank);
            for (int step = 0; step < schedule.k_steps; ++step)
                operands(place, step);
            if constexpr (epilogue == Epilogue::add)
                for (int chunk = 0; chunk < width / chunk_columns; chunk += 2)
                    residual(place, chunk);
        }
    }
};

__device__ inline std::uint32_t pack(float low, float high) {
    const __nv_bfloat162 pair = __floats2bfloat162_rn(low, high);
    return *reinterpret_cast<const std::uint32_t*>(&pair);
}

__device__ inline float low_half(std::uint32_t pair) {
    return __uint_as_float(pair << 16);
}
__device__ inline float high_half(std::uint32_t pair) {
    return __uint_as_float(pair & 0xffff0000U);
}

__device__ inline float gated(float gate, float up) {
    return __fdividef(gate, 1.0F + __expf(-gate)) * up;
}

template <Epilogue epilogue, int width>
struct Consumer {
    using L = Layout<width>;
    static constexpr int out_width = epilogue == Epilogue::swiglu ? width / 2 : width;
    const Maps& maps;
    const Schedule& schedule;
    Shared base;
    int rank, warp, lane; ///< warp: of the consumers
    int next_box;         ///< the one that the store before the last used
    Ring<L::stages> ring;
    /// Rows lane / 4 and + 8 of the warp's 16, columns 8j + 2(lane % 4) and + 1:
    /// [4j], [4j + 1] of the first row, [4j + 2], [4j + 3] of the second.
    float sums[width / 2];

    /// Each warp tells both blocks, since either may be the one that fills the stage.
    __device__ void release(int stage) {
        if (lane < blocks_per_cluster)
            barrier_arrive(base + L::empty + 8 * stage, lane);
    }

    /// The tile's sums, and where they belong: worked out while the tensor cores are busy.
    __device__ Place product(int item) {
        Place place{};
        int previous = 0;
        for (int step = 0; step < schedule.k_steps; ++step) {
            barrier_wait(base + L::full + 8 * ring.stage, ring.parity);
            const Shared x = base + ring.stage * L::stage_bytes;
            const std::uint64_t x_rows = describe(x + (warp / 4) * (L::x_bytes / 2));
            const std::uint64_t w_rows = describe(x + L::x_bytes);
            products_begin();
#pragma unroll
            for (int k = 0; k < tile_k / 16; ++k)
                multiply(sums, x_rows + 2 * k, w_rows + 2 * k, step > 0 || k > 0);
            products_commit();
            if (step == 0)
                place = schedule.place(item, rank);
            products_wait<1>(); // the step before is done; this one keeps the tensor cores busy meanwhile
            if (step > 0)
                release(previous);
            previous = ring.stage;
            ring.advance();
        }
        products_wait<0>();
        release(previous);
        return place;
    }

    /// Where this lane's row of four 8×8 blocks lies in columns [16 block, 16 block + 16) of a swizzled box.
    __device__ Shared block_row(Shared box, int block) const {
        const int row = lane % 16, unit = (2 * block + lane / 16) ^ (lane % 8);
        return box + row * row_bytes + unit * 16;
    }

    /// The output in columns [16 block, 16 block + 16) of a chunk. `chunk` and `block` must be constants
    /// after unrolling, or sums would move to memory.
    __device__ void finish(std::uint32_t (&words)[4], int chunk, int block) const {
        if constexpr (epilogue == Epilogue::swiglu) {
            // The map of w has put 8 gates before their 8 ups, so both are in this thread.
            const int first = 4 * (16 * chunk + 4 * block);
#pragma unroll
            for (int i = 0; i < 4; ++i) {
                const int gate = first + (i / 2) * 8 + (i % 2) * 2;
                words[i] = pack(gated(sums[gate], sums[gate + 4]), gated(sums[gate + 1], sums[gate + 5]));
            }
        } else {
            const int first = 4 * (8 * chunk + 2 * block);
#pragma unroll
            for (int i = 0; i < 4; ++i)
                words[i] = epilogue == Epilogue::add ? pack(low_half(words[i]) + sums[first + 2 * i],
                                                            high_half(words[i]) + sums[first + 2 * i + 1])
                                                     : pack(sums[first + 2 * i], sums[first + 2 * i + 1]);
        }
    }

    /// Warps write out on their own, so that none waits for another: 64 columns at a time through one of two
    /// boxes, while the copy engine empties the other.
    __device__ void write(const Place& place) {
        const Shared boxes = base + L::out + warp * 2 * chunk_bytes;
        constexpr int blocks = chunk_columns / 16, chunks = out_width / chunk_columns;
        static_assert(out_width % chunk_columns == 0);
#pragma unroll
        for (int chunk = 0; chunk < chunks; ++chunk) {
            std::uint32_t words[blocks][4];
            if constexpr (epilogue == Epilogue::add) {
                if (chunk % 2 == 0)
                    barrier_wait(base + L::full + 8 * ring.stage, ring.parity);
                const Shared residual =
                    base + ring.stage * L::stage_bytes + (chunk % 2) * L::residual_bytes + warp * chunk_bytes;
#pragma unroll
                for (int block = 0; block < blocks; ++block)
                    read_blocks(words[block], block_row(residual, block));
            }
            const Shared box = boxes + next_box * chunk_bytes;
            next_box ^= 1; // across tiles too: an odd number of chunks ends on the box it began with
            if (lane == 0)
                stores_read<1>();
            __syncwarp();
#pragma unroll
            for (int block = 0; block < blocks; ++block) {
                finish(words[block], chunk, block);
                write_blocks(block_row(box, block), words[block]);
            }
            fence_for_copies();
            __syncwarp();
            if (lane == 0)
                store(maps.y, box, place.column_tile * out_width + chunk * chunk_columns,
                      place.row_tile * tile_rows + warp * 16, place.cell);
            if (epilogue == Epilogue::add && (chunk % 2 == 1 || chunk + 1 == chunks)) {
                release(ring.stage);
                ring.advance();
            }
        }
    }

    __device__ void run(int cluster, int clusters) {
        for (int item = cluster; item < schedule.items; item += clusters) {
            const Place place = product(item);
            write(place);
        }
        if (lane == 0)
            stores_done();
        __syncwarp();
    }
};

template <Epilogue epilogue, int width>
__global__ void __launch_bounds__(threads, 1)
    wgmma_gemm_kernel(const __grid_constant__ Maps maps, const __grid_constant__ Schedule schedule) {
#ifdef __CUDA_ARCH_FEAT_SM90_ALL
    using L = Layout<width>;
    extern __shared__ std::uint8_t memory[];
    const Shared base = (shared_address(memory) + 1023U) & ~1023U; // swizzled boxes repeat every 1024 bytes
    const int rank = static_cast<int>(cluster_rank());
    const int cluster = static_cast<int>(blockIdx.x) / blocks_per_cluster;
    const int clusters = static_cast<int>(gridDim.x) / blocks_per_cluster;
    const int warp = __shfl_sync(0xffffffffU, static_cast<int>(threadIdx.x) / 32, 0); // known to be uniform

    if (threadIdx.x == 0) {
        for (int stage = 0; stage < L::stages; ++stage) {
            barrier_init(base + L::full + 8 * stage, 1);
            barrier_init(base + L::empty + 8 * stage, blocks_per_cluster * consumer_warps);
        }
        barrier_init_done();
    }
    cluster_sync();
    // 168 registers a thread at the start; what the producer gives back holds the consumers' sums.
    if (warp < 4) {
        shrink_registers<40>();
        if (threadIdx.x == 0)
            Producer<epilogue, width>{maps, schedule, base, rank, {}}.run(cluster, clusters);
        __syncwarp();
    } else {
        grow_registers<232>();
        Consumer<epilogue, width> consumer{
            maps, schedule, base, rank, warp - 4, static_cast<int>(threadIdx.x) % 32, 0, {}, {}};
        consumer.run(cluster, clusters);
    }
    cluster_sync(); // neither block's shared memory goes away while the other still arrives there
#else
    __trap(); // built without sm_90a: never a silent nothing
#endif
}

} // namespace longview::kernels::cuda::hopper
