#include "kernels/cuda/launch.cuh"

namespace longview::kernels::cuda {
namespace {

constexpr int kThreads = 256;

__global__ void round_kernel(const float* from, int width, __nv_bfloat16* to, std::size_t row_stride) {
    const std::size_t row = blockIdx.x;
    for (int c = threadIdx.x; c < width; c += kThreads)
        to[row * row_stride + c] = __float2bfloat16_rn(from[row * width + c]);
}

constexpr int kTile = 32;

/// A block turns one tile of 32 by 32, so that reads and writes both run along memory.
__global__ void round_transposed_kernel(int rows, int d, Stack<const float> from, Stack<__nv_bfloat16> to) {
    __shared__ float tile[kTile][kTile + 1];
    const std::size_t g = blockIdx.z;
    const int column = static_cast<int>(blockIdx.x) * kTile, row = static_cast<int>(blockIdx.y) * kTile;
    const int lane = static_cast<int>(threadIdx.x);
    for (int i = static_cast<int>(threadIdx.y); i < kTile; i += static_cast<int>(blockDim.y))
        if (row + i < rows && column + lane < d)
            tile[i][lane] =
                from.data[g * from.stride + static_cast<std::size_t>(row + i) * static_cast<std::size_t>(d) +
                          column + lane];
    __syncthreads();
    for (int i = static_cast<int>(threadIdx.y); i < kTile; i += static_cast<int>(blockDim.y))
        if (column + i < d && row + lane < rows)
            to.data[g * to.stride + static_cast<std::size_t>(column + i) * static_cast<std::size_t>(rows) +
                    row + lane] = __float2bfloat16_rn(tile[lane][i]);
}

} // namespace

Status round_transposed(Stream stream, Group group, int d, Stack<const float> from, Stack<Bf16> to) {
    if (group.cells <= 0 || group.rows <= 0 || d <= 0 || !from.data || !to.data)
        return {"round_transposed: sizes must be positive and matrices present"};
    const dim3 grid(static_cast<unsigned>(ceil_div(d, kTile)),
                    static_cast<unsigned>(ceil_div(group.rows, kTile)), static_cast<unsigned>(group.cells));
    round_transposed_kernel<<<grid, dim3(kTile, 8), 0, stream>>>(group.rows, d, from,
                                                                 {raw(to.data), to.stride});
    return launched("round_transposed did not start");
}

Status round_rows(Stream stream, const float* from, int rows, int width, Bf16* to, std::size_t row_stride) {
    if (rows <= 0 || width <= 0 || row_stride < static_cast<std::size_t>(width) || !from || !to)
        return {"round_rows: sizes must be positive and matrices present"};
    round_kernel<<<static_cast<unsigned>(rows), kThreads, 0, stream>>>(from, width, raw(to), row_stride);
    return launched("round_rows did not start");
}

} // namespace longview::kernels::cuda
