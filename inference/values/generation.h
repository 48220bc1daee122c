#pragma once
// How an answer is asked for, and what comes back from the engine.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "inference/values/model_config.h"

namespace longview {

struct SamplingOptions {
    double temperature = 0; ///< 0 is greedy
    double top_p = 1;       ///< nucleus sampling (Holtzman et al., arXiv 1904.09751)
    std::uint64_t seed = 0; ///< the same seed gives the same answer
};

enum class StopReason {
    stop_token,   ///< the model ended its answer
    max_tokens,   ///< the asked-for maximum was reached
    segment_full, ///< prompt and answer fill the final segment's key/value cache
    cancelled,    ///< the person stopped it
};

/// Machine-readable name, as in `ask --json`: "stop_token", "max_tokens", "segment_full", "cancelled".
std::string_view name_of(StopReason reason);

struct Generation {
    std::vector<TokenId> tokens; ///< without the stop token
    StopReason stopped_because = StopReason::stop_token;
    /// Of the tokens and the stop token together, Π p(token | those before) over the whole vocabulary, at
    /// temperature 1; nothing without a stop token, or where the device chose.
    std::optional<double> probability;
    double prefill_ms = 0; ///< final segment through all layers, to the first logits
    double decode_ms = 0;  ///< everything after that
    double tokens_per_second() const;
};

} // namespace longview
