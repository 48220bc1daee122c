#pragma once
// Which kernel computes a matrix product of the model: our own on Hopper where the shape allows it, else
// cuBLASLt.

#include "kernels/cuda/blas_lt.h"
#include "kernels/cuda/wgmma_gemm.h"

namespace longview {

/// The choice depends on the device and on n and k, never on the number of cells, and the tile widths among
/// which wgmma_gemm chooses give the same bits: a cell's bits do not depend on its group. Owned and used by
/// one thread, on one stream.
class CudaProducts {
public:
    using Bf16 = kernels::cuda::Bf16;
    template <class T>
    using Stack = kernels::Stack<T>;

    /// `workspace` of the current device, number `device`.
    kernels::Status create(int device, void* workspace, std::size_t workspace_bytes, int greatest_group);

    /// While true, products look for their fastest algorithms (BlasLt::tune): for loading a model.
    void tune(bool on) { blas_.tune(on); }

    /// Whether gate_up() computes SwiGLU in the product itself and needs no room for gate and up.
    static bool fuses_swiglu(int device, int d, int width);

    /// y [rows, n] = x [rows, k] · wᵀ, or residual + x · wᵀ where residual.data is set (y may be residual).
    kernels::Status multiply(kernels::cuda::Stream stream, kernels::cuda::Group group, int n, int k,
                             Stack<const Bf16> x, Stack<const Bf16> w, Stack<const Bf16> residual,
                             Stack<Bf16> y);
    /// The same with a float32 result and no residual.
    kernels::Status multiply(kernels::cuda::Stream stream, kernels::cuda::Group group, int n, int k,
                             Stack<const Bf16> x, Stack<const Bf16> w, Stack<float> y);
    /// h [rows, width] = silu(gate) ⊙ up of x [rows, d] · wᵀ, gate and up rows of w in turns. `room` [rows,
    /// 2·width] is used where the product is not fused.
    kernels::Status gate_up(kernels::cuda::Stream stream, kernels::cuda::Group group, int width, int d,
                            Stack<const Bf16> x, Stack<const Bf16> w, Stack<Bf16> room, Stack<Bf16> h);

private:
    bool hopper_ = false;
    int device_ = 0;
    kernels::cuda::BlasLt blas_;
};

} // namespace longview
