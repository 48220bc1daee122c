#include "kernels/cpu/row_blocks.h"
#include "kernels/ops.h"

namespace longview::kernels::cpu {
namespace {

constexpr int kBlockRows = 32;

void rotate(float* head, const float* cos, const float* sin, std::size_t half) {
    for (std::size_t i = 0; i < half; ++i) {
        const float a = head[i], b = head[half + i];
        head[i] = a * cos[i] - b * sin[i];
        head[half + i] = b * cos[i] + a * sin[i];
    }
}

} // namespace

Status rope(ThreadPool& pool, Rows rows, const AttentionShape& shape, const RopeTable& table, int position,
            Stack<float> qkv) {
    if (shape.heads <= 0 || shape.kv_heads <= 0 || shape.head_dim <= 0 || any_negative(rows))
        return {"rope: heads and head size must be positive, rows not negative"};
    if (shape.head_dim % 2 != 0)
        return {"rope: the head size must be even"};
    if (!qkv.data || !table.cos || !table.sin)
        return {"rope: a matrix is missing"};
    if (position < 0 ||
        std::any_of(rows.begin(), rows.end(), [&](int r) { return r > table.positions - position; }))
        return {"rope: a row stands outside the table of positions"};
    for_row_blocks(pool, rows, kBlockRows, [&](RowBlock block, int) {
        const auto half = to_size(shape.head_dim) / 2, width = to_size(shape.qkv_width());
        for (int i = block.first; i < block.first + block.count; ++i) {
            float* row = qkv[block.cell] + to_size(i) * width;
            const auto angles = to_size(position + i) * half;
            for (int head = 0; head < shape.heads + shape.kv_heads; ++head) // keys follow queries
                rotate(row + to_size(head) * 2 * half, table.cos + angles, table.sin + angles, half);
        }
    });
    return {};
}

} // namespace longview::kernels::cpu
