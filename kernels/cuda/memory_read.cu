#include "kernels/cuda/dpfp.cuh"

namespace longview::kernels::cuda {
namespace {

constexpr int kWarps = 8;

/// A warp has a row to itself.
__global__ void __launch_bounds__(kWarps * 32)
    read_weights_kernel(int rows, int d_mem, Stack<const float> y, Stack<const float> z,
                        Stack<__nv_bfloat16> phi) {
    extern __shared__ float rectified[];
    const int warp = static_cast<int>(threadIdx.x) / 32, lane = static_cast<int>(threadIdx.x) % 32;
    const std::size_t row = static_cast<std::size_t>(blockIdx.x) * kWarps + static_cast<std::size_t>(warp);
    if (row >= static_cast<std::size_t>(rows))
        return;
    const std::size_t g = blockIdx.y;
    const int n = 2 * d_mem, keys = 3 * n;
    float* u = rectified + warp * n;
    rectify(y.data + g * y.stride + row * static_cast<std::size_t>(d_mem), d_mem, u);

    const float* norm = z.data + g * z.stride;
    float known = 0;
#pragma unroll
    for (int block = 0; block < 3; ++block)
        for (int i = lane; i < n; i += 32)
            known += feature(u, n, block, i) * norm[block * n + i];
    const float scale = 1.0F / (warp_sum(known) + kMemoryEps);
    __nv_bfloat16* out = phi.data + g * phi.stride + row * static_cast<std::size_t>(keys);
#pragma unroll
    for (int block = 0; block < 3; ++block)
        for (int i = 2 * lane; i < n; i += 64)
            *reinterpret_cast<__nv_bfloat162*>(out + block * n + i) =
                __floats2bfloat162_rn(feature(u, n, block, i) * scale, feature(u, n, block, i + 1) * scale);
}

} // namespace

Status memory_read_weights(Stream stream, Group group, int d_mem, Stack<const float> y, Stack<const float> z,
                           Stack<Bf16> phi) {
    if (group.cells <= 0 || group.rows <= 0 || d_mem <= 0 || d_mem > kGreatestMemoryWidth)
        return {"memory_read_weights: there must be rows, of 1 to 256 columns"};
    if (!y.data || !z.data || !phi.data)
        return {"memory_read_weights: a matrix is missing"};
    const dim3 grid(static_cast<unsigned>(ceil_div(group.rows, kWarps)), static_cast<unsigned>(group.cells));
    const std::size_t shared = sizeof(float) * kWarps * 2 * static_cast<std::size_t>(d_mem);
    read_weights_kernel<<<grid, kWarps * 32, shared, stream>>>(group.rows, d_mem, y, z,
                                                               {raw(phi.data), phi.stride});
    return launched("memory_read_weights did not start");
}

} // namespace longview::kernels::cuda
