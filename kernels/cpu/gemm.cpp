#include "kernels/cpu/matmul.h"
#include "kernels/cpu/row_blocks.h"
#include "kernels/ops.h"

namespace longview::kernels::cpu {
namespace {

// Fixed tiles: which thread computes a tile, and beside which other cells, never changes a sum. They are as
// small as oneDNN stays fast on, so that even a single cell of a small model gives every thread something to
// do.
constexpr int kTileColumns = static_cast<int>(kPanelColumns);
constexpr int kTileRows = 144;

/// The tiles of one cell.
struct Tiling {
    Tiling(int rows, int n)
        : row_tiles(ceil_div(rows, kTileRows)),
          rows_per_tile(row_tiles == 0 ? 0 : ceil_div(rows, row_tiles)),
          column_tiles(ceil_div(n, kTileColumns)) {}
    std::size_t count() const { return to_size(row_tiles) * to_size(column_tiles); }

    int row_tiles, rows_per_tile, column_tiles;
};

/// Columns [column, column + columns) of the weights w [k, n].
Matrix<const float> weight_tile(const float* w, WeightLayout layout, std::size_t k, std::size_t n,
                                std::size_t column, std::size_t columns) {
    switch (layout) {
    case WeightLayout::k_n:
        return {w + column, n};
    case WeightLayout::n_k:
        return {w + column * k, k};
    case WeightLayout::panels:
        break;
    }
    return {w + panel_index(k, n, 0, column), columns};
}

} // namespace

Status gemm(ThreadPool& pool, Rows rows, int k, int n, Stack<const float> x, Stack<const float> w,
            WeightLayout layout, Stack<float> y, bool accumulate) {
    if (k <= 0 || n <= 0 || any_negative(rows))
        return {"gemm: k and n must be positive, rows not negative"};
    if (!x.data || !w.data || !y.data)
        return {"gemm: a matrix is missing"};

    const auto width = to_size(n), depth = to_size(k);
    FirstFailure failure;
    for_cell_tasks(
        pool, rows.size(), [&](std::size_t g) { return Tiling(rows[g], n).count(); },
        [&](std::size_t g, std::size_t task, int) {
            // Row tiles of one column tile follow each other: its weights are then still in the cache.
            const Tiling tiling(rows[g], n);
            const int row = static_cast<int>(task) % tiling.row_tiles * tiling.rows_per_tile;
            const int column = static_cast<int>(task) / tiling.row_tiles * kTileColumns;
            const int columns = std::min(kTileColumns, n - column);
            failure.note(matmul(std::min(tiling.rows_per_tile, rows[g] - row), k, columns,
                                {x[g] + to_size(row) * depth, depth},
                                weight_tile(w[g], layout, depth, width, to_size(column), to_size(columns)),
                                layout, {y[g] + to_size(row) * width + column, width}, accumulate));
        });
    return failure.status();
}

} // namespace longview::kernels::cpu
