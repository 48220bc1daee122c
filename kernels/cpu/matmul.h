#pragma once
// One matrix product on the calling thread: the tile that gemm, attention and the memory operations are made
// of.

#include <atomic>
#include <cstddef>

#include "kernels/ops.h"

namespace longview::kernels::cpu {

/// A row-major matrix whose rows lie `ld` elements apart.
template <class T>
struct Matrix {
    T* data = nullptr;
    std::size_t ld = 0;
};

/// y [rows, n] = x [rows, k] · w, or y += … . Few rows are streamed by our own loops, more go to oneDNN;
/// which of the two depends on `rows` alone.
Status matmul(int rows, int k, int n, Matrix<const float> x, Matrix<const float> w, WeightLayout layout,
              Matrix<float> y, bool accumulate);

/// y [rows, n] += xᵀ · w with x [k, rows], w [k, n].
Status add_transposed_matmul(int rows, int k, int n, Matrix<const float> x, Matrix<const float> w,
                             Matrix<float> y);

/// Keeps the first failure of the tasks of one operation.
class FirstFailure {
public:
    void note(Status status);
    Status status() const;

private:
    std::atomic<const char*> message_{nullptr};
};

} // namespace longview::kernels::cpu
