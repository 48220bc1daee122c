#pragma once
// Every operation written down plainly for one cell, in any precision: float64 is the truth, float32 the
// naive version whose error sets the tolerance.

#include <cmath>
#include <vector>

#include "cells.h"

namespace longview::kernels::test {

template <class T>
std::vector<T> widen(const Values& values) {
    return {values.begin(), values.end()};
}

/// y += x [rows, k] · w [k, n].
template <class T>
std::vector<T> gemm(int rows, int k, int n, const Values& x, const Values& w, const Values& y) {
    auto out = widen<T>(y);
    std::vector<T> sums(at(n));
    for (std::size_t i = 0; i < at(rows); ++i) {
        std::fill(sums.begin(), sums.end(), T{});
        for (std::size_t p = 0; p < at(k); ++p) {
            const T factor = static_cast<T>(x[i * at(k) + p]);
            for (std::size_t j = 0; j < at(n); ++j)
                sums[j] += factor * static_cast<T>(w[p * at(n) + j]);
        }
        for (std::size_t j = 0; j < at(n); ++j)
            out[i * at(n) + j] += sums[j];
    }
    return out;
}

template <class T>
std::vector<T> rms_norm(int d, float eps, const Values& x, const Values& weight) {
    auto y = widen<T>(x);
    for (std::size_t row = 0; row < y.size(); row += at(d)) {
        T squares{};
        for (std::size_t i = 0; i < at(d); ++i)
            squares += y[row + i] * y[row + i];
        const T root = std::sqrt(squares / static_cast<T>(d) + static_cast<T>(eps));
        for (std::size_t i = 0; i < at(d); ++i)
            y[row + i] = y[row + i] / root * static_cast<T>(weight[i]);
    }
    return y;
}

template <class T>
std::vector<T> rope(const AttentionShape& shape, const Values& cos, const Values& sin, int position,
                    const Values& qkv) {
    auto out = widen<T>(qkv);
    const std::size_t half = at(shape.head_dim) / 2, width = at(shape.qkv_width());
    for (std::size_t row = 0; row * width < qkv.size(); ++row)
        for (std::size_t head = 0; head < at(shape.heads + shape.kv_heads); ++head)
            for (std::size_t i = 0; i < half; ++i) {
                T *a = &out[row * width + head * 2 * half + i], *b = a + half, first = *a;
                const auto angle = (row + at(position)) * half + i;
                const auto c = static_cast<T>(cos[angle]), s = static_cast<T>(sin[angle]);
                *a = first * c - *b * s;
                *b = *b * c + first * s;
            }
    return out;
}

/// Earlier keys and values stand in `cache_k`, `cache_v` [cached, kv_width].
template <class T>
std::vector<T> attention(int rows, const AttentionShape& shape, const Values& qkv, const Values& cache_k,
                         const Values& cache_v, int cached) {
    const std::size_t size = at(shape.head_dim), width = at(shape.qkv_width()),
                      kv_width = at(shape.kv_width());
    std::vector<T> out(at(rows) * at(shape.q_width()));
    for (std::size_t i = 0; i < at(rows); ++i)
        for (std::size_t head = 0; head < at(shape.heads); ++head) {
            const auto kv = head / at(shape.heads / shape.kv_heads) * size;
            const auto key = [&](std::size_t j) {
                return j < at(cached) ? &cache_k[j * kv_width + kv]
                                      : &qkv[(j - at(cached)) * width + at(shape.q_width()) + kv];
            };
            const auto value = [&](std::size_t j) {
                return j < at(cached) ? &cache_v[j * kv_width + kv] : key(j) + kv_width;
            };
            std::vector<T> weights(at(cached) + i + 1);
            T greatest = -std::numeric_limits<T>::infinity(), sum{};
            for (std::size_t j = 0; j < weights.size(); ++j) {
                for (std::size_t c = 0; c < size; ++c)
                    weights[j] +=
                        static_cast<T>(qkv[i * width + head * size + c]) * static_cast<T>(key(j)[c]);
                weights[j] /= std::sqrt(static_cast<T>(size));
                greatest = std::max(greatest, weights[j]);
            }
            for (auto& weight : weights)
                sum += weight = std::exp(weight - greatest);
            for (std::size_t j = 0; j < weights.size(); ++j)
                for (std::size_t c = 0; c < size; ++c)
                    out[i * at(shape.q_width()) + head * size + c] +=
                        weights[j] / sum * static_cast<T>(value(j)[c]);
        }
    return out;
}

template <class T>
std::vector<T> swiglu(int width, const Values& gate_up) {
    std::vector<T> h;
    for (std::size_t row = 0; row < gate_up.size(); row += 2 * at(width))
        for (std::size_t i = 0; i < at(width); ++i) {
            const auto gate = static_cast<T>(gate_up[row + i]),
                       up = static_cast<T>(gate_up[row + at(width) + i]);
            h.push_back(gate / (1 + std::exp(-gate)) * up);
        }
    return h;
}

template <class T>
std::vector<T> dpfp(int d_mem, const Values& y) {
    std::vector<T> phi;
    const auto n = 2 * at(d_mem);
    for (std::size_t row = 0; row < y.size(); row += at(d_mem)) {
        std::vector<T> u(n);
        for (std::size_t i = 0; i < n; ++i)
            u[i] = i < at(d_mem) ? std::max(static_cast<T>(y[row + i]), T{})
                                 : std::max(-static_cast<T>(y[row + i - at(d_mem)]), T{});
        for (std::size_t j = 1; j <= 3; ++j)
            for (std::size_t i = 0; i < n; ++i)
                phi.push_back(u[i] * u[(i + n - j) % n]);
    }
    return phi;
}

template <class T>
T inner(const float* a, const T* b, std::size_t n) {
    T sum{};
    for (std::size_t i = 0; i < n; ++i)
        sum += static_cast<T>(a[i]) * b[i];
    return sum;
}

template <class T>
std::vector<T> memory_read_weights(int keys, const Values& z, bool skip, const Values& phi) {
    auto out = widen<T>(phi);
    const auto wide_z = widen<T>(z);
    for (std::size_t row = 0; row < phi.size(); row += at(keys)) {
        const T denominator = inner(&phi[row], wide_z.data(), at(keys)) + static_cast<T>(1e-5);
        for (std::size_t i = 0; i < at(keys); ++i)
            out[row + i] = skip ? T{} : out[row + i] / denominator;
    }
    return out;
}

template <class T>
struct Memory {
    std::vector<T> A, z;
};

template <class T>
Memory<T> memory_write(int memory_rows, int keys, int d, const Values& kappa, const Values& v,
                       const Values& beta, float bias, const Values& A, const Values& z, bool first) {
    const std::size_t n = at(keys), width = at(d);
    const Memory<T> old{widen<T>(A), widen<T>(z)};
    auto now = old;
    for (std::size_t m = 0; m < at(memory_rows); ++m) {
        const float* k = &kappa[m * n];
        const auto wide = widen<T>({k, k + n});
        const T denominator = inner(k, old.z.data(), n) + static_cast<T>(1e-5);
        const T strength = 1 / (1 + std::exp(-(static_cast<T>(beta[m]) + static_cast<T>(bias))));
        const T gamma =
            first
                ? 1
                : std::clamp(1 - denominator / (inner(k, wide.data(), n) + static_cast<T>(1e-5)), T{0}, T{1});
        for (std::size_t j = 0; j < width; ++j) {
            T recalled{};
            for (std::size_t i = 0; i < n && !first; ++i)
                recalled += wide[i] * old.A[i * width + j];
            const T change = strength * (static_cast<T>(v[m * width + j]) - recalled / denominator);
            for (std::size_t i = 0; i < n; ++i)
                now.A[i * width + j] += wide[i] * change;
        }
        for (std::size_t i = 0; i < n; ++i)
            now.z[i] += gamma * wide[i];
    }
    return now;
}

} // namespace longview::kernels::test
