#include "kernels/cuda/decode.h"

#include <algorithm>
#include <cstdint>

#include "kernels/cuda/decode_attention.cuh"
#include "kernels/cuda/decode_plan.cuh"
#include "kernels/cuda/decode_ring.cuh"
#include "kernels/cuda/decode_steps.cuh"

namespace longview::kernels::cuda {

namespace {

using namespace decoding;

constexpr int kGreedyThreads = 1024;
constexpr int kMaxStages = 8;

/// Shared memory in front of the rings' tiles.
__host__ __device__ constexpr unsigned ring_states(int stages) {
    return (kWarps * ring_state_bytes(stages) + 127) / 128 * 128;
}

struct Everything {
    const Arguments& a;
    Ring& ring;
    Deal& deal;
    GridBarrier& barrier;
    float* reduction; ///< [kWarps]
    float* work;
    int position, splits;
};

__device__ __forceinline__ void run_layer(const Everything& e, int layer) {
    const Arguments& a = e.a;
    const DecodeShape& s = a.model.shape;
    const DecodeLayer& l = a.layer[layer];
    float* const x = a.out.x;
    const auto normed = [&](const Bf16* weight, const uint2& own) {
        return load_normed(x, weight, own, s.d, a.model.eps, e.reduction, e.work);
    };
    uint2 own;
    if (l.memory_query) {
        multiply_rows<false>(e.ring, e.deal, layer_matrix(a, layer, Step::memory_query),
                             load_vector(x, s.d, e.work), a.scratch.memory_query);
        MemoryRows ahead;
        ahead.load(a, l, static_cast<int>(blockIdx.x));
        e.barrier.wait();
        read_memory(a, l, ahead, e.work);
        own = first_weights(l.input_norm, s.d);
        e.barrier.wait();
    } else {
        own = first_weights(l.input_norm, s.d);
    }
    project_qkv(a, e.ring, e.deal, layer, e.position, normed(l.input_norm, own));
    e.barrier.wait();
    attend(a, l, e.position, e.work);
    e.barrier.wait();
    multiply_rows<true>(e.ring, e.deal, layer_matrix(a, layer, Step::o), load_heads(a, e.splits, e.work), x);
    own = first_weights(l.post_norm, s.d);
    e.barrier.wait();
    multiply(
        e.ring, e.deal, layer_matrix(a, layer, Step::gate_up), normed(l.post_norm, own),
        [](int) { return 0; },
        [&](int unit, int, float gate, float up) {
            if (e.ring.lane == 0)
                __stcg(a.scratch.mlp + unit, gate / (1.0F + expf(-gate)) * up);
        });
    prefetch_layer(a, layer + 1, e.position);
    e.barrier.wait();
    multiply_rows<true>(e.ring, e.deal, layer_matrix(a, layer, Step::down),
                        load_vector(a.scratch.mlp, s.mlp_width, e.work), x);
    e.barrier.wait();
}

/// Logits, and the best of them by the block that comes last.
__device__ __forceinline__ void run_head(const Everything& e) {
    const Arguments& a = e.a;
    const DecodeShape& s = a.model.shape;
    unsigned long long best = 0;
    multiply(
        e.ring, e.deal, head_matrix(a),
        load_normed(a.out.x, a.model.final_norm, first_weights(a.model.final_norm, s.d), s.d, a.model.eps,
                    e.reduction, e.work),
        [](int) { return 0; },
        [&](int unit, int, float first, float second) {
            if (e.ring.lane != 0)
                return;
            a.out.logits[2 * unit] = first;
            best = larger(best, rank_of(first, 2 * unit));
            if (2 * unit + 1 < s.vocab) {
                a.out.logits[2 * unit + 1] = second;
                best = larger(best, rank_of(second, 2 * unit + 1));
            }
        });
    if (!a.out.chosen && !a.out.advance)
        return;
    __shared__ unsigned long long ranks[kWarps];
    __shared__ bool last;
    best = block_best(best, ranks);
    if (threadIdx.x == 0) {
        __stcg(a.scratch.best + blockIdx.x, best);
        __threadfence();
        last = atomicAdd(a.scratch.finished, 1U) + 1 == gridDim.x;
        __threadfence();
    }
    __syncthreads();
    if (!last)
        return;
    best = 0;
    for (unsigned i = threadIdx.x; i < gridDim.x; i += kThreads)
        best = larger(best, __ldcg(a.scratch.best + i));
    best = block_best(best, ranks);
    if (threadIdx.x == 0)
        choose(best, a.out.chosen, a.out.advance ? a.cursor : nullptr);
}

__global__ void __launch_bounds__(kThreads, 1) decode_kernel(const __grid_constant__ Arguments a) {
    extern __shared__ __align__(128) unsigned char shared[];
    __shared__ float reduction[kWarps];
    const DecodeShape& s = a.model.shape;
    const DecodeCursor cursor{__ldcg(&a.cursor->token), __ldcg(&a.cursor->position)};
    if (cursor.token < 0 || cursor.token >= s.vocab || cursor.position < 0 || cursor.position >= s.capacity ||
        cursor.position >= a.model.rope.positions) {
        if (blockIdx.x == 0 && threadIdx.x == 0 && a.out.chosen)
            *a.out.chosen = -1;
        return;
    }
    const int warp = threadIdx.x / 32;
    unsigned char* const tiles = shared + ring_states(a.stages);
    Ring ring(a, shared + static_cast<std::size_t>(warp) * ring_state_bytes(a.stages),
              tiles + static_cast<std::size_t>(warp) * a.stages * kTileBytes);
    Deal deal = make_deal();
    GridBarrier barrier{a.scratch.barrier, blockIdx.x == 0 && threadIdx.x == 0 ? a.out.trace : nullptr};
    auto* const work =
        reinterpret_cast<float*>(tiles + static_cast<std::size_t>(kWarps) * a.stages * kTileBytes);

    const __nv_bfloat16* const row = bf16(a.model.embedding) + static_cast<std::size_t>(cursor.token) * s.d;
    for (int i = static_cast<int>(threadIdx.x * gridDim.x + blockIdx.x); i < s.d; i += gridDim.x * kThreads)
        __stcg(a.out.x + i, __bfloat162float(row[i]));
    prefetch_layer(a, 0, cursor.position);
    barrier.wait();
    const Everything e{a,
                       ring,
                       deal,
                       barrier,
                       reduction,
                       work,
                       cursor.position,
                       (cursor.position + split_length(cursor.position + 1)) /
                           split_length(cursor.position + 1)};
    for (int layer = 0; layer < a.layers; ++layer)
        run_layer(e, layer);
    run_head(e);
}

__global__ void __launch_bounds__(kGreedyThreads)
    greedy_kernel(const float* logits, int vocab, std::int32_t* chosen, DecodeCursor* cursor) {
    __shared__ unsigned long long ranks[kGreedyThreads / 32];
    unsigned long long best = 0;
#pragma unroll 8
    for (int i = static_cast<int>(threadIdx.x); i < vocab; i += kGreedyThreads)
        best = larger(best, rank_of(logits[i], i));
    best = block_best(best, ranks);
    if (threadIdx.x == 0)
        choose(best, chosen, cursor);
}

/// Most splits that a context of up to `capacity` keys is cut into; see split_length.
int max_splits(int capacity) {
    return std::max({ceil_div(std::min(capacity, 1024), 128), ceil_div(std::min(capacity, 4096), 256),
                     ceil_div(capacity, kMaxSplit)});
}

/// Hands out 16-byte aligned pieces of the scratch; with nullptr it only counts.
struct Pieces {
    float* base;
    std::size_t used = 0;
    template <class T = float>
    T* take(std::size_t floats) {
        auto* const at = base ? reinterpret_cast<T*>(base + used) : nullptr;
        used += (floats + 3) / 4 * 4;
        return at;
    }
};

constexpr std::size_t kCounters = 2;

Scratch lay_out(const DecodeShape& s, Pieces& pieces) {
    const auto size = [](int n) { return static_cast<std::size_t>(n); };
    const auto split_heads = size(s.attention.heads) * size(max_splits(s.capacity));
    Scratch scratch{};
    scratch.barrier = pieces.take<unsigned>(kCounters);
    if (scratch.barrier)
        scratch.finished = scratch.barrier + 1;
    scratch.memory_query = pieces.take(size(s.d_mem));
    scratch.q = pieces.take(size(s.attention.q_width()));
    scratch.mlp = pieces.take(size(s.mlp_width));
    scratch.partial = pieces.take(split_heads * size(s.attention.head_dim));
    scratch.stats = pieces.take<float2>(2 * split_heads);
    scratch.best = pieces.take<unsigned long long>(std::size_t{2} * kMaxBlocks);
    return scratch;
}

const char* problem_of(const DecodeShape& s) {
    const AttentionShape& att = s.attention;
    if (s.d <= 0 || s.mlp_width <= 0 || s.vocab <= 0 || s.capacity <= 0 || att.heads <= 0 ||
        att.kv_heads <= 0)
        return "decode_token: sizes must be positive";
    if (s.d % 8 != 0 || s.mlp_width % 8 != 0)
        return "decode_token: the widths must be multiples of 8";
    if (att.head_dim <= 0 || att.head_dim % 16 != 0 || att.head_dim > kMaxHeadDim)
        return "decode_token: the head size must be a multiple of 16, at most 128";
    if (att.heads % att.kv_heads != 0)
        return "decode_token: the heads must be a multiple of the key/value heads";
    return nullptr;
}

bool missing(const DecodeLayer& l) {
    return !l.input_norm || !l.qkv || !l.o || !l.post_norm || !l.gate_up || !l.down || !l.cache_k ||
           !l.cache_v || (l.memory_query && (!l.A || !l.z));
}

std::size_t work_bytes(const DecodeShape& s) {
    const int vector = std::max({s.d, s.mlp_width, s.attention.q_width()});
    return sizeof(float) *
           static_cast<std::size_t>(std::max({vector, memory_work(s.d_mem), attention_work(s.attention)}));
}

} // namespace

std::size_t decode_scratch_floats(const DecodeShape& shape) {
    if (problem_of(shape))
        return 0;
    Pieces pieces{nullptr};
    lay_out(shape, pieces);
    return pieces.used;
}

int decode_barriers(const DecodeLayer* layers, int count) {
    int barriers = 1; // the embedding
    for (int i = 0; i < count; ++i)
        barriers += layers[i].memory_query ? 7 : 5;
    return barriers;
}

Status decode_token(Stream stream, const DecodeModel& model, const DecodeLayer* layers, int count,
                    DecodeCursor* cursor, const DecodeOutput& out) {
    const DecodeShape& s = model.shape;
    if (const char* problem = problem_of(s))
        return {problem};
    if (count < 0 || count > kMaxDecodeLayers || (count > 0 && !layers))
        return {"decode_token: from 0 to 64 layers"};
    if (!model.rope.cos || !model.rope.sin || !model.embedding || !model.final_norm || !model.head ||
        !model.scratch || !cursor || !out.x || !out.logits || std::any_of(layers, layers + count, missing))
        return {"decode_token: a matrix is missing"};
    if (std::any_of(layers, layers + count,
                    [&](const DecodeLayer& l) { return l.memory_query && s.d_mem < 2; }))
        return {"decode_token: d_mem must be at least 2"};

    int device = 0, multiprocessors = 0, shared = 0;
    if (cudaGetDevice(&device) != cudaSuccess ||
        cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, device) != cudaSuccess ||
        cudaDeviceGetAttribute(&shared, cudaDevAttrMaxSharedMemoryPerBlockOptin, device) != cudaSuccess)
        return {"decode_token: the device does not answer"};
    cudaFuncAttributes own{};
    if (cudaFuncGetAttributes(&own, decode_kernel) != cudaSuccess)
        return {"decode_token: the device cannot run this program's kernels"};
    const auto bytes_of = [&](int stages) {
        return ring_states(stages) + work_bytes(s) +
               std::size_t{kWarps} * kTileBytes * static_cast<unsigned>(stages);
    };
    int stages = kMaxStages;
    while (stages > 0 && bytes_of(stages) + own.sharedSizeBytes > static_cast<std::size_t>(shared))
        --stages;
    if (stages == 0)
        return {"decode_token: too wide for the device's shared memory"};

