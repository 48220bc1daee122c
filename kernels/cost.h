#pragma once
// What each operation must compute and move at least; benchmarks divide by these to print fractions of the
// ceilings. Counts are for one cell; float32 storage; a multiply-add counts as two operations.

#include <cstdint>

namespace longview::kernels {

struct Cost {
    double flops = 0;
    double bytes = 0; ///< compulsory traffic: each operand once

    constexpr Cost operator+(const Cost& other) const { return {flops + other.flops, bytes + other.bytes}; }
};

/// y [rows, n] (+)= x [rows, k] · w [k, n].
constexpr Cost gemm_cost(std::int64_t rows, std::int64_t k, std::int64_t n) {
    const auto r = static_cast<double>(rows), kk = static_cast<double>(k), nn = static_cast<double>(n);
    return {2 * r * kk * nn, 4 * (r * kk + kk * nn + r * nn)};
}

/// Causal attention of `rows` new rows that also see `cached` earlier ones.
constexpr Cost attention_cost(std::int64_t rows, std::int64_t cached, int heads, int kv_heads, int head_dim) {
    const auto r = static_cast<double>(rows), c = static_cast<double>(cached);
    const double pairs = r * c + r * (r + 1) / 2;
    return {4 * pairs * heads * head_dim, 4 * head_dim * (2 * r * heads + 2 * (r + c) * kv_heads)};
}

} // namespace longview::kernels
