#pragma once
// The two 16-bit float formats of model files, as float32. Exact: every value of either is a float32.

#include <bit>
#include <cstdint>

namespace longview {

/// bfloat16 is the upper half of a float32.
inline float from_bf16(std::uint16_t bits) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16U);
}

/// IEEE 754 binary16. Integer arithmetic only, so that a thread that flushes subnormals to zero gets the same
/// values.
inline float from_f16(std::uint16_t bits) {
    const std::uint32_t sign = (bits & 0x8000U) << 16U;
    const std::uint32_t exponent = (bits >> 10U) & 0x1FU;
    const std::uint32_t mantissa = bits & 0x3FFU;
    if (exponent == 0x1FU) // infinity, or NaN with its payload
        return std::bit_cast<float>(sign | 0x7F800000U | (mantissa << 13U));
    if (exponent != 0)
        return std::bit_cast<float>(sign | ((exponent + 112U) << 23U) | (mantissa << 13U));
    if (mantissa == 0)
        return std::bit_cast<float>(sign);
    // Subnormal: the leading one becomes float32's implicit bit.
    const auto shift = static_cast<std::uint32_t>(std::countl_zero(mantissa)) - 21U;
    return std::bit_cast<float>(sign | ((113U - shift) << 23U) | (((mantissa << shift) & 0x3FFU) << 13U));
}

} // namespace longview
