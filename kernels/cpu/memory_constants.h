#pragma once

namespace longview::kernels::cpu {

/// Added to every denominator of the associative memory (2407.04841, eqs. 3–6).
inline constexpr float kMemoryEps = 1e-5F;

} // namespace longview::kernels::cpu
