#include "kernels/cpu/exponential.h"
#include "kernels/cpu/row_blocks.h"
#include "kernels/ops.h"

namespace longview::kernels::cpu {
namespace {

constexpr int kBlockRows = 16;

} // namespace

Status swiglu(ThreadPool& pool, Rows rows, int width, Stack<const float> gate_up, Stack<float> h) {
    if (width <= 0 || any_negative(rows))
        return {"swiglu: width must be positive, rows not negative"};
    if (!gate_up.data || !h.data)
        return {"swiglu: a matrix is missing"};
    for_row_blocks(pool, rows, kBlockRows, [&](RowBlock block, int) {
        const auto n = to_size(width);
        for (int i = block.first; i < block.first + block.count; ++i) {
            const float* gate = gate_up[block.cell] + to_size(i) * 2 * n;
            const float* up = gate + n;
            float* out = h[block.cell] + to_size(i) * n;
            for (std::size_t j = 0; j < n; ++j)
                out[j] = gate[j] / (1.0F + exponential(-gate[j])) * up[j];
        }
    });
    return {};
}

} // namespace longview::kernels::cpu
