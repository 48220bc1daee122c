#pragma once
// Reductions in a fixed order that a baseline x86-64 runs four wide: sixteen partial sums, then pairs, then
// the tail. Compilers may not reorder float sums by themselves, so the order is written out here.

#include <cstddef>
#include <cstring>

namespace longview::kernels::cpu {

using Float4 [[gnu::vector_size(16)]] = float;

inline Float4 load4(const float* p) {
    Float4 v;
    std::memcpy(&v, p, sizeof v);
    return v;
}

inline float sum4(Float4 v) {
    return (v[0] + v[2]) + (v[1] + v[3]);
}

/// Σ a[i] · b[i].
inline float dot(const float* a, const float* b, std::size_t n) {
    Float4 s0{}, s1{}, s2{}, s3{};
    std::size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        s0 += load4(a + i) * load4(b + i);
        s1 += load4(a + i + 4) * load4(b + i + 4);
        s2 += load4(a + i + 8) * load4(b + i + 8);
        s3 += load4(a + i + 12) * load4(b + i + 12);
    }
    float sum = sum4((s0 + s2) + (s1 + s3));
    for (; i < n; ++i)
        sum += a[i] * b[i];
    return sum;
}

/// Σ a[i].
inline float sum(const float* a, std::size_t n) {
    Float4 s0{}, s1{}, s2{}, s3{};
    std::size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        s0 += load4(a + i);
        s1 += load4(a + i + 4);
        s2 += load4(a + i + 8);
        s3 += load4(a + i + 12);
    }
    float total = sum4((s0 + s2) + (s1 + s3));
    for (; i < n; ++i)
        total += a[i];
    return total;
}

/// Greatest a[i]; n > 0.
inline float maximum(const float* a, std::size_t n) {
    float best = a[0];
    std::size_t i = 0;
    if (n >= 8) {
        Float4 m0 = load4(a), m1 = load4(a + 4);
        for (i = 8; i + 8 <= n; i += 8) {
            const Float4 x0 = load4(a + i), x1 = load4(a + i + 4);
            m0 = x0 > m0 ? x0 : m0;
            m1 = x1 > m1 ? x1 : m1;
        }
        m0 = m1 > m0 ? m1 : m0;
        for (int lane = 0; lane < 4; ++lane)
            best = m0[lane] > best ? m0[lane] : best;
    }
    for (; i < n; ++i)
        best = a[i] > best ? a[i] : best;
    return best;
}

} // namespace longview::kernels::cpu
