#include "kernels/cpu/lanes.h"
#include "kernels/cpu/memory_constants.h"
#include "kernels/cpu/row_blocks.h"
#include "kernels/ops.h"

namespace longview::kernels::cpu {
namespace {

constexpr int kBlockRows = 32;

} // namespace

Status memory_read_weights(ThreadPool& pool, Rows rows, int keys, Stack<const float> z,
                           std::span<const std::uint8_t> skip, Stack<float> phi) {
    if (keys <= 0 || any_negative(rows))
        return {"memory_read_weights: keys must be positive, rows not negative"};
    if (skip.size() != rows.size())
        return {"memory_read_weights: one skip flag per cell is needed"};
    if (!z.data || !phi.data)
        return {"memory_read_weights: a matrix is missing"};
    for_row_blocks(pool, rows, kBlockRows, [&](RowBlock block, int) {
        const auto n = to_size(keys);
        float* row = phi[block.cell] + to_size(block.first) * n;
        if (skip[block.cell] != 0) {
            std::fill_n(row, to_size(block.count) * n, 0.0F);
            return;
        }
        for (int i = 0; i < block.count; ++i, row += n) {
            const float scale = 1.0F / (dot(row, z[block.cell], n) + kMemoryEps);
            for (std::size_t j = 0; j < n; ++j)
                row[j] *= scale;
        }
    });
    return {};
}

} // namespace longview::kernels::cpu
