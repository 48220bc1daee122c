#pragma once
// Cuts the cells of a group into blocks of rows, one task each. The cut of a cell depends on its own rows
// only.

#include <algorithm>
#include <cstddef>
#include <functional>

#include "kernels/ops.h"

namespace longview::kernels::cpu {

/// Rows [first, first + count) of one cell.
struct RowBlock {
    std::size_t cell = 0;
    int first = 0, count = 0;
};

constexpr std::size_t to_size(int value) {
    return static_cast<std::size_t>(value);
}
constexpr int ceil_div(int a, int b) {
    return (a + b - 1) / b;
}

inline bool any_negative(Rows rows) {
    return std::any_of(rows.begin(), rows.end(), [](int r) { return r < 0; });
}

/// Finds the cell that a task belongs to when cell g has count(g) tasks; leaves in `task` the index within
/// that cell.
template <class Count>
std::size_t cell_of_task(std::size_t& task, const Count& count) {
    std::size_t cell = 0;
    for (auto n = count(cell); task >= n; n = count(cell)) {
        task -= n;
        ++cell;
    }
    return cell;
}

/// Runs body(cell, task within the cell, worker) for every task of every cell, cell g having count(g) of
/// them.
template <class Count, class Body>
void for_cell_tasks(ThreadPool& pool, std::size_t cells, const Count& count, const Body& body) {
    std::size_t total = 0;
    for (std::size_t g = 0; g < cells; ++g)
        total += count(g);
    const auto run = [&](std::size_t task, int worker) {
        const auto cell = cell_of_task(task, count);
        body(cell, task, worker);
    };
    pool.parallel_for(total, std::cref(run)); // a reference: std::function would copy the lambda to the heap
}

/// Runs body(RowBlock, worker) over all rows of the group, at most `block` rows each.
template <class Body>
void for_row_blocks(ThreadPool& pool, Rows rows, int block, const Body& body) {
    for_cell_tasks(
        pool, rows.size(), [&](std::size_t g) { return to_size(ceil_div(rows[g], block)); },
        [&](std::size_t g, std::size_t task, int worker) {
            const int first = static_cast<int>(task) * block;
            body(RowBlock{g, first, std::min(block, rows[g] - first)}, worker);
        });
}

} // namespace longview::kernels::cpu
