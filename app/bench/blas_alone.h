#pragma once
// What the BLAS alone reaches on the matrix products of one full diagonal: the ceiling that reading is
// compared with.

#include <string>
#include <vector>

#include "inference/values/model_config.h"

namespace longview::bench {

/// One matrix product of a layer, y [rows, n] = x [rows, k] · w [k, n].
struct GemmShape {
    std::string name;
    int rows = 0, k = 0, n = 0;
    double flops() const { return 2.0 * rows * k * n; }
};

/// Every product of one cell of a full segment.
std::vector<GemmShape> gemm_shapes(const ModelConfig& config);

/// Operands of `layers` cells, each with its own weights, and the pure BLAS calls on them: one call per
/// product, each on one thread, cells spread over the threads. No tiling, no other work.
class BlasAlone {
public:
    BlasAlone(const GemmShape& shape, int layers);
    /// One pass over all cells; returns seconds.
    double run(int threads);

private:
    GemmShape shape_;
    int layers_;
    std::vector<float> x_, w_, y_;
};

} // namespace longview::bench
