#pragma once
// Shapes and constants of an ARMT model, as read from its config.json. A plain value; parsing is in
// inference/model.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace longview {

using TokenId = std::int32_t;

/// RoPE scaling of type "llama3" (Llama 3.1/3.2 base models).
struct RopeScaling {
    double factor = 1;
    double low_freq_factor = 1;
    double high_freq_factor = 1;
    int original_max_position_embeddings = 0;
    bool operator==(const RopeScaling&) const = default;
};

/// Letters in comments are those of arXiv 2407.04841 and 2506.05229.
struct ModelConfig {
    int vocab_size = 0;
    int hidden_size = 0;       ///< d
    int intermediate_size = 0; ///< width of the SwiGLU MLP
    int layers = 0;            ///< L
    int heads = 0;             ///< query heads
    int kv_heads = 0;          ///< key/value heads (grouped-query attention)
    int head_dim = 0;
    double rms_norm_eps = 1e-5;
    double rope_theta = 10000;
    std::optional<RopeScaling> rope_scaling;
    bool tied_embeddings = true; ///< the output head is the embedding table

    int memory_tokens = 0; ///< M, appended to every segment that is written to memory
    int segment_size = 0;  ///< n, document tokens per segment
    int d_mem = 0;         ///< width of the associative keys before the feature map

    std::optional<TokenId> bos_token, eos_token;
    /// Markers around a question, if the model was trained with them (the default model was).
    std::optional<TokenId> question_token, answer_token, newline_token;

    /// When there are any, the model was trained to answer with a stretch of the document, or with one of
    /// these: "not stated". Decoding then keeps to that. They do not change what is read.
    std::vector<std::string> unquoted_answers;

    /// Segments after which a document goes on with a new, empty memory: the model forgets what lies further
    /// back than it was trained to keep. A question is asked of every memory. Nothing: one memory for all.
    std::optional<int> memory_span;

    /// The longest document, in tokens, from which the model was found to answer still; nothing: not known.
    std::optional<int> tested_tokens;

    bool quotes() const { return !unquoted_answers.empty(); }
    bool is_unquoted(const std::string& answer) const {
        return std::find(unquoted_answers.begin(), unquoted_answers.end(), answer) != unquoted_answers.end();
    }
    /// Memories of a document of so many segments: one at least.
    std::int64_t memories(std::int64_t segments) const {
        return memory_span && segments > 0 ? (segments + *memory_span - 1) / *memory_span : 1;
    }
    int keys() const { return 6 * d_mem; }                            ///< k, size of φ (DPFP with ν = 3)
    int segment_rows() const { return segment_size + memory_tokens; } ///< T
    int query_width() const { return heads * head_dim; }
    int kv_width() const { return kv_heads * head_dim; }
    int qkv_width() const { return query_width() + 2 * kv_width(); }
    /// Rows the final segment may grow to: prompt and answer together. Training never showed the model more
    /// than about 1.25 n there; 2 n leaves room for a long answer and keeps the key/value cache small.
    int final_capacity() const { return 2 * segment_size; }

    bool operator==(const ModelConfig&) const = default;
};

} // namespace longview
