#include "kernels/cpu/matmul.h"
#include "kernels/cpu/row_blocks.h"
#include "kernels/ops.h"

namespace longview::kernels::cpu {
namespace {

// Fixed tiles: which thread computes a tile, and beside which other cells, never changes a sum.
constexpr int kTileColumns = 256;
constexpr int kTileRows = 320;

} // namespace

Status gemm(ThreadPool& pool, Rows rows, int k, int n, Stack<const float> x, Stack<const float> w,
            WeightLayout layout, Stack<float> y, bool accumulate) {
    if (k <= 0 || n <= 0 || !all_positive(rows))
        return {"gemm: rows, k and n must be positive"};
    if (!x.data || !w.data || !y.data)
        return {"gemm: a matrix is missing"};

    const int column_tiles = ceil_div(n, kTileColumns);
    FirstFailure failure;
    for_cell_tasks(
        pool, rows.size(),
        [&](std::size_t g) { return to_size(column_tiles) * to_size(ceil_div(rows[g], kTileRows)); },
        [&](std::size_t g, std::size_t task, int) {
            // Row tiles of one column tile follow each other: its weights are then still in the cache.
            const int row_tiles = ceil_div(rows[g], kTileRows);
            const int row = static_cast<int>(task) % row_tiles * kTileRows;
            const int column = static_cast<int>(task) / row_tiles * kTileColumns;
            const auto width = to_size(n), depth = to_size(k);
            const bool by_k = layout == WeightLayout::k_n;
            failure.note(matmul(std::min(kTileRows, rows[g] - row), k, std::min(kTileColumns, n - column),
                                {x[g] + to_size(row) * depth, depth},
                                {w[g] + to_size(column) * (by_k ? 1 : depth), by_k ? width : depth}, layout,
                                {y[g] + to_size(row) * width + column, width}, accumulate));
        });
    return failure.status();
}

} // namespace longview::kernels::cpu
