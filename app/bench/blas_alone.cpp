#include "blas_alone.h"

#include <chrono>
#include <random>

#include <dnnl.h>
#include <omp.h>

namespace longview::bench {

std::vector<GemmShape> gemm_shapes(const ModelConfig& c) {
    const int rows = c.segment_rows(), d = c.hidden_size, memory = c.memory_tokens;
    return {{"memory query", rows, d, c.d_mem},
            {"memory read", rows, c.keys(), d},
            {"qkv", rows, d, c.qkv_width()},
            {"attention output", rows, c.query_width(), d},
            {"gate and up", rows, d, 2 * c.intermediate_size},
            {"down", rows, c.intermediate_size, d},
            {"memory key", memory, d, c.d_mem},
            {"memory value", memory, d, d},
            {"memory recall", memory, c.keys(), d},
            {"memory update", c.keys(), memory, d}};
}

BlasAlone::BlasAlone(const GemmShape& shape, int layers) : shape_(shape), layers_(layers) {
    const auto cells = static_cast<std::size_t>(layers);
    const auto rows = static_cast<std::size_t>(shape.rows), k = static_cast<std::size_t>(shape.k),
               n = static_cast<std::size_t>(shape.n);
    std::minstd_rand random(1);
    const auto fill = [&](std::vector<float>& matrix, std::size_t size) {
        matrix.resize(size);
        for (float& value : matrix)
            value = static_cast<float>(random() % 2048) / 1024.0F - 1.0F;
    };
    fill(x_, cells * rows * k);
    fill(w_, cells * k * n);
    y_.resize(cells * rows * n);
}

double BlasAlone::run(int threads) {
    const auto rows = static_cast<std::size_t>(shape_.rows), k = static_cast<std::size_t>(shape_.k),
               n = static_cast<std::size_t>(shape_.n);
    const auto start = std::chrono::steady_clock::now();
#pragma omp parallel for num_threads(threads) schedule(dynamic, 1)
    for (int cell = 0; cell < layers_; ++cell) {
        const auto c = static_cast<std::size_t>(cell);
        dnnl_sgemm('N', 'N', shape_.rows, shape_.n, shape_.k, 1.0F, x_.data() + c * rows * k, shape_.k,
                   w_.data() + c * k * n, shape_.n, 0.0F, y_.data() + c * rows * n, shape_.n);
    }
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

} // namespace longview::bench
