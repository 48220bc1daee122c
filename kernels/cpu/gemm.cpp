#include "kernels/cpu/matmul.h"
#include "kernels/cpu/row_blocks.h"
#include "kernels/ops.h"

namespace longview::kernels::cpu {
namespace {

// Fixed tiles: which thread computes a tile, and beside which other cells, never changes a sum. They are as
// small as oneDNN stays fast on, so that even a single cell of a small model gives every thread something to
// do.
constexpr int kTileColumns = 128;
constexpr int kTileRows = 144;
// A few rows only stream the weights, which likes longer runs of memory.
constexpr int kFewRows = 8;
constexpr int kFewRowsColumns = 192;

/// The tiles of one cell.
struct Tiling {
    Tiling(int rows, int n)
        : columns(rows <= kFewRows ? kFewRowsColumns : kTileColumns),
          row_tiles(ceil_div(rows, kTileRows)),
          rows_per_tile(ceil_div(rows, row_tiles)),
          column_tiles(ceil_div(n, columns)) {}
    std::size_t count() const { return to_size(row_tiles) * to_size(column_tiles); }

    int columns, row_tiles, rows_per_tile, column_tiles;
};

} // namespace

Status gemm(ThreadPool& pool, Rows rows, int k, int n, Stack<const float> x, Stack<const float> w,
            WeightLayout layout, Stack<float> y, bool accumulate) {
    if (k <= 0 || n <= 0 || !all_positive(rows))
        return {"gemm: rows, k and n must be positive"};
    if (!x.data || !w.data || !y.data)
        return {"gemm: a matrix is missing"};

    const bool by_k = layout == WeightLayout::k_n;
    const auto width = to_size(n), depth = to_size(k);
    FirstFailure failure;
    for_cell_tasks(
        pool, rows.size(), [&](std::size_t g) { return Tiling(rows[g], n).count(); },
        [&](std::size_t g, std::size_t task, int) {
            // Row tiles of one column tile follow each other: its weights are then still in the cache.
            const Tiling tiling(rows[g], n);
            const int row = static_cast<int>(task) % tiling.row_tiles * tiling.rows_per_tile;
            const int column = static_cast<int>(task) / tiling.row_tiles * tiling.columns;
            const Matrix<const float> x_tile{x[g] + to_size(row) * depth, depth};
            const Matrix<const float> w_tile{w[g] + to_size(column) * (by_k ? 1 : depth),
                                             by_k ? width : depth};
            const Matrix<float> y_tile{y[g] + to_size(row) * width + column, width};
            failure.note(matmul(std::min(tiling.rows_per_tile, rows[g] - row), k,
                                std::min(tiling.columns, n - column), x_tile, w_tile, layout, y_tile,
                                accumulate));
        });
    return failure.status();
}

} // namespace longview::kernels::cpu
