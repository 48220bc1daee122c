#pragma once
// Thin names for the instructions that wgmma_kernel.cuh is made of: barriers in shared memory, the bulk
// tensor copy engine and the warpgroup matrix instructions. Meant for sm_90a alone; on other targets nobody
// calls them.

#include <cstdint>

#include <cuda.h>

namespace longview::kernels::cuda::hopper {

using Shared = std::uint32_t; ///< an address in this block's shared memory

__device__ inline Shared shared_address(const void* p) {
    return static_cast<Shared>(__cvta_generic_to_shared(p));
}

// Barriers -----------------------------------------------------------------------------------------------

__device__ inline void barrier_init(Shared barrier, int arrivals) {
    asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(barrier), "r"(arrivals) : "memory");
}

/// Makes the barriers just initialised visible to the copy engine and to the other block of the cluster.
__device__ inline void barrier_init_done() {
    asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
}

/// Arrives, and has the phase wait for `bytes` of copies too.
__device__ inline void barrier_expect(Shared barrier, int bytes) {
    asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(barrier), "r"(bytes)
                 : "memory");
}

/// Arrives at the barrier that lies at the same place in block `rank` of the cluster. Orders no writes for
/// the other block (that would cost a fence of the whole device): it says that asynchronous reads have ended.
__device__ inline void barrier_arrive(Shared barrier, unsigned rank) {
    asm volatile("{\n.reg .b32 there;\n"
                 "mapa.shared::cluster.u32 there, %0, %1;\n"
                 "mbarrier.arrive.shared::cluster.b64 _, [there];\n}" ::"r"(barrier),
                 "r"(rank)
                 : "memory");
}

__device__ inline void barrier_wait(Shared barrier, unsigned parity) {
    unsigned done = 0;
    while (done == 0)
        asm volatile("{\n.reg .pred p;\n"
                     "mbarrier.try_wait.parity.shared::cta.b64 p, [%1], %2;\n"
                     "selp.u32 %0, 1, 0, p;\n}"
                     : "=r"(done)
                     : "r"(barrier), "r"(parity)
                     : "memory");
}

// Clusters and registers ---------------------------------------------------------------------------------

__device__ inline unsigned cluster_rank() {
    unsigned rank = 0;
    asm("mov.u32 %0, %%cluster_ctarank;" : "=r"(rank));
    return rank;
}

/// All threads of both blocks; warps must be converged.
__device__ inline void cluster_sync() {
    asm volatile("barrier.cluster.arrive.release.aligned;\nbarrier.cluster.wait.acquire.aligned;" ::
                     : "memory");
}

template <int registers>
__device__ inline void shrink_registers() {
    asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(registers));
}

template <int registers>
__device__ inline void grow_registers() {
    asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(registers));
}

// The copy engine ----------------------------------------------------------------------------------------

__device__ inline void prefetch_map(const CUtensorMap& map) {
    asm volatile("prefetch.tensormap [%0];" ::"l"(&map) : "memory");
}

__device__ inline void load(Shared to, const CUtensorMap& map, Shared barrier, int column, int row,
                            int cell) {
    asm volatile("cp.async.bulk.tensor.3d.shared::cluster.global.mbarrier::complete_tx::bytes "
                 "[%0], [%1, {%3, %4, %5}], [%2];" ::"r"(to),
                 "l"(&map), "r"(barrier), "r"(column), "r"(row), "r"(cell)
                 : "memory");
}

/// The same bytes to the same place of both blocks, each of which hears of them at its own barrier.
__device__ inline void load_to_both(Shared to, const CUtensorMap& map, Shared barrier, int column, int row,
                                    int cell) {
    asm volatile(
        "cp.async.bulk.tensor.3d.shared::cluster.global.mbarrier::complete_tx::bytes.multicast::cluster "
        "[%0], [%1, {%3, %4, %5}], [%2], %6;" ::"r"(to),
        "l"(&map), "r"(barrier), "r"(column), "r"(row), "r"(cell), "h"(static_cast<std::uint16_t>(3))
        : "memory");
}

