#include "inference/model/describe.h"

#include <cstddef>

namespace longview {
namespace {

constexpr std::size_t most_bytes = 100;
constexpr std::size_t most_dimensions = 16;

bool is_continuation(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

} // namespace

std::string shown(std::string_view untrusted) {
    constexpr std::string_view digits = "0123456789abcdef";
    auto length = untrusted.size();
    if (length > most_bytes)
        for (length = most_bytes; length > 0 && is_continuation(untrusted[length]);)
            --length;
    std::string text;
    for (const char c : untrusted.substr(0, length)) {
        const auto code = static_cast<unsigned char>(c);
        if (code >= 0x20 && code != 0x7F) {
            text += c;
        } else {
            text += "\\x";
            text += digits[code / 16U];
            text += digits[code % 16U];
        }
    }
    if (length < untrusted.size())
        text += "…";
    return text;
}

std::string shape_text(std::span<const std::int64_t> shape) {
    std::string text = "[";
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (i > 0)
            text += ", ";
        if (i == most_dimensions)
            return text + "…]";
        text += std::to_string(shape[i]);
    }
    return text + "]";
}

std::string range_text(std::size_t begin, std::size_t end) {
    std::string text = "[";
    return text.append(std::to_string(begin)).append(", ").append(std::to_string(end)).append(")");
}

} // namespace longview
