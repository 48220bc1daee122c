#include "kernels/cuda/wgmma_gemm.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include <cuda.h>
#include <cudaTypedefs.h>
#include <cuda_runtime.h>

#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/wgmma_kernel.cuh"

namespace longview::kernels::cuda {

namespace {

using hopper::Layout;
using hopper::Maps;
using hopper::Schedule;
using Encode = PFN_cuTensorMapEncodeTiled_v12000;

/// The driver's encoder, asked for at run time so that the program starts without a driver.
Encode find_encoder() {
    void* function = nullptr;
    cudaDriverEntryPointQueryResult found = cudaDriverEntryPointSymbolNotFound;
    const cudaError_t error = cudaGetDriverEntryPointByVersion("cuTensorMapEncodeTiled", &function, 12000,
                                                               cudaEnableDefault, &found);
    return error == cudaSuccess && found == cudaDriverEntryPointSuccess ? reinterpret_cast<Encode>(function)
                                                                        : nullptr;
}

Encode encoder() {
    static const Encode function = find_encoder();
    return function;
}

/// A matrix per cell, as the copy engine sees it.
struct Operand {
    const Bf16* data = nullptr;
    std::size_t stride = 0; ///< between cells; 0: one for all
    std::size_t ld = 0;
    int columns = 0, rows = 0, cells = 0;

    bool legal() const {
        return data != nullptr && reinterpret_cast<std::uintptr_t>(data) % 16 == 0 && stride % 8 == 0 &&
               ld % 8 == 0 && ld >= static_cast<std::size_t>(columns);
    }
};

template <class T>
Operand operand(Stack<T> stack, std::size_t ld, int columns, int rows, int cells) {
    return {stack.data, stack.stride, ld == 0 ? static_cast<std::size_t>(columns) : ld, columns, rows, cells};
}

template <std::size_t rank>
bool encode(CUtensorMap& map, const Bf16* data, const std::array<cuuint64_t, rank>& sizes,
            const std::array<cuuint64_t, rank - 1>& strides, const std::array<cuuint32_t, rank>& box) {
    std::array<cuuint32_t, rank> steps{};
    steps.fill(1);
    return encoder()(&map, CU_TENSOR_MAP_DATA_TYPE_BFLOAT16, rank, const_cast<Bf16*>(data), sizes.data(),
                     strides.data(), box.data(), steps.data(), CU_TENSOR_MAP_INTERLEAVE_NONE,
                     CU_TENSOR_MAP_SWIZZLE_128B, CU_TENSOR_MAP_L2_PROMOTION_L2_256B,
                     CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE) == CUDA_SUCCESS;
}

/// Cells are a dimension of their own: a box that runs over the last row is filled with zeros, or cut off
/// when stored, and never reaches into the next cell.
bool encode_rows(CUtensorMap& map, const Operand& m, int box_rows) {
    const cuuint64_t row = m.ld * sizeof(Bf16);
    const cuuint64_t cells = m.stride == 0 ? 1 : m.cells;
    const cuuint64_t cell = m.stride == 0 ? row : m.stride * sizeof(Bf16);
    return encode<3>(map, m.data,
                     {static_cast<cuuint64_t>(m.columns), static_cast<cuuint64_t>(m.rows), cells},
                     {row, cell}, {hopper::tile_k, static_cast<cuuint32_t>(box_rows), 1});
}

/// Rows g₀ u₀ … g₇ u₇ arrive as g₀ … g₇ u₀ … u₇: then a gate and its up are in one thread of the product, and
/// in pairs of columns.
bool encode_gate_up(CUtensorMap& map, const Operand& m, int box_rows) {
    const cuuint64_t row = m.ld * sizeof(Bf16);
    const cuuint64_t cells = m.stride == 0 ? 1 : m.cells;
    const cuuint64_t cell = m.stride == 0 ? 16 * row : m.stride * sizeof(Bf16);
    return encode<5>(
        map, m.data, {static_cast<cuuint64_t>(m.columns), 8, 2, static_cast<cuuint64_t>(m.rows / 16), cells},
        {2 * row, row, 16 * row, cell}, {hopper::tile_k, 8, 2, static_cast<cuuint32_t>(box_rows / 16), 1});
}

/// Pairs of tiles of one cell, see Schedule::place.
int items(int columns, int row_tiles, int width) {
    const int column_tiles = ceil_div(columns, width);
    return column_tiles / 2 * row_tiles + column_tiles % 2 * ceil_div(row_tiles, 2);
}

template <Epilogue epilogue, int width>
Status run(Stream stream, int columns, int cells, int clusters, const Maps& maps, Schedule schedule) {
    const auto kernel = hopper::wgmma_gemm_kernel<epilogue, width>;
    schedule.column_tiles = ceil_div(columns, width);
    schedule.items_per_cell = items(columns, schedule.row_tiles, width);
    schedule.items = cells * schedule.items_per_cell;
    if (cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, Layout<width>::bytes) !=
        cudaSuccess)
        return {"wgmma_gemm: the device does not have the shared memory"};
    cudaLaunchAttribute pairs{};
    pairs.id = cudaLaunchAttributeClusterDimension;
    pairs.val.clusterDim = {hopper::blocks_per_cluster, 1, 1};
    cudaLaunchConfig_t config{};
    config.gridDim =
        dim3(static_cast<unsigned>(std::min(schedule.items, clusters) * hopper::blocks_per_cluster));
    config.blockDim = dim3(hopper::threads);
    config.dynamicSmemBytes = Layout<width>::bytes;
    config.stream = stream;
    config.attrs = &pairs;
    config.numAttrs = 1;
    if (cudaLaunchKernelEx(&config, kernel, maps, schedule) != cudaSuccess)
        return {"wgmma_gemm: launch failed"};
    return launched("wgmma_gemm: launch failed");
}

template <class... Arguments>
Status run(Epilogue epilogue, int width, Arguments&&... arguments) {
    switch (epilogue) {
    case Epilogue::store:
        return width == 256   ? run<Epilogue::store, 256>(arguments...)
               : width == 192 ? run<Epilogue::store, 192>(arguments...)
                              : run<Epilogue::store, 128>(arguments...);
    case Epilogue::add:
        return width == 256   ? run<Epilogue::add, 256>(arguments...)
               : width == 192 ? run<Epilogue::add, 192>(arguments...)
                              : run<Epilogue::add, 128>(arguments...);
    case Epilogue::swiglu:
        return width == 256 ? run<Epilogue::swiglu, 256>(arguments...)
                            : run<Epilogue::swiglu, 128>(arguments...);
    }
    return {"wgmma_gemm: no such epilogue"};
}

bool is_hopper(int device) {
    int major = 0, minor = 0;
    return cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device) == cudaSuccess &&
           cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, device) == cudaSuccess &&
           major == 9 && minor == 0;
}

