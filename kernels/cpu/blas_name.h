#pragma once
// Which BLAS code runs on this processor: its results are equal bit for bit only where this name is equal.

#include <string>

namespace longview::kernels::cpu {

/// Library, version and instruction set chosen at run time, for example "onednn-2.6.3-avx512_core".
std::string blas_name();

} // namespace longview::kernels::cpu
