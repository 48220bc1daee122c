#pragma once
// One token through all layers, batch 1, on a CUDA device: the rows of the KV cache are there already
// (fill_cache), the memory is finished. Formulas and row layouts are those of kernels/ops.h; activations of
// the one row stay float32, weights and cache are bfloat16. No CUDA type in sight.
//
// The result depends on the inputs alone, not on the number of multiprocessors: every sum has one owner and a
// fixed order.

#include <cstddef>
#include <cstdint>

#include "kernels/cuda/ops.h"
#include "kernels/shapes.h"
#include "kernels/status.h"

namespace longview::kernels::cuda {

/// What changes from token to token. It lies in device memory, so that one captured graph serves every token.
struct DecodeCursor {
    std::int32_t token = 0;    ///< the id to embed
    std::int32_t position = 0; ///< rows in the cache already; the new row's index and RoPE position
};

/// d, mlp_width and the widths of attention are multiples of 8, head_dim of 16 (at most 128).
struct DecodeShape {
    int d = 0, mlp_width = 0, d_mem = 0, vocab = 0;
    int capacity = 0; ///< rows of a layer's cache
    AttentionShape attention;
    int keys() const { return 6 * d_mem; }
};

/// One layer's matrices, [out, in] row-major, 16-byte aligned, in device memory.
struct DecodeLayer {
    const Bf16* memory_query = nullptr; ///< [d_mem, d]; nullptr: nothing was written yet, nothing is read
    const Bf16* A = nullptr;            ///< [keys, d], the rounded copy
    const float* z = nullptr;           ///< [keys]
    const Bf16* input_norm = nullptr;   ///< [d]
    const Bf16* qkv = nullptr;          ///< [qkv_width, d]
    const Bf16* o = nullptr;            ///< [d, q_width]
    const Bf16* post_norm = nullptr;    ///< [d]
    const Bf16* gate_up = nullptr;      ///< [2·mlp_width, d], rows gate₀ up₀ gate₁ up₁ …
    const Bf16* down = nullptr;         ///< [d, mlp_width]
    Bf16* cache_k = nullptr;            ///< [capacity, kv_width], rotated keys
    Bf16* cache_v = nullptr;            ///< [capacity, kv_width]
};

inline constexpr int kMaxDecodeLayers = 64;

struct DecodeModel {
    DecodeShape shape;
    float eps = 0;
    RopeTable rope;
    const Bf16* embedding = nullptr;  ///< [vocab, d]
    const Bf16* final_norm = nullptr; ///< [d]
    const Bf16* head = nullptr;       ///< [vocab, d]
    float* scratch = nullptr;         ///< decode_scratch_floats(shape), 16-byte aligned
};

struct DecodeOutput {
    float* x = nullptr;             ///< [d]: the row after the last layer
    float* logits = nullptr;        ///< [vocab]
    std::int32_t* chosen = nullptr; ///< [1]: see greedy; nullptr: nothing is chosen
    bool advance = false;           ///< also {chosen, position + 1} becomes the cursor, unless chosen is -1
    /// nullptr, or [2 · decode_barriers()]: the clock of one multiprocessor when it reaches and when it
    /// leaves each barrier between two steps. For measurements.
    std::int64_t* trace = nullptr;
};

std::size_t decode_scratch_floats(const DecodeShape& shape);

/// Steps of a token that wait for one another.
int decode_barriers(const DecodeLayer* layers, int count);

/// Enqueues one token: embeds, runs `count` layers (an array in host memory, read during the call), appends
/// to their caches, writes logits. A cursor outside the vocabulary, the cache or the RoPE table changes
/// nothing but `chosen`, which becomes -1. Runs as one cooperative grid, so no other one may wait inside it.
Status decode_token(Stream stream, const DecodeModel& model, const DecodeLayer* layers, int count,
                    DecodeCursor* cursor, const DecodeOutput& out);

/// The rule of `chosen` on logits from elsewhere: the largest finite logit, the lowest id among equals, -1 if
/// none is finite. With a cursor, {chosen, position + 1} becomes the cursor unless chosen is -1.
Status greedy(Stream stream, const float* logits, int vocab, std::int32_t* chosen, DecodeCursor* cursor);

} // namespace longview::kernels::cuda
