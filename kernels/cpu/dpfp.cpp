#include "kernels/cpu/row_blocks.h"
#include "kernels/ops.h"

namespace longview::kernels::cpu {
namespace {

constexpr int kBlockRows = 32;
constexpr std::size_t kNu = 3; // rolls by 1 … ν

/// `u` is scratch of ν + 2·d_mem: the last ν elements stand before the first, so that a roll is a shifted
/// read.
void dpfp_row(const float* y, std::size_t d_mem, float* u, float* phi) {
    float* features = u + kNu;
    const auto n = 2 * d_mem;
    for (std::size_t i = 0; i < d_mem; ++i) {
        features[i] = y[i] < 0.0F ? 0.0F : y[i]; // NaN stays NaN
        features[d_mem + i] = y[i] > 0.0F ? 0.0F : -y[i];
    }
    std::copy_n(features + n - kNu, kNu, u);
    for (std::size_t roll = 1; roll <= kNu; ++roll, phi += n)
        for (std::size_t i = 0; i < n; ++i)
            phi[i] = features[i] * u[kNu - roll + i];
}

} // namespace

Status dpfp(ThreadPool& pool, Rows rows, int d_mem, Stack<const float> y, Stack<float> phi) {
    if (d_mem < 2 || any_negative(rows))
        return {"dpfp: d_mem must be at least 2, rows not negative"};
    if (!y.data || !phi.data)
        return {"dpfp: a matrix is missing"};
    const auto width = to_size(d_mem);
    if (!pool.reserve_scratch(kNu + 2 * width))
        return {"dpfp: not enough memory for scratch"};
    for_row_blocks(pool, rows, kBlockRows, [&](RowBlock block, int worker) {
        for (int i = block.first; i < block.first + block.count; ++i)
            dpfp_row(y[block.cell] + to_size(i) * width, width, pool.scratch(worker),
                     phi[block.cell] + to_size(i) * 2 * kNu * width);
    });
    return {};
}

} // namespace longview::kernels::cpu
