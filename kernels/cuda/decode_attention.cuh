#pragma once
// Attention of the one query row over the cache. A unit is one key/value head and one split of the keys; the
// next step combines the splits, in their order, while it loads the heads.

#include "kernels/cuda/decode_plan.cuh"

namespace longview::kernels::cuda::decoding {

inline constexpr int kMaxHeadDim = 128;
inline constexpr int kHeadsAtOnce = 4; ///< query heads that share one reading of the values
inline constexpr int kKeyLanes = 8;    ///< lanes that share one key
inline constexpr int kKeyBatches = 1;  ///< keys of a lane that are loaded before the first is used
inline constexpr int kValueBatch = 6;  ///< and values of a warp

/// Shared memory of attention in floats: queries, scores, sums of the warps.
__host__ __device__ inline int attention_work(const AttentionShape& s) {
    const int group = s.heads / s.kv_heads;
    return group * (s.head_dim + kMaxSplit) + kWarps * kHeadsAtOnce * s.head_dim;
}

__device__ inline float2 unpack(unsigned pair) {
    return {__uint_as_float(pair << 16), __uint_as_float(pair & 0xffff0000U)};
}

/// One key/value head of one split, as its block works on it.
struct Split {
    const __nv_bfloat16 *keys, *values; ///< its first row; rows are `stride` apart
    int stride, count, group, head_dim;
};

/// A piece of kKeyBatches keys per lane.
struct KeyBatch {
    static constexpr int kKeys = kWarps * 32 / kKeyLanes; ///< of the block, at once
    static constexpr int kPairs = kMaxHeadDim / 2 / kKeyLanes;
    unsigned pairs[kKeyBatches][kPairs];

    __device__ static int key_of(int base, int batch) {
        return base + batch * kKeys + static_cast<int>(threadIdx.x) / kKeyLanes;
    }
    __device__ void load(const Split& s, int base) {
        const int part = threadIdx.x % kKeyLanes;
#pragma unroll
        for (int b = 0; b < kKeyBatches; ++b) {
            // Lanes past the end read the last key: the sums over lanes need the whole warp.
            const auto row = static_cast<std::size_t>(min(key_of(base, b), s.count - 1)) * s.stride;
            const auto* from = reinterpret_cast<const unsigned*>(s.keys + row) + part;
#pragma unroll
            for (int i = 0; i < kPairs; ++i)
                if (i * kKeyLanes < s.head_dim / 2)
                    pairs[b][i] = __ldcg(from + kKeyLanes * i);
        }
    }
    /// scores [group, kMaxSplit] = q · k, in units of log2.
    __device__ void score(const Split& s, int base, const float* q, float* scores) const {
        const int part = threadIdx.x % kKeyLanes;
#pragma unroll
        for (int b = 0; b < kKeyBatches; ++b) {
            if (base + b * kKeys >= s.count)
                return;
            const int key = key_of(base, b);
            for (int g = 0; g < s.group; ++g) {
                const auto* query = reinterpret_cast<const float2*>(q + g * s.head_dim) + part;
                float sum = 0;
#pragma unroll
                for (int i = 0; i < kPairs; ++i)
                    if (i * kKeyLanes < s.head_dim / 2) {
                        const float2 x = query[kKeyLanes * i], y = unpack(pairs[b][i]);
                        sum = fmaf(x.y, y.y, fmaf(x.x, y.x, sum));
                    }
#pragma unroll
                for (int offset = kKeyLanes / 2; offset > 0; offset /= 2)
                    sum += __shfl_xor_sync(0xffffffffU, sum, offset);
                if (part == 0 && key < s.count)
                    scores[g * kMaxSplit + key] = sum;
            }
        }
    }
};

/// Values of kValueBatch keys of a warp: base + warp, base + warp + kWarps, …
struct ValueBatch {
    static constexpr int kPairs = kMaxHeadDim / 2 / 32;
    unsigned pairs[kValueBatch][kPairs];

