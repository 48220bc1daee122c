#include "inference/values/generation.h"

namespace longview {

std::string_view name_of(StopReason reason) {
    switch (reason) {
    case StopReason::stop_token:
        return "stop_token";
    case StopReason::max_tokens:
        return "max_tokens";
    case StopReason::segment_full:
        return "segment_full";
    case StopReason::cancelled:
        return "cancelled";
    }
    return "unknown";
}

double Generation::tokens_per_second() const {
    const double total_ms = prefill_ms + decode_ms;
    return total_ms > 0 ? 1000.0 * static_cast<double>(tokens.size()) / total_ms : 0.0;
}

} // namespace longview
