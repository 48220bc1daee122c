#pragma once
// A question with its answer and the measurements that belong to it: what the window lists, the store keeps,
// reports export.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "inference/values/generation.h"

namespace longview {

/// A place of the document where an answer's words stand together with words of its question. It was found by
/// its words: the model does not tell where it knows an answer from.
struct Mention {
    std::size_t begin = 0, end = 0; ///< bytes of Document::text
    std::string location;           ///< as Document::location() names them
    std::string quote;              ///< one line of the text around them
    bool operator==(const Mention&) const = default;
};

/// What a confidence means, for people: the bounds are those at which the default model was measured.
enum class Certainty { sure, fairly_sure, unsure };
Certainty certainty_of(double confidence);     ///< from 0.9, from 0.5, below
int percent_of(double confidence);             ///< 0 … 99: what rounds to 100 % is still no certainty
std::string_view name_of(Certainty certainty); ///< "sure", "fairly sure", "unsure"

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
    /// The probability that the model gives to all of a quoted answer; nothing for other answers.
    std::optional<double> confidence;
    double time_to_first_token_ms = 0; ///< from the request, a restore included, to the first token shown
    double tokens_per_second = 0;      ///< answer tokens over prompt and decoding time
    double total_ms = 0;
    std::vector<Mention> mentions; ///< the best first; often none
    bool operator==(const Exchange&) const = default;
};

} // namespace longview
