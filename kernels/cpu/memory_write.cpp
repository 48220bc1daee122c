#include "kernels/cpu/exponential.h"
#include "kernels/cpu/lanes.h"
#include "kernels/cpu/matmul.h"
#include "kernels/cpu/memory_constants.h"
#include "kernels/cpu/row_blocks.h"
#include "kernels/ops.h"

namespace longview::kernels::cpu {
namespace {

// A block of A's columns needs only the same columns of v: blocks are independent once A has been read.
constexpr int kTileColumns = 128;

/// scratch [M, columns] = β ⊙ (v − v̄), from v̄'s numerators κA in scratch; in the first segment v̄ = 0.
void surprise(const MemoryWrite& write, std::size_t g, std::size_t column, std::size_t columns) {
    const auto keys = to_size(write.keys), width = to_size(write.d);
    const bool first = write.first[g] != 0;
    for (std::size_t m = 0; m < to_size(write.memory_rows); ++m) {
        const float beta = sigmoid(write.beta[g][m] + *write.beta_bias[g]);
        const float* v = write.v[g] + m * width + column;
        float* out = write.scratch[g] + m * width + column;
        if (first) {
            for (std::size_t j = 0; j < columns; ++j)
                out[j] = beta * v[j];
            continue;
        }
        const float scale = 1.0F / (dot(write.kappa[g] + m * keys, write.z[g], keys) + kMemoryEps);
        for (std::size_t j = 0; j < columns; ++j)
            out[j] = beta * (v[j] - out[j] * scale);
    }
}

Status write_columns(const MemoryWrite& write, std::size_t g, int column, int columns) {
    const auto width = to_size(write.d), keys = to_size(write.keys);
    const Matrix<const float> kappa{write.kappa[g], keys};
    const Matrix<float> scratch{write.scratch[g] + column, width}, A{write.A[g] + column, width};
    if (write.first[g] == 0) {
        const auto status = matmul(write.memory_rows, write.keys, columns, kappa, {A.data, A.ld},
                                   WeightLayout::k_n, scratch, false);
        if (!status.ok())
            return status;
    }
    surprise(write, g, to_size(column), to_size(columns));
    return add_transposed_matmul(write.keys, write.memory_rows, columns, kappa, {scratch.data, scratch.ld},
                                 A);
}

float gamma(const float* kappa, const float* z, std::size_t keys) {
    const float known = dot(kappa, z, keys) + kMemoryEps;
    return std::clamp(1.0F - known / (dot(kappa, kappa, keys) + kMemoryEps), 0.0F, 1.0F);
}

/// z += Σ γ κ. All γ come from the z before the call, so they are kept in `gammas` [M] first.
void write_z(const MemoryWrite& write, std::size_t g, float* gammas) {
    const auto keys = to_size(write.keys), memory_rows = to_size(write.memory_rows);
    const float* kappa = write.kappa[g];
    float* z = write.z[g];
    for (std::size_t m = 0; m < memory_rows; ++m)
        gammas[m] = write.first[g] != 0 ? 1.0F : gamma(kappa + m * keys, z, keys);
    for (std::size_t m = 0; m < memory_rows; ++m)
        for (std::size_t j = 0; j < keys; ++j)
            z[j] += gammas[m] * kappa[m * keys + j];
}

} // namespace

Status memory_write(ThreadPool& pool, const MemoryWrite& write) {
    if (write.memory_rows <= 0 || write.keys <= 0 || write.d <= 0)
        return {"memory_write: memory rows, keys and width must be positive"};
    if (!write.kappa.data || !write.v.data || !write.beta.data || !write.beta_bias.data || !write.A.data ||
        !write.z.data || !write.scratch.data)
        return {"memory_write: a matrix is missing"};
    if (!write.memoryless.empty() && write.memoryless.size() != write.first.size())
        return {"memory_write: one memoryless flag per cell is needed, or none at all"};
    if (!pool.reserve_scratch(to_size(write.memory_rows)))
        return {"memory_write: not enough memory for scratch"};

    FirstFailure failure;
    const auto tiles = to_size(ceil_div(write.d, kTileColumns));
    const auto tiles_of = [&](std::size_t g) {
        return !write.memoryless.empty() && write.memoryless[g] != 0 ? 0 : tiles;
    };
    for_cell_tasks(pool, write.first.size(), tiles_of, [&](std::size_t g, std::size_t tile, int) {
        const int column = static_cast<int>(tile) * kTileColumns;
        failure.note(write_columns(write, g, column, std::min(kTileColumns, write.d - column)));
    });
    // After all columns: they still read z.
    for (std::size_t g = 0; g < write.first.size(); ++g)
        write_z(write, g, pool.scratch(0));
    return failure.status();
}

} // namespace longview::kernels::cpu