    __device__ void load(const Split& s, int base) {
        const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
#pragma unroll
        for (int j = 0; j < kValueBatch; ++j) {
            const int key = base + j * kWarps + warp;
            const auto* row =
                reinterpret_cast<const unsigned*>(s.values + static_cast<std::size_t>(key) * s.stride);
#pragma unroll
            for (int i = 0; i < kPairs; ++i)
                pairs[j][i] =
                    key < s.count && lane + 32 * i < s.head_dim / 2 ? __ldcg(row + lane + 32 * i) : 0U;
        }
    }
    __device__ void weigh(const Split& s, int base, int g0, const float* scores,
                          float2 (&acc)[kHeadsAtOnce][kPairs]) const {
        const int warp = threadIdx.x / 32;
#pragma unroll
        for (int j = 0; j < kValueBatch; ++j) {
            const int key = base + j * kWarps + warp;
            if (key >= s.count)
                return;
#pragma unroll
            for (int g = 0; g < kHeadsAtOnce; ++g) {
                const float weight = scores[min(g0 + g, s.group - 1) * kMaxSplit + key];
#pragma unroll
                for (int i = 0; i < kPairs; ++i) {
                    const float2 v = unpack(pairs[j][i]);
                    acc[g][i].x = fmaf(weight, v.x, acc[g][i].x);
                    acc[g][i].y = fmaf(weight, v.y, acc[g][i].y);
                }
            }
        }
    }
};

/// scores become exp2(score - largest); stats [group] = (largest, sum).
__device__ inline void exponentiate(float* scores, int count, int group, float2* stats) {
    const int lane = threadIdx.x % 32;
    for (int g = threadIdx.x / 32; g < group; g += kWarps) {
        float* row = scores + g * kMaxSplit;
        float largest = -INFINITY;
        for (int key = lane; key < count; key += 32)
            largest = fmaxf(largest, row[key]);
#pragma unroll
        for (int offset = 16; offset > 0; offset /= 2)
            largest = fmaxf(largest, __shfl_xor_sync(0xffffffffU, largest, offset));
        float sum = 0;
        for (int key = lane; key < count; key += 32)
            sum += row[key] = exp2f(row[key] - largest);
        sum = warp_sum(sum);
        if (lane == 0)
            __stcg(stats + g, float2{largest, sum});
    }
}

/// partial [group, head_dim] = scores · values, summed by warp, then over the warps in their order. `batch`
/// holds the first values.
__device__ inline void weigh_values(const Split& s, ValueBatch& batch, const float* scores, float* sums,
                                    float* partial) {
    const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    constexpr int kPairs = ValueBatch::kPairs, kKeys = kValueBatch * kWarps;
    for (int g0 = 0; g0 < s.group; g0 += kHeadsAtOnce) {
        float2 acc[kHeadsAtOnce][kPairs] = {};
        for (int base = 0; base < s.count; base += kKeys) {
            if (g0 + base > 0)
                batch.load(s, base);
            batch.weigh(s, base, g0, scores, acc);
        }
#pragma unroll
        for (int g = 0; g < kHeadsAtOnce; ++g)
#pragma unroll
            for (int i = 0; i < kPairs; ++i)
                if (lane + 32 * i < s.head_dim / 2)
                    reinterpret_cast<float2*>(sums + (warp * kHeadsAtOnce + g) * s.head_dim)[lane + 32 * i] =
                        acc[g][i];
        __syncthreads();
        for (int i = threadIdx.x; i < min(kHeadsAtOnce, s.group - g0) * s.head_dim; i += kThreads) {
            float sum = 0;
#pragma unroll
            for (int w = 0; w < kWarps; ++w)
                sum += sums[w * kHeadsAtOnce * s.head_dim + i];
            __stcg(partial + g0 * s.head_dim + i, sum);
        }
        __syncthreads();
    }
}

/// scratch.partial and .stats of the splits of positions 0 … position. `work` holds attention_work() floats.
__device__ inline void attend(const Arguments& a, const DecodeLayer& layer, int position, float* work) {
    const AttentionShape& shape = a.model.shape.attention;
    const int group = shape.heads / shape.kv_heads, head_dim = shape.head_dim;
    const int keys = position + 1, length = split_length(keys), splits = (keys + length - 1) / length;
    float* const q = work;
    float* const scores = q + group * head_dim;
    float* const sums = scores + group * kMaxSplit;
    // 1/√head_dim, and log2(e): the exponentials are powers of two.
    const float scale = 1.44269504F * rsqrtf(static_cast<float>(head_dim));
    for (int unit = blockIdx.x; unit < shape.kv_heads * splits; unit += gridDim.x) {
        const int head = unit % shape.kv_heads, split = unit / shape.kv_heads, first = split * length;
        const auto from = static_cast<std::size_t>(first) * a.widths.kv + head * head_dim;
        const Split s{bf16(layer.cache_k) + from,
                      bf16(layer.cache_v) + from,
                      a.widths.kv,
                      min(length, keys - first),
                      group,
                      head_dim};
        KeyBatch key_batch;
        ValueBatch value_batch;
        key_batch.load(s, 0); // all on their way before the first is waited for
        value_batch.load(s, 0);
        for (int i = threadIdx.x; i < group * head_dim; i += kThreads)
            q[i] = __ldcg(a.scratch.q + head * group * head_dim + i) * scale;
        __syncthreads();
        for (int base = 0; base < s.count; base += kKeyBatches * KeyBatch::kKeys) {
            if (base > 0)
                key_batch.load(s, base);
            key_batch.score(s, base, q, scores);
        }
        __syncthreads();
        exponentiate(scores, s.count, group,
                     a.scratch.stats + static_cast<std::size_t>(split) * shape.heads + head * group);
        __syncthreads();
        weigh_values(s, value_batch, scores, sums,
                     a.scratch.partial + static_cast<std::size_t>(split) * a.widths.q +
                         head * group * head_dim);
    }
}

/// Four neighbouring elements of the heads, from all splits.
__device__ inline float4 combine_splits(const Arguments& a, int quad, int splits) {
    const int heads = a.model.shape.attention.heads;
    const float2* const stats = a.scratch.stats + 4 * quad / a.model.shape.attention.head_dim;
    const auto* const partial = reinterpret_cast<const float4*>(a.scratch.partial) + quad;
    const auto stride = static_cast<std::size_t>(a.widths.q) / 4;
    float4 value{};
    float largest = -INFINITY, sum = 0;
    constexpr int kBatch = 4;
    for (int base = 0; base < splits; base += kBatch) {
        float2 stat[kBatch];
        float4 part[kBatch];
#pragma unroll
        for (int i = 0; i < kBatch; ++i)
            if (base + i < splits) {
                stat[i] = __ldcg(stats + (base + i) * heads);
                part[i] = __ldcg(partial + (base + i) * stride);
            }
#pragma unroll
        for (int i = 0; i < kBatch; ++i)
            if (base + i < splits) {
                const float larger = fmaxf(largest, stat[i].x);
                const float before = exp2f(largest - larger), share = exp2f(stat[i].x - larger);
                largest = larger;
                sum = fmaf(share, stat[i].y, sum * before);
                value.x = fmaf(share, part[i].x, value.x * before);
                value.y = fmaf(share, part[i].y, value.y * before);
                value.z = fmaf(share, part[i].z, value.z * before);
                value.w = fmaf(share, part[i].w, value.w * before);
            }
    }
    const float scale = 1.0F / sum;
    return {value.x * scale, value.y * scale, value.z * scale, value.w * scale};
}

} // namespace longview::kernels::cuda::decoding
