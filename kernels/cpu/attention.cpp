#include <cmath>

#include "kernels/cpu/exponential.h"
#include "kernels/cpu/lanes.h"
#include "kernels/cpu/matmul.h"
#include "kernels/cpu/row_blocks.h"
#include "kernels/ops.h"

namespace longview::kernels::cpu {
namespace {

constexpr int kBlockRows = 64;

/// Earlier rows of the one cell: keys and values [rows, kv_heads·head_dim].
struct Cache {
    const float* k = nullptr;
    const float* v = nullptr;
    int rows = 0;
};

/// One block of query rows of one head.
struct HeadBlock {
    const float* qkv = nullptr; ///< the cell's [rows, qkv_width]
    float* out = nullptr;       ///< the cell's [rows, q_width]
    int head = 0, first = 0, rows = 0;
};

/// Turns the first `visible` scores into e^(scale·(score − greatest)), the others into 0, and returns the
/// sum.
float soften(float* scores, std::size_t visible, std::size_t all, float scale) {
    const float greatest = maximum(scores, visible);
    for (std::size_t j = 0; j < visible; ++j)
        scores[j] = exponential((scores[j] - greatest) * scale);
    std::fill(scores + visible, scores + all, 0.0F);
    return sum(scores, visible);
}

/// `scores` is scratch: [block rows, ld] with ld >= cached + first + rows, then one sum for each row.
Status attend(const AttentionShape& shape, const Cache& cache, const HeadBlock& block, Matrix<float> scores) {
    const auto size = to_size(shape.head_dim), width = to_size(shape.qkv_width());
    const auto kv_head = to_size(block.head / (shape.heads / shape.kv_heads)) * size;
    const auto cached = to_size(cache.rows), kv_width = to_size(shape.kv_width());
    const int seen = block.first + block.rows; // own rows that some query of the block may see
    const Matrix<const float> q{block.qkv + to_size(block.first) * width + to_size(block.head) * size, width};
    const Matrix<const float> k{block.qkv + to_size(shape.q_width()) + kv_head, width};
    const Matrix<const float> v{k.data + kv_width, width};
    const Matrix<float> out{block.out + to_size(block.first) * to_size(shape.q_width()) +
                                to_size(block.head) * size,
                            to_size(shape.q_width())};
    const Matrix<float> own{scores.data + cached, scores.ld};

    FirstFailure failure;
    if (cached > 0)
        failure.note(matmul(block.rows, shape.head_dim, cache.rows, q, {cache.k + kv_head, kv_width},
                            WeightLayout::n_k, scores, false));
    failure.note(matmul(block.rows, shape.head_dim, seen, q, k, WeightLayout::n_k, own, false));

    // The values are summed before they are divided: one division per row, each row's sum kept beside the
    // scores.
    const float scale = 1.0F / std::sqrt(static_cast<float>(shape.head_dim));
    float* sums = scores.data + to_size(block.rows) * scores.ld;
    for (int i = 0; i < block.rows; ++i)
        sums[i] = soften(scores.data + to_size(i) * scores.ld, cached + to_size(block.first + i + 1),
                         cached + to_size(seen), scale);

    if (cached > 0)
        failure.note(matmul(block.rows, cache.rows, shape.head_dim, {scores.data, scores.ld},
                            {cache.v + kv_head, kv_width}, WeightLayout::k_n, out, false));
    failure.note(
        matmul(block.rows, seen, shape.head_dim, {own.data, own.ld}, v, WeightLayout::k_n, out, cached > 0));
    for (int i = 0; i < block.rows; ++i) {
        const float inverse = 1.0F / sums[i];
        float* row = out.data + to_size(i) * out.ld;
        for (std::size_t j = 0; j < size; ++j)
            row[j] *= inverse;
    }
    return failure.status();
}

Status check(Rows rows, Rows asking, const AttentionShape& shape, const float* cache_k, const float* cache_v,
             int cached) {
    if (shape.heads <= 0 || shape.kv_heads <= 0 || shape.head_dim <= 0 || cached < 0 || any_negative(rows))
        return {"attention: heads and head size must be positive, rows not negative"};
    if (!std::equal(rows.begin(), rows.end(), asking.begin(), asking.end(),
                    [](int all, int last) { return 0 <= last && last <= all; }))
        return {"attention: each cell needs a number of asking rows, at most all of its rows"};
    if (shape.heads % shape.kv_heads != 0)
        return {"attention: query heads must be a multiple of key heads"};
    if (cached > 0 && (!cache_k || !cache_v))
        return {"attention: the cache is missing"};
    if (cached > 0 && rows.size() != 1)
        return {"attention: cached rows belong to a group of one cell"};
    return {};
}

} // namespace

Status attention(ThreadPool& pool, Rows rows, Rows asking, const AttentionShape& shape,
                 Stack<const float> qkv, const float* cache_k, const float* cache_v, int cached,
                 Stack<float> out) {
    if (const auto status = check(rows, asking, shape, cache_k, cache_v, cached); !status.ok())
        return status;
    if (!qkv.data || !out.data)
        return {"attention: a matrix is missing"};
    if (rows.empty())
        return {};

    const int longest = *std::max_element(rows.begin(), rows.end());
    const auto ld = (to_size(cached) + to_size(longest) + 15) / 16 * 16;
    const auto block_rows = to_size(std::min(longest, kBlockRows));
    if (!pool.reserve_scratch(block_rows * ld + block_rows))
        return {"attention: not enough memory for scratch"};
    const Cache cache{cache_k, cache_v, cached};
    const auto heads = to_size(shape.heads);
    FirstFailure failure;
    for_cell_tasks(
        pool, rows.size(), [&](std::size_t g) { return heads * to_size(ceil_div(asking[g], kBlockRows)); },
        [&](std::size_t g, std::size_t task, int worker) {
            // The last rows see most: they start first, so that threads end together.
            const int first =
                rows[g] - asking[g] +
                (ceil_div(asking[g], kBlockRows) - 1 - static_cast<int>(task / heads)) * kBlockRows;
            const HeadBlock block{qkv[g], out[g], static_cast<int>(task % heads), first,
                                  std::min(kBlockRows, rows[g] - first)};
            failure.note(attend(shape, cache, block, {pool.scratch(worker), ld}));
        });
    return failure.status();
}

} // namespace longview::kernels::cpu
