#pragma once
// e^x without branches, so that loops over it become vector code on any x86-64.

#include <bit>
#include <cstdint>
#include <limits>

namespace longview::kernels::cpu {

/// e^x within 2 units in the last place for x in [kExpMin, kExpMax]; 0 below, +infinity above, NaN for NaN.
inline constexpr float kExpMin = -87.3F; ///< e^x stays a normal number
inline constexpr float kExpMax = 88.3F;

inline float exponential(float x) {
    constexpr float kRound = 12582912.0F; // 1.5 · 2²³: adding it rounds to an integer, kept in the low bits
    constexpr float kLog2e = 1.44269504088896341F;
    constexpr float kLn2High = 0.693359375F,
                    kLn2Low = -2.12194440e-4F; // ln 2 in two parts: n · high is exact
    const float inside = x < kExpMin ? kExpMin : (x > kExpMax ? kExpMax : x);
    const float shifted = inside * kLog2e + kRound;
    const float n = shifted - kRound;
    const float r = (inside - n * kLn2High) - n * kLn2Low; // |r| <= ln 2 / 2
    // Minimax polynomial of (e^r − 1 − r) / r² (Cephes, expf).
    float p = 1.9875691500e-4F;
    p = p * r + 1.3981999507e-3F;
    p = p * r + 8.3334519073e-3F;
    p = p * r + 4.1665795894e-2F;
    p = p * r + 1.6666665459e-1F;
    p = p * r + 5.0000001201e-1F;
    p = p * (r * r) + r + 1.0F;
    const float scale = std::bit_cast<float>((std::bit_cast<std::uint32_t>(shifted) + 127U) << 23U); // 2ⁿ
    const float result = p * scale;
    const float high = x > kExpMax ? std::numeric_limits<float>::infinity() : result;
    return x < kExpMin ? 0.0F : high;
}

/// 1 / (1 + e^−x).
inline float sigmoid(float x) {
    return 1.0F / (1.0F + exponential(-x));
}

} // namespace longview::kernels::cpu
