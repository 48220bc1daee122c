#include "inference/values/exchange.h"

namespace longview {

Certainty certainty_of(double confidence) {
    return confidence >= 0.9   ? Certainty::sure
           : confidence >= 0.5 ? Certainty::fairly_sure
                               : Certainty::unsure;
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
