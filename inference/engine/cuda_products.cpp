#include "inference/engine/cuda_products.h"

namespace longview {

namespace cuda = kernels::cuda;
using kernels::Status;

namespace {

bool fits_wgmma(int n, int k) {
    return n % 128 == 0 && k % 64 == 0;
}

} // namespace

Status CudaProducts::create(int device, void* workspace, std::size_t workspace_bytes, int greatest_group) {
    device_ = device;
    hopper_ = cuda::wgmma_usable(device);
    return blas_.create(workspace, workspace_bytes, greatest_group);
}

bool CudaProducts::fuses_swiglu(int device, int d, int width) {
    return fits_wgmma(width, d) && cuda::wgmma_usable(device);
}

Status CudaProducts::multiply(cuda::Stream stream, cuda::Group group, int n, int k, Stack<const Bf16> x,
                              Stack<const Bf16> w, Stack<const Bf16> residual, Stack<Bf16> y) {
    return blas_.multiply(stream, group, {n, k, k}, x, w, residual, y);
}

Status CudaProducts::multiply(cuda::Stream stream, cuda::Group group, int n, int k, Stack<const Bf16> x,
                              Stack<const Bf16> w, Stack<float> y) {
    return blas_.multiply(stream, group, {n, k, k}, x, w, y);
}

Status CudaProducts::gate_up(cuda::Stream stream, cuda::Group group, int width, int d, Stack<const Bf16> x,
                             Stack<const Bf16> w, Stack<Bf16> room, Stack<Bf16> h) {
    if (hopper_ && fits_wgmma(width, d))
        return cuda::wgmma_gemm(stream, group,
                                {.n = 2 * width,
                                 .k = d,
                                 .epilogue = cuda::Epilogue::swiglu,
                                 .x = x,
                                 .w = w,
                                 .y = h,
                                 .width = cuda::TileWidth::fastest});
    if (const Status status = blas_.multiply(stream, group, {2 * width, d, d}, x, w, {}, room); !status.ok())
        return status;
    return cuda::swiglu(stream, group, width, room, h);
}

} // namespace longview
