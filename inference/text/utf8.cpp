#include "inference/text/utf8.h"

#include <algorithm>
#include <iterator>

namespace longview {
namespace {

constexpr std::string_view replacement = "\uFFFD";

/// A lead byte's sequence: its length and what the second byte may be (Unicode, table 3-7).
struct Lead {
    std::size_t length;
    unsigned char second_low, second_high;
};

Lead lead_of(unsigned char byte) {
    if (byte < 0x80)
        return {1, 0, 0};
    if (byte >= 0xC2 && byte <= 0xDF)
        return {2, 0x80, 0xBF};
    if (byte >= 0xE0 && byte <= 0xEF)
        return {3, static_cast<unsigned char>(byte == 0xE0 ? 0xA0 : 0x80),
                static_cast<unsigned char>(byte == 0xED ? 0x9F : 0xBF)};
    if (byte >= 0xF0 && byte <= 0xF4)
        return {4, static_cast<unsigned char>(byte == 0xF0 ? 0x90 : 0x80),
                static_cast<unsigned char>(byte == 0xF4 ? 0x8F : 0xBF)};
    return {0, 0, 0};
}

/// Bytes from `at` on that are the beginning of the well-formed sequence `lead` announces; at most
/// lead.length.
std::size_t matching(std::string_view bytes, std::size_t at, Lead lead) {
    std::size_t count = 1;
    while (count < lead.length && at + count < bytes.size()) {
        const auto byte = static_cast<unsigned char>(bytes[at + count]);
        const auto low = count == 1 ? lead.second_low : 0x80;
        const auto high = count == 1 ? lead.second_high : 0xBF;
        if (byte < low || byte > high)
            break;
        ++count;
    }
    return count;
}

} // namespace

CodePoint code_point_at(std::string_view bytes, std::size_t at) {
    const auto first = static_cast<unsigned char>(bytes[at]);
    if (first < 0x80)
        return {first, 1, true};
    const auto lead = lead_of(first);
    const auto count = lead.length == 0 ? 1 : matching(bytes, at, lead);
    if (count != lead.length)
        return {0xFFFD, count, false};
    char32_t value = first & (0x7FU >> lead.length);
    for (std::size_t i = 1; i < count; ++i)
        value = (value << 6U) | (static_cast<unsigned char>(bytes[at + i]) & 0x3FU);
    return {value, count, true};
}

void append_code_point(std::string& text, char32_t value) {
    const auto tail = [&](unsigned shift) { text += static_cast<char>(0x80U | ((value >> shift) & 0x3FU)); };
    if (value < 0x80) {
        text += static_cast<char>(value);
    } else if (value < 0x800) {
        text += static_cast<char>(0xC0U | (value >> 6U));
        tail(0);
    } else if (value < 0x10000) {
        text += static_cast<char>(0xE0U | (value >> 12U));
        tail(6);
        tail(0);
    } else {
        text += static_cast<char>(0xF0U | (value >> 18U));
        tail(12);
        tail(6);
        tail(0);
    }
}

bool is_white_space(char32_t value) {
    if (value < 0x80)
        return value == ' ' || (value >= 0x09 && value <= 0x0D) || (value >= 0x1C && value <= 0x1F);
    constexpr char32_t others[] = {0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000};
    return (value >= 0x2000 && value <= 0x200A) ||
           std::find(std::begin(others), std::end(others), value) != std::end(others);
}

std::string_view trim(std::string_view utf8) {
    std::size_t begin = 0;
    while (begin < utf8.size()) {
        const auto point = code_point_at(utf8, begin);
        if (!point.valid || !is_white_space(point.value))
            break;
        begin += point.length;
    }
    utf8.remove_prefix(begin);
    while (!utf8.empty()) {
        auto start = utf8.size() - 1;
        while (start > 0 && (static_cast<unsigned char>(utf8[start]) & 0xC0U) == 0x80U)
            --start;
        const auto point = code_point_at(utf8, start);
        if (!point.valid || start + point.length != utf8.size() || !is_white_space(point.value))
            break;
        utf8 = utf8.substr(0, start);
    }
    return utf8;
}

Utf8Repair repair_utf8(std::string_view bytes) {
    Utf8Repair repair;
    repair.text.reserve(bytes.size());
    std::size_t valid_from = 0; // everything from here to `at` is well-formed and not yet copied
    std::size_t at = 0;
    while (at < bytes.size()) {
        const auto point = code_point_at(bytes, at);
        if (!point.valid) {
            repair.text += bytes.substr(valid_from, at - valid_from);
            for (const char byte : replacement) {
                repair.origin.add(repair.text.size(), at);
                repair.text += byte;
            }
            repair.replaced_bytes += point.length;
            valid_from = at + point.length;
            repair.origin.add(repair.text.size(), valid_from);
        }
        at += point.length;
    }
    repair.text += bytes.substr(valid_from);
    return repair;
}

std::size_t complete_prefix(std::string_view bytes) {
    for (std::size_t back = 1; back <= std::min<std::size_t>(3, bytes.size()); ++back) {
        const auto at = bytes.size() - back;
        const auto lead = lead_of(static_cast<unsigned char>(bytes[at]));
        if (lead.length > back && matching(bytes, at, lead) == back)
            return at;
    }
    return bytes.size();
}

} // namespace longview
