#pragma once
// The feature map of the memory: DPFP with ν = 3 (arXiv 2102.11174, section 5.3).

#include "kernels/cuda/launch.cuh"

namespace longview::kernels::cuda {

constexpr float kMemoryEps = 1e-5F;
constexpr int kGreatestMemoryWidth = 256; ///< of d_mem: what a warp's shared memory holds

/// A warp writes u = [relu(y), relu(−y)], y [d_mem], to shared memory.
__device__ inline void rectify(const float* y, int d_mem, float* u) {
    const int lane = static_cast<int>(threadIdx.x) % 32;
    for (int i = lane; i < d_mem; i += 32) {
        const float value = y[i];
        u[i] = fmaxf(value, 0.0F);
        u[d_mem + i] = fmaxf(-value, 0.0F);
    }
    __syncwarp();
}

/// φ[block·n + i] of [u⊙roll(u, 1), u⊙roll(u, 2), u⊙roll(u, 3)], n = 2·d_mem.
__device__ inline float feature(const float* u, int n, int block, int i) {
    const int other = i - block - 1;
    return u[i] * u[other < 0 ? other + n : other];
}

} // namespace longview::kernels::cuda
