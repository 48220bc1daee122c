#pragma once
// Grouped matrix products through cuBLASLt.

#include <memory>

#include "kernels/cuda/ops.h"

namespace longview::kernels::cuda {

/// y [rows, n] = x [rows, k] · wᵀ, w [n, k]; rows of x are ld_x elements apart, other matrices dense.
struct Product {
    int n = 0, k = 0;
    int ld_x = 0; ///< >= k
};

/// A product's algorithm is the first that the library proposes for a full group among those that do not
/// split sums over k, or a faster one with the same bits, which tune() finds. The cells of a batch are
/// computed by the same tiles however many there are, so a cell's bits do not depend on its group. Owned and
/// used by one thread; on one stream.
class BlasLt {
public:
    BlasLt();
    ~BlasLt();
    BlasLt(const BlasLt&) = delete;
    BlasLt& operator=(const BlasLt&) = delete;

    /// `workspace` [workspace_bytes] of the current device is used by every product.
    Status create(void* workspace, std::size_t workspace_bytes, int greatest_group);

    /// y = x · wᵀ, rounded to bfloat16; with residual.data != nullptr, y = residual + x · wᵀ (y may be
    /// residual).
    Status multiply(Stream stream, Group group, const Product& product, Stack<const Bf16> x,
                    Stack<const Bf16> w, Stack<const Bf16> residual, Stack<Bf16> y);
    /// The same with a float32 result.
    Status multiply(Stream stream, Group group, const Product& product, Stack<const Bf16> x,
                    Stack<const Bf16> w, Stack<float> y);

    /// While true, the first multiply() of each shape and of a full group or of a single cell times all that
    /// the library proposes, on the operands of that call, and from then on uses the fastest that has the
    /// same bits there. Takes milliseconds, allocates while it looks, overwrites y, and cannot be captured.
    /// Which one wins may differ from run to run; what it computes does not.
    void tune(bool on);

    /// cuBLASLt's version, part of the numerics' name; 0 when the library is not there.
    static std::size_t version();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace longview::kernels::cuda