/// As load, of a matrix whose rows the map has in blocks of 16.
__device__ inline void load_blocks(Shared to, const CUtensorMap& map, Shared barrier, int column, int block,
                                   int cell) {
    asm volatile("cp.async.bulk.tensor.5d.shared::cluster.global.mbarrier::complete_tx::bytes "
                 "[%0], [%1, {%3, 0, 0, %4, %5}], [%2];" ::"r"(to),
                 "l"(&map), "r"(barrier), "r"(column), "r"(block), "r"(cell)
                 : "memory");
}

__device__ inline void load_blocks_to_both(Shared to, const CUtensorMap& map, Shared barrier, int column,
                                           int block, int cell) {
    asm volatile(
        "cp.async.bulk.tensor.5d.shared::cluster.global.mbarrier::complete_tx::bytes.multicast::cluster "
        "[%0], [%1, {%3, 0, 0, %4, %5}], [%2], %6;" ::"r"(to),
        "l"(&map), "r"(barrier), "r"(column), "r"(block), "r"(cell), "h"(static_cast<std::uint16_t>(3))
        : "memory");
}

/// Stores one box, as a group of its own.
__device__ inline void store(const CUtensorMap& map, Shared from, int column, int row, int cell) {
    asm volatile("cp.async.bulk.tensor.3d.global.shared::cta.bulk_group [%0, {%2, %3, %4}], [%1];\n"
                 "cp.async.bulk.commit_group;" ::"l"(&map),
                 "r"(from), "r"(column), "r"(row), "r"(cell)
                 : "memory");
}

/// Returns when at most `pending` of this thread's last stores still read shared memory.
template <int pending>
__device__ inline void stores_read() {
    asm volatile("cp.async.bulk.wait_group.read %0;" ::"n"(pending) : "memory");
}

__device__ inline void stores_done() {
    asm volatile("cp.async.bulk.wait_group 0;" ::: "memory");
}

/// Orders this thread's own accesses to shared memory before what the copy engine does there later.
__device__ inline void fence_for_copies() {
    asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
}

// Registers from and to shared memory, four 8×8 blocks of bf16 at a time; lane i names row i % 8 of block i
// / 8.

__device__ inline void read_blocks(std::uint32_t (&words)[4], Shared row) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(words[0]), "=r"(words[1]), "=r"(words[2]), "=r"(words[3])
                 : "r"(row)
                 : "memory");
}

__device__ inline void write_blocks(Shared row, const std::uint32_t (&words)[4]) {
    asm volatile("stmatrix.sync.aligned.m8n8.x4.shared.b16 [%0], {%1, %2, %3, %4};" ::"r"(row), "r"(words[0]),
                 "r"(words[1]), "r"(words[2]), "r"(words[3])
                 : "memory");
}

// Matrix products ----------------------------------------------------------------------------------------

/// Describes a matrix of rows of 64 bf16 in 128-byte swizzle, starting at a multiple of 1024: groups of 8
/// rows lie 1024 bytes apart. The next 16 columns are at + 32 bytes, that is at the descriptor + 2.
__device__ inline std::uint64_t describe(Shared matrix) {
    constexpr std::uint64_t swizzle_128 = 1ULL << 62, group_stride = (1024ULL >> 4) << 32,
                            unused = 1ULL << 16;
    return swizzle_128 | group_stride | unused | ((matrix & 0x3ffffU) >> 4);
}

__device__ inline void products_begin() {
    asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
}

__device__ inline void products_commit() {
    asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
}

/// Returns when at most the last `pending` committed groups are still being computed.
template <int pending>
__device__ inline void products_wait() {
    asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(pending) : "memory");
}

