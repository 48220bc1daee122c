#include "kernels/cuda/vector.cuh"

namespace longview::kernels::cuda {
namespace {

// A warp has a row to itself: no barrier, and eight rows keep a block's loads in flight.
constexpr int kWarps = 8;

__global__ void __launch_bounds__(kWarps * 32)
    rms_norm_kernel(int rows, int d, float eps, Stack<const __nv_bfloat16> x,
                    Stack<const __nv_bfloat16> weight, Stack<__nv_bfloat16> y) {
    const int row = static_cast<int>(blockIdx.x) * kWarps + static_cast<int>(threadIdx.x) / 32;
    const int lane = static_cast<int>(threadIdx.x) % 32;
    if (row >= rows)
        return;
    const std::size_t g = blockIdx.y, offset = static_cast<std::size_t>(row) * static_cast<std::size_t>(d);
    const __nv_bfloat16* from = x.data + g * x.stride + offset;
    const __nv_bfloat16* scale = weight.data + g * weight.stride;
    __nv_bfloat16* to = y.data + g * y.stride + offset;

    float squares = 0;
#pragma unroll 4
    for (int c = lane * kVector; c < d; c += 32 * kVector) {
        const Vector v = load_vector(from + c);
#pragma unroll
        for (int i = 0; i < kVector; ++i)
            squares += v.values[i] * v.values[i];
    }
    const float factor = rsqrtf(warp_sum(squares) / static_cast<float>(d) + eps);
#pragma unroll 4
    for (int c = lane * kVector; c < d; c += 32 * kVector) { // the row is in the cache now
        Vector v = load_vector(from + c);
        const Vector w = load_vector(scale + c);
#pragma unroll
        for (int i = 0; i < kVector; ++i)
            v.values[i] *= factor * w.values[i];
        store_vector(to + c, v);
    }
}

} // namespace

Status rms_norm(Stream stream, Group group, int d, float eps, Stack<const Bf16> x, Stack<const Bf16> weight,
                Stack<Bf16> y) {
    if (group.cells <= 0 || group.rows <= 0 || d <= 0 || d % kVector != 0)
        return {"rms_norm: there must be rows, of a multiple of 8 columns"};
    if (!x.data || !weight.data || !y.data)
        return {"rms_norm: a matrix is missing"};
    const dim3 grid(static_cast<unsigned>(ceil_div(group.rows, kWarps)), static_cast<unsigned>(group.cells));
    rms_norm_kernel<<<grid, kWarps * 32, 0, stream>>>(group.rows, d, eps, {raw(x.data), x.stride},
                                                      {raw(weight.data), weight.stride},
                                                      {raw(y.data), y.stride});
    return launched("rms_norm did not start");
}

} // namespace longview::kernels::cuda
