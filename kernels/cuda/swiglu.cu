#include "kernels/cuda/vector.cuh"

namespace longview::kernels::cuda {
namespace {

constexpr int kThreads = 256;

__device__ float silu(float x) {
    return x / (1.0F + __expf(-x));
}

/// One thread makes four values from eight of gate_up.
__global__ void __launch_bounds__(kThreads)
    swiglu_kernel(std::size_t quads, Stack<const __nv_bfloat16> gate_up, Stack<__nv_bfloat16> h) {
    const std::size_t i = static_cast<std::size_t>(blockIdx.x) * kThreads + threadIdx.x;
    if (i >= quads)
        return;
    const Vector v = load_vector(gate_up.data + blockIdx.y * gate_up.stride + i * kVector);
    float out[4];
#pragma unroll
    for (int j = 0; j < 4; ++j)
        out[j] = silu(v.values[2 * j]) * v.values[2 * j + 1];
    *reinterpret_cast<uint2*>(h.data + blockIdx.y * h.stride + i * 4) =
        make_uint2(pack(out[0], out[1]), pack(out[2], out[3]));
}

} // namespace

Status swiglu(Stream stream, Group group, int width, Stack<const Bf16> gate_up, Stack<Bf16> h) {
    if (group.cells <= 0 || group.rows <= 0 || width <= 0 || width % 4 != 0)
        return {"swiglu: there must be rows, of a multiple of 4 columns"};
    if (!gate_up.data || !h.data)
        return {"swiglu: a matrix is missing"};
    const std::size_t quads = static_cast<std::size_t>(group.rows) * static_cast<std::size_t>(width / 4);
    const dim3 grid(static_cast<unsigned>((quads + kThreads - 1) / kThreads),
                    static_cast<unsigned>(group.cells));
    swiglu_kernel<<<grid, kThreads, 0, stream>>>(quads, {raw(gate_up.data), gate_up.stride},
                                                 {raw(h.data), h.stride});
    return launched("swiglu did not start");
}

} // namespace longview::kernels::cuda
