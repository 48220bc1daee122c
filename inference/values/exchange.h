#pragma once
// A question with its answer and the measurements that belong to it: what the window lists, the store keeps,
// reports export.

#include <cstdint>
#include <string>

#include "inference/values/generation.h"

namespace longview {

struct Exchange {
    std::string question;
    std::string answer;
    std::string asked_at; ///< UTC, ISO 8601, for example "2025-01-31T12:00:00Z"
    std::string model;    ///< the model's name
    std::string device;   ///< for example "CPU, 8 threads"
    /// The point up to which the document was known, "segment 12 of 37, page 40"; empty: to its end. The
    /// numbers below then count what lies before it.
    std::string as_of;
    StopReason stopped_because = StopReason::stop_token;
    std::int64_t answer_tokens = 0;
    std::int64_t document_tokens = 0;
    std::int64_t segments_total = 0;    ///< full segments of the document
    std::int64_t segments_computed = 0; ///< of those, read for this answer
    std::int64_t segments_reused = 0;   ///< of those, restored from memory
    double time_to_first_token_ms = 0; ///< from the request to the first token: restore, prompt, first logits
    double tokens_per_second = 0;      ///< answer tokens over prompt and decoding time
    double total_ms = 0;
    bool operator==(const Exchange&) const = default;
};

} // namespace longview
