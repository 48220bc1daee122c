#pragma once
// The steps of a layer but attention: what a block loads, multiplies and writes between two barriers.
// Whatever another block wrote in the same launch is read past the L1 cache, which does not see it.

#include "kernels/cuda/decode_attention.cuh"
#include "kernels/cuda/decode_ring.cuh"

namespace longview::kernels::cuda::decoding {

/// A vector in shared memory, as products read it: the first and the second four of every eight elements lie
/// apart, so that the lanes of a warp, eight elements each, meet no bank twice.
struct Vector {
    float4* low;
    float4* high;
    __device__ float4& at(int quad) const { return (quad % 2 ? high : low)[quad / 2]; }
};

__device__ inline Vector make_vector(float* work, int k) {
    auto* const low = reinterpret_cast<float4*>(work);
    return {low, low + k / 8};
}

__device__ inline Vector load_vector(const float* from, int k, float* work) {
    const Vector v = make_vector(work, k);
#pragma unroll 4
    for (int i = threadIdx.x; i < k / 4; i += kThreads)
        v.at(i) = __ldcg(reinterpret_cast<const float4*>(from) + i);
    __syncthreads();
    return v;
}

__device__ inline Vector load_heads(const Arguments& a, int splits, float* work) {
    const Vector v = make_vector(work, a.widths.q);
#pragma unroll 1
    for (int i = threadIdx.x; i < a.widths.q / 4; i += kThreads)
        v.at(i) = combine_splits(a, i, splits);
    __syncthreads();
    return v;
}

/// This thread's first four weights of a norm: loaded while the barrier before is waited for.
__device__ inline uint2 first_weights(const Bf16* weight, int d) {
    return static_cast<int>(threadIdx.x) < d / 4 ? __ldg(reinterpret_cast<const uint2*>(weight) + threadIdx.x)
                                                 : uint2{};
}

__device__ inline float squares(const float4& q) {
    return q.x * q.x + q.y * q.y + q.z * q.z + q.w * q.w;
}

__device__ inline float4 weighted(const float4& q, float scale, const uint2& w) {
    return {q.x * scale * __uint_as_float(w.x << 16), q.y * scale * __uint_as_float(w.x & 0xffff0000U),
            q.z * scale * __uint_as_float(w.y << 16), q.w * scale * __uint_as_float(w.y & 0xffff0000U)};
}

/// x / sqrt(mean(x²) + eps) ⊙ weight; `own` is first_weights(weight, d).
__device__ inline Vector load_normed(const float* x, const Bf16* weight, const uint2& own, int d, float eps,
                                     float* reduction, float* work) {
    const Vector v = make_vector(work, d);
    const auto* const from = reinterpret_cast<const float4*>(x);
    const int thread = threadIdx.x;
    const float4 mine = thread < d / 4 ? __ldcg(from + thread) : float4{};
    float sum = squares(mine);
    for (int i = thread + kThreads; i < d / 4; i += kThreads) {
        const float4 q = __ldcg(from + i);
        sum += squares(q);
        v.at(i) = q;
    }
    const float scale = 1.0F / sqrtf(block_sum(sum, reduction) / static_cast<float>(d) + eps);
    if (thread < d / 4)
        v.at(thread) = weighted(mine, scale, own);
    for (int i = thread + kThreads; i < d / 4; i += kThreads) // what this thread stored itself
        v.at(i) = weighted(v.at(i), scale, __ldg(reinterpret_cast<const uint2*>(weight) + i));
    __syncthreads();
    return v;
}

/// Two sums per row: shorter chains of dependent additions.
struct RowSum {
    float even = 0, odd = 0;
    __device__ void add(unsigned pair, float x, float y) {
        even = fmaf(__uint_as_float(pair << 16), x, even);
        odd = fmaf(__uint_as_float(pair & 0xffff0000U), y, odd);
    }
    __device__ void add(const uint4& w, const float4& low, const float4& high) {
        add(w.x, low.x, low.y);
        add(w.y, low.z, low.w);
        add(w.z, high.x, high.y);
        add(w.w, high.z, high.w);
    }
};

/// The units of `m` that this warp is dealt, times `v`. before(unit) runs ahead of the products, to load what
/// after(unit, result of before, sum of the first run, of the second) needs; every lane has the sums.
template <class Before, class After>
__device__ __forceinline__ void multiply(Ring& ring, Deal& deal, const Matrix& m, const Vector& v,
                                         Before before, After after) {
    constexpr int kGroups = kTileColumns / 8;
    const int lane = ring.lane;
    const int apart = m.half == 0 ? m.run / 8 : 0; // of the elements that the two runs meet
    for (int unit = deal.next(m.units); unit < m.units; unit += deal.warps) {
        const auto kept = before(unit);
        RowSum first, second;
        for (int column = 0; column < m.run; column += kTileColumns) {
            const uint4* tile = ring.wait();
            const int at = column / 8, groups = min(kTileColumns, m.run - column) / 8;
            const auto step = [&](int g) {
                const float4 low = v.low[at + g], high = v.high[at + g];
                first.add(tile[g], low, high);
                if (apart == 0)
                    second.add(tile[kTileRowBytes / 16 + g], low, high);
                else
                    second.add(tile[kTileRowBytes / 16 + g], v.low[at + apart + g], v.high[at + apart + g]);
            };
            if (groups == kGroups) {
#pragma unroll
                for (int i = 0; i < kGroups / 32; ++i)
                    step(lane + 32 * i);
            } else {
                for (int g = lane; g < groups; g += 32)
                    step(g);
            }
            ring.release();
        }
        after(unit, kept, warp_sum(first.even + first.odd), warp_sum(second.even + second.odd));
    }
}

/// y = m · v, or y += …, row by row; `m` of half_rows.
template <bool accumulate>
__device__ __forceinline__ void multiply_rows(Ring& ring, Deal& deal, const Matrix& m, const Vector& v,
                                              float* y) {
    const int rows = m.half == 0 ? 1 : 2; // of a unit
    multiply(
        ring, deal, m, v,
        [&](int unit) {
            if (!accumulate)
                return float2{};
            const int row = rows * unit;
            return float2{__ldcg(y + row), __ldcg(y + min(row + 1, m.rows - 1))};
        },
        [&](int unit, float2 old, float first, float second) {
            if (ring.lane != 0)
                return;
            const int row = rows * unit;
            __stcg(y + row, old.x + (rows == 1 ? first + second : first));
            if (rows == 2 && row + 1 < m.rows)
                __stcg(y + row + 1, old.y + second);
        });
}

/// Queries to scratch.q, keys and values to the cache's row `position`; queries and keys rotated.
__device__ __forceinline__ void project_qkv(const Arguments& a, Ring& ring, Deal& deal, int layer,
                                            int position, const Vector& v) {
    const AttentionShape& shape = a.model.shape.attention;
    const int half = shape.head_dim / 2;
    const auto cache_row = static_cast<std::size_t>(position) * a.widths.kv;
    const RopeTable& rope = a.model.rope;
    multiply(
        ring, deal, layer_matrix(a, layer, Step::qkv), v,
        [&](int unit) {
            const auto at = static_cast<std::size_t>(position) * half + unit % half;
            return unit / half < shape.heads + shape.kv_heads
                       ? float2{__ldg(rope.cos + at), __ldg(rope.sin + at)}
                       : float2{1, 0};
        },
        [&](int unit, float2 angle, float first, float second) {
            if (ring.lane != 0)
                return;
            const float y0 = first * angle.x - second * angle.y, y1 = second * angle.x + first * angle.y;
            int head = unit / half;
            const int i = unit % half;
            if (head < shape.heads) {
                float* const q = a.scratch.q + head * shape.head_dim + i;
                __stcg(q, y0);
                __stcg(q + half, y1);
                return;
            }
            head -= shape.heads;
            const bool is_key = head < shape.kv_heads;
            Bf16* const cache = is_key ? a.layer[layer].cache_k : a.layer[layer].cache_v;
            __nv_bfloat16* const row =
                bf16(cache) + cache_row + (is_key ? head : head - shape.kv_heads) * shape.head_dim + i;
            row[0] = __float2bfloat16_rn(y0);
            row[half] = __float2bfloat16_rn(y1);
        });
}

/// Rows of A that a thread loads before the barrier that the queries come through.
inline constexpr int kRowsAhead = 4;
/// Two lanes share a key, eight columns each.
inline constexpr int kKeysAtOnce = kWarps * 16;

struct MemoryRow {
    uint4 a;
    float z;
};

__device__ inline MemoryRow memory_row(const Arguments& a, const DecodeLayer& layer, int strip, int key) {
    const int d = a.model.shape.d, column = strip * kStrip + static_cast<int>(threadIdx.x) % 2 * 8;
    MemoryRow row{};
    if (key >= a.widths.keys)
        return row;
    if (column < d) // d is a multiple of 8, not of kStrip
        row.a =
            __ldg(reinterpret_cast<const uint4*>(bf16(layer.A) + static_cast<std::size_t>(key) * d + column));
    row.z = __ldg(layer.z + key);
    return row;
}

struct MemoryRows {
    MemoryRow row[kRowsAhead];
    __device__ void load(const Arguments& a, const DecodeLayer& layer, int strip) {
#pragma unroll
        for (int i = 0; i < kRowsAhead; ++i)
            row[i] = memory_row(a, layer, strip, i * kKeysAtOnce + static_cast<int>(threadIdx.x) / 2);
    }
};

/// Sums of one thread over its keys.
struct MemorySum {
    float columns[8] = {}, weight = 0;
    /// `q` [d_mem]: the queries, of which φ is made here.
    __device__ void add(const MemoryRow& row, int key, const float* q, int d_mem) {
        const int features = 2 * d_mem, i = key % features, roll = key / features + 1;
        const auto feature = [&](int at) { return fmaxf(at < d_mem ? q[at] : -q[at - d_mem], 0.0F); };
        const float phi = feature(i) * feature(i >= roll ? i - roll : i - roll + features);
        weight = fmaf(phi, row.z, weight);
        const unsigned pairs[4] = {row.a.x, row.a.y, row.a.z, row.a.w};
#pragma unroll
        for (int c = 0; c < 4; ++c) {
            columns[2 * c] = fmaf(phi, __uint_as_float(pairs[c] << 16), columns[2 * c]);
            columns[2 * c + 1] = fmaf(phi, __uint_as_float(pairs[c] & 0xffff0000U), columns[2 * c + 1]);
        }
    }
    /// Over the lanes that have the same columns.
    __device__ void reduce() {
#pragma unroll
        for (int offset = 16; offset > 1; offset /= 2) {
#pragma unroll
            for (int c = 0; c < 8; ++c)
                columns[c] += __shfl_xor_sync(0xffffffffU, columns[c], offset);
            weight += __shfl_xor_sync(0xffffffffU, weight, offset);
        }
    }
};

/// x += φ(q) A / (φ(q)·z + 1e-5), from scratch.memory_query. A unit is a strip of kStrip columns; the warps
/// share the keys. `ahead` holds the first rows of strip blockIdx.x; `work` memory_work() floats.
__device__ inline void read_memory(const Arguments& a, const DecodeLayer& layer, MemoryRows& ahead,
                                   float* work) {
    const int d = a.model.shape.d, d_mem = a.model.shape.d_mem;
    float *const q = work, *const sums = work + d_mem, *const weights = sums + kWarps * kStrip;
    const int thread = threadIdx.x, lane = thread % 32, warp = thread / 32;
    for (int i = thread; i < d_mem; i += kThreads)
        q[i] = __ldcg(a.scratch.memory_query + i);
    for (int strip = blockIdx.x; strip * kStrip < d; strip += gridDim.x) {
        float* const x = a.out.x + strip * kStrip + thread;
        const bool owner = thread < kStrip && strip * kStrip + thread < d;
        const float old = owner ? __ldcg(x) : 0.0F;
        __syncthreads();
        if (strip != static_cast<int>(blockIdx.x))
            ahead.load(a, layer, strip);
        MemorySum sum;
#pragma unroll
        for (int i = 0; i < kRowsAhead; ++i)
            if (const int key = i * kKeysAtOnce + thread / 2; key < a.widths.keys)
                sum.add(ahead.row[i], key, q, d_mem);
        for (int key = kRowsAhead * kKeysAtOnce + thread / 2; key < a.widths.keys; key += kKeysAtOnce)
            sum.add(memory_row(a, layer, strip, key), key, q, d_mem);
        sum.reduce();
        if (lane < 2) {
#pragma unroll
            for (int c = 0; c < 8; ++c)
                sums[warp * kStrip + lane * 8 + c] = sum.columns[c];
            weights[warp] = sum.weight;
        }
        __syncthreads();
        if (owner) {
            float dividend = 0, divisor = kMemoryEps;
#pragma unroll
            for (int w = 0; w < kWarps; ++w) {
                dividend += sums[w * kStrip + thread];
                divisor += weights[w];
            }
            __stcg(x, old + dividend / divisor);
        }
    }
}

__host__ __device__ inline int memory_work(int d_mem) {
    return d_mem + kWarps * (kStrip + 1);
}

/// Asks for lines that a later step reads first thing, and that no ring fetches.
__device__ inline void prefetch(const void* data, std::size_t bytes) {
    const auto step = static_cast<std::size_t>(gridDim.x) * kThreads * 128;
    for (auto at = (static_cast<std::size_t>(threadIdx.x) * gridDim.x + blockIdx.x) * 128; at < bytes;
         at += step)
        asm volatile("prefetch.global.L2 [%0];" ::"l"(static_cast<const char*>(data) + at));
}

__device__ inline void prefetch_layer(const Arguments& a, int layer, int position) {
    const DecodeShape& s = a.model.shape;
    if (layer == a.layers) {
        prefetch(a.model.final_norm, sizeof(Bf16) * s.d);
        return;
    }
    const DecodeLayer& l = a.layer[layer];
    prefetch(l.input_norm, sizeof(Bf16) * s.d);
    prefetch(l.post_norm, sizeof(Bf16) * s.d);
    if (l.memory_query) {
        prefetch(l.z, sizeof(float) * a.widths.keys);
        prefetch(l.A, sizeof(Bf16) * a.widths.keys * s.d);
    }
    const auto rows = sizeof(Bf16) * position * static_cast<std::size_t>(a.widths.kv);
    prefetch(l.cache_k, rows);
    prefetch(l.cache_v, rows);
}

} // namespace longview::kernels::cuda::decoding
