#include <cmath>

#include "kernels/cpu/lanes.h"
#include "kernels/cpu/row_blocks.h"
#include "kernels/ops.h"

namespace longview::kernels::cpu {
namespace {

constexpr int kBlockRows = 32;

void norm_row(const float* x, const float* weight, float eps, std::size_t d, float* y) {
    const float scale = 1.0F / std::sqrt(dot(x, x, d) / static_cast<float>(d) + eps);
    for (std::size_t i = 0; i < d; ++i)
        y[i] = x[i] * scale * weight[i];
}

} // namespace

Status rms_norm(ThreadPool& pool, Rows rows, int d, float eps, Stack<const float> x,
                Stack<const float> weight, Stack<float> y, Stack<float> copy) {
    if (d <= 0 || any_negative(rows))
        return {"rms_norm: width must be positive, rows not negative"};
    if (!(eps >= 0.0F))
        return {"rms_norm: eps must not be negative"};
    if (!x.data || !weight.data || !y.data)
        return {"rms_norm: a matrix is missing"};
    for_row_blocks(pool, rows, kBlockRows, [&](RowBlock block, int) {
        const auto width = to_size(d);
        for (int i = block.first; i < block.first + block.count; ++i) {
            const auto at = to_size(i) * width;
            const float* row = x[block.cell] + at;
            if (copy.data)
                std::copy_n(row, width, copy[block.cell] + at);
            norm_row(row, weight[block.cell], eps, width, y[block.cell] + at);
        }
    });
    return {};
}

} // namespace longview::kernels::cpu
