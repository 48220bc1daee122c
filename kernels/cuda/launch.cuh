#pragma once
// What every kernel's launcher needs.

#include <cuda_bf16.h>
#include <cuda_runtime.h>

#include "kernels/cuda/ops.h"

namespace longview::kernels::cuda {

inline const __nv_bfloat16* raw(const Bf16* p) {
    return reinterpret_cast<const __nv_bfloat16*>(p);
}
inline __nv_bfloat16* raw(Bf16* p) {
    return reinterpret_cast<__nv_bfloat16*>(p);
}

constexpr int ceil_div(int a, int b) {
    return (a + b - 1) / b;
}

/// The Status of a launch just made; `failed` says which operation, for the case that it did not start.
inline Status launched(const char* failed) {
    return cudaPeekAtLastError() == cudaSuccess ? Status{} : Status{failed};
}

/// Sum over the 32 lanes of a warp, in every lane; always in the same order.
__device__ inline float warp_sum(float value) {
#pragma unroll
    for (int offset = 16; offset > 0; offset /= 2)
        value += __shfl_xor_sync(0xffffffffU, value, offset);
    return value;
}

} // namespace longview::kernels::cuda
