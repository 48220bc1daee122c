#pragma once
// Eight bfloat16 values at once: the 16 bytes that one thread loads or stores best.

#include "kernels/cuda/launch.cuh"

namespace longview::kernels::cuda {

constexpr int kVector = 8;

struct Vector {
    float values[kVector];
};

__device__ inline Vector load_vector(const __nv_bfloat16* from) {
    const uint4 packed = *reinterpret_cast<const uint4*>(from);
    const unsigned words[4] = {packed.x, packed.y, packed.z, packed.w};
    Vector v;
#pragma unroll
    for (int i = 0; i < 4; ++i) {
        v.values[2 * i] = __uint_as_float(words[i] << 16);
        v.values[2 * i + 1] = __uint_as_float(words[i] & 0xffff0000U);
    }
    return v;
}

__device__ inline unsigned pack(float low, float high) {
    const __nv_bfloat162 pair = __floats2bfloat162_rn(low, high);
    return *reinterpret_cast<const unsigned*>(&pair);
}

__device__ inline void store_vector(__nv_bfloat16* to, const Vector& v) {
    *reinterpret_cast<uint4*>(to) =
        make_uint4(pack(v.values[0], v.values[1]), pack(v.values[2], v.values[3]),
                   pack(v.values[4], v.values[5]), pack(v.values[6], v.values[7]));
}

} // namespace longview::kernels::cuda