// clang-format off
#define LONGVIEW_ACC_4(i) "+f"(d[(i)]), "+f"(d[(i) + 1]), "+f"(d[(i) + 2]), "+f"(d[(i) + 3])
#define LONGVIEW_ACC_16(i) LONGVIEW_ACC_4(i), LONGVIEW_ACC_4((i) + 4), LONGVIEW_ACC_4((i) + 8), LONGVIEW_ACC_4((i) + 12)
#define LONGVIEW_ACC_64(i) LONGVIEW_ACC_16(i), LONGVIEW_ACC_16((i) + 16), LONGVIEW_ACC_16((i) + 32), LONGVIEW_ACC_16((i) + 48)

/// d [64, 256] (this warpgroup's) += x [64, 16] · w [256, 16]ᵀ; without `accumulate`, d = the product.
__device__ inline void multiply(float (&d)[128], std::uint64_t x, std::uint64_t w, bool accumulate) {
    asm volatile("{\n.reg .pred p;\nsetp.ne.b32 p, %130, 0;\n"
                 "wgmma.mma_async.sync.aligned.m64n256k16.f32.bf16.bf16 {"
                 "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "
                 "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, "
                 "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, "
                 "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63, "
                 "%64, %65, %66, %67, %68, %69, %70, %71, %72, %73, %74, %75, %76, %77, %78, %79, "
                 "%80, %81, %82, %83, %84, %85, %86, %87, %88, %89, %90, %91, %92, %93, %94, %95, "
                 "%96, %97, %98, %99, %100, %101, %102, %103, %104, %105, %106, %107, %108, %109, %110, %111, "
                 "%112, %113, %114, %115, %116, %117, %118, %119, %120, %121, %122, %123, %124, %125, %126, %127"
                 "}, %128, %129, p, 1, 1, 0, 0;\n}"
                 : LONGVIEW_ACC_64(0), LONGVIEW_ACC_64(64)
                 : "l"(x), "l"(w), "r"(static_cast<int>(accumulate)));
}

/// d [64, 192] (this warpgroup's) += x [64, 16] · w [192, 16]ᵀ; without `accumulate`, d = the product.
__device__ inline void multiply(float (&d)[96], std::uint64_t x, std::uint64_t w, bool accumulate) {
    asm volatile("{\n.reg .pred p;\nsetp.ne.b32 p, %98, 0;\n"
                 "wgmma.mma_async.sync.aligned.m64n192k16.f32.bf16.bf16 {"
                 "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "
                 "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, "
                 "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, "
                 "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63, "
                 "%64, %65, %66, %67, %68, %69, %70, %71, %72, %73, %74, %75, %76, %77, %78, %79, "
                 "%80, %81, %82, %83, %84, %85, %86, %87, %88, %89, %90, %91, %92, %93, %94, %95"
                 "}, %96, %97, p, 1, 1, 0, 0;\n}"
                 : LONGVIEW_ACC_64(0), LONGVIEW_ACC_16(64), LONGVIEW_ACC_16(80)
                 : "l"(x), "l"(w), "r"(static_cast<int>(accumulate)));
}

/// d [64, 128] (this warpgroup's) += x [64, 16] · w [128, 16]ᵀ; without `accumulate`, d = the product.
__device__ inline void multiply(float (&d)[64], std::uint64_t x, std::uint64_t w, bool accumulate) {
    asm volatile("{\n.reg .pred p;\nsetp.ne.b32 p, %66, 0;\n"
                 "wgmma.mma_async.sync.aligned.m64n128k16.f32.bf16.bf16 {"
                 "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "
                 "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, "
                 "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, "
                 "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63"
                 "}, %64, %65, p, 1, 1, 0, 0;\n}"
                 : LONGVIEW_ACC_64(0)
                 : "l"(x), "l"(w), "r"(static_cast<int>(accumulate)));
}

#undef LONGVIEW_ACC_4
#undef LONGVIEW_ACC_16
#undef LONGVIEW_ACC_64
// clang-format on

} // namespace longview::kernels::cuda::hopper
