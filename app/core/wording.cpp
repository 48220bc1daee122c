#include "app/core/wording.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "inference/values/exchange.h"

namespace longview::app {

std::string fixed(double value, int digits) {
    std::array<char, 64> text{};
    const int size = std::snprintf(text.data(), text.size(), "%.*f", digits, value);
    return {text.data(), std::min(static_cast<std::size_t>(std::max(size, 0)), text.size() - 1)};
}

std::string grouped(std::int64_t value) {
    std::string digits = std::to_string(value);
    const std::size_t sign = value < 0 ? 1 : 0;
    for (std::size_t i = digits.size(); i > sign + 3;) {
        i -= 3;
        digits.insert(i, 1, ',');
    }
    return digits;
}

std::string certainty_text(double confidence) {
    const int percent = percent_of(confidence);
    return std::string(name_of(certainty_of(confidence))) +
           (percent < 1 ? ", less than 1 %" : ", " + std::to_string(percent) + " %");
}

} // namespace longview::app