/// The width with which the last wave of tiles ends first. A step of k over a tile takes time in proportion
/// to its width, and something over for what narrow tiles fetch more often (from measurements).
int fastest_width(Group group, const WgmmaGemm& gemm, int clusters) {
    int best = 256;
    double least = 0;
    for (const int width : {256, 192, 128}) {
        if (width == 192 && gemm.epilogue == Epilogue::swiglu)
            continue;
        const int pairs = group.cells * items(gemm.n, ceil_div(group.rows, hopper::tile_rows), width);
        const double cost = ceil_div(pairs, clusters) * (width + 12.0);
        if (width == 256 || cost < least)
            best = width, least = cost;
    }
    return best;
}

int tile_width(Group group, const WgmmaGemm& gemm, int clusters) {
    switch (gemm.width) {
    case TileWidth::fastest:
        return fastest_width(group, gemm, clusters);
    case TileWidth::narrow:
        return 128;
    case TileWidth::middle:
        return gemm.epilogue == Epilogue::swiglu ? 256 : 192;
    case TileWidth::wide:
        return 256;
    case TileWidth::automatic:
        break;
    }
    // Half a wide tile would be thrown away; and few rows are a matter of reading w with many blocks.
    return gemm.n % 256 != 0 || group.rows <= hopper::tile_rows ? 128 : 256;
}

} // namespace

bool wgmma_usable(int device) {
    cudaFuncAttributes attributes{};
    if (!is_hopper(device) || encoder() == nullptr)
        return false;
    if (cudaFuncGetAttributes(&attributes, hopper::wgmma_gemm_kernel<Epilogue::store, 256>) != cudaSuccess) {
        cudaGetLastError(); // an answer, not a failure that a later call should find
        return false;
    }
    return attributes.numRegs > 100; // of another target's code there is little more than its trap
}

Status wgmma_gemm(Stream stream, Group group, const WgmmaGemm& gemm) {
    const bool halves = gemm.epilogue == Epilogue::swiglu, adds = gemm.epilogue == Epilogue::add;
    if (group.cells < 1 || group.rows < 1)
        return {"wgmma_gemm: no rows"};
    if (gemm.k < hopper::tile_k || gemm.k % hopper::tile_k != 0)
        return {"wgmma_gemm: k must be a multiple of 64"};
    if (gemm.n < 128 || gemm.n % (halves ? 256 : 128) != 0)
        return {"wgmma_gemm: n must be a multiple of 128, of 256 for swiglu"};
    const int out = halves ? gemm.n / 2 : gemm.n;
    const Operand x = operand(gemm.x, gemm.ld_x, gemm.k, group.rows, group.cells);
    const Operand w = operand(gemm.w, 0, gemm.k, gemm.n, group.cells);
    const Operand y = operand(gemm.y, gemm.ld_y, out, group.rows, group.cells);
    const Operand residual = operand(gemm.residual, gemm.ld_residual, out, group.rows, group.cells);
    if (!x.legal() || !w.legal() || !y.legal() || (adds && !residual.legal()))
        return {"wgmma_gemm: an operand is missing, not aligned to 16 bytes, or its rows overlap"};
    if (group.cells > 1 && y.stride == 0)
        return {"wgmma_gemm: the cells share one y"};

    int device = 0, multiprocessors = 0;
    if (cudaGetDevice(&device) != cudaSuccess || !is_hopper(device) || encoder() == nullptr ||
        cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, device) != cudaSuccess)
        return {"wgmma_gemm: needs a device of compute capability 9.0"};

    const int clusters = multiprocessors / hopper::blocks_per_cluster;
    const int width = tile_width(group, gemm, clusters);
    Maps maps{};
    const bool encoded =
        encode_rows(maps.x, x, hopper::tile_rows / 2) &&
        (halves ? encode_gate_up(maps.w, w, width / 2) : encode_rows(maps.w, w, width / 2)) &&
        encode_rows(maps.y, y, 16) && (!adds || encode_rows(maps.residual, residual, hopper::tile_rows));
    if (!encoded)
        return {"wgmma_gemm: the copy engine does not take these strides"};
    Schedule schedule{};
    schedule.row_tiles = ceil_div(group.rows, hopper::tile_rows);
    schedule.k_steps = gemm.k / hopper::tile_k;
    schedule.x_cells = x.stride != 0;
    schedule.w_cells = w.stride != 0;
    schedule.residual_cells = residual.stride != 0;
    return run(gemm.epilogue, width, stream, gemm.n, group.cells, clusters, maps, schedule);
}

} // namespace longview::kernels::cuda