    Arguments a{};
    a.model = model;
    a.out = out;
    Pieces pieces{model.scratch};
    a.scratch = lay_out(s, pieces);
    a.widths = {s.attention.q_width(), s.attention.kv_width(), s.attention.qkv_width(), s.keys()};
    a.cursor = cursor;
    a.layers = count;
    a.stages = stages;
    std::copy_n(layers, count, a.layer);

    const std::size_t bytes = bytes_of(stages);
    if (cudaFuncSetAttribute(decode_kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                             static_cast<int>(bytes)) != cudaSuccess ||
        cudaMemsetAsync(a.scratch.barrier, 0, sizeof(unsigned) * kCounters, stream) != cudaSuccess)
        return {"decode_token: the kernel cannot be prepared"};
    void* arguments[] = {&a};
    return cudaLaunchCooperativeKernel(reinterpret_cast<const void*>(decode_kernel),
                                       dim3(std::min(multiprocessors, kMaxBlocks)), dim3(kThreads), arguments,
                                       bytes, stream) == cudaSuccess
               ? Status{}
               : Status{"decode_token: the kernel did not start"};
}

Status greedy(Stream stream, const float* logits, int vocab, std::int32_t* chosen, DecodeCursor* cursor) {
    if (vocab <= 0 || !logits || (!chosen && !cursor))
        return {"greedy: nothing to choose from or no place for the result"};
    greedy_kernel<<<1, kGreedyThreads, 0, stream>>>(logits, vocab, chosen, cursor);
    return launched("greedy: the kernel did not start");
}

} // namespace longview::kernels::cuda
