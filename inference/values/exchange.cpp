#include "inference/values/exchange.h"

#include <algorithm>

namespace longview {

Certainty certainty_of(double confidence) {
    return confidence >= 0.9   ? Certainty::sure
           : confidence >= 0.5 ? Certainty::fairly_sure
                               : Certainty::unsure;
}

int percent_of(double confidence) {
    return static_cast<int>(std::clamp(confidence * 100, 0.0, 99.0));
}

std::string_view name_of(Certainty certainty) {
    switch (certainty) {
    case Certainty::sure:
        return "sure";
    case Certainty::fairly_sure:
        return "fairly sure";
    case Certainty::unsure:
        return "unsure";
    }
    return "unknown";
}

} // namespace longview
