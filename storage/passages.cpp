#include "storage/passages.h"

#include <algorithm>

namespace longview::storage {

namespace {

constexpr std::size_t shortest = 800, usual = 2000, longest = 4000; // bytes
constexpr std::string_view break_mark = "\u200B";

unsigned char byte_at(std::string_view text, std::size_t at) {
    return static_cast<unsigned char>(text[at]);
}

bool continues(unsigned char byte) {
    return (byte & 0xC0U) == 0x80;
}

/// The first byte of a code point from U+3000 to U+D7FF or from U+20000 on: ideographs, kana, syllables.
bool begins_ideograph(std::string_view text, std::size_t at) {
    const auto lead = byte_at(text, at);
    return (lead >= 0xE3 && lead <= 0xED) ||
           (lead == 0xF0 && at + 1 < text.size() && byte_at(text, at + 1) >= 0xA0);
}

/// Where a passage that begins at `begin` ends.
std::size_t end_of_passage(std::string_view text, std::size_t begin) {
    if (text.size() - begin <= usual)
        return text.size();
    const auto paragraph = text.find("\n\n", begin + shortest);
    if (paragraph != std::string_view::npos && paragraph - begin <= usual)
        return text.find_first_not_of('\n', paragraph) == std::string_view::npos
                   ? text.size()
                   : text.find_first_not_of('\n', paragraph);
    for (const char border : {'\n', ' '}) {
        const auto end = text.rfind(border, begin + (border == '\n' ? usual : longest) - 1);
        if (end != std::string_view::npos && end >= begin + shortest)
            return end + 1;
    }
    auto end = std::min(begin + longest, text.size());
    while (end < text.size() && end > begin + 1 && continues(byte_at(text, end)))
        --end;
    return end;
}

std::string quoted(std::string_view words) {
    std::string text = "\"";
    for (const char c : words) {
        text += c;
        if (c == '"')
            text += c;
    }
    return text + "\"";
}

/// Whether the index would see a word in it at all.
bool has_word(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte >= 0x80 || (byte >= '0' && byte <= '9') ||
               ((byte | 0x20U) >= 'a' && (byte | 0x20U) <= 'z');
    });
}

} // namespace

std::vector<Passage> passages_of(std::string_view text) {
    std::vector<Passage> passages;
    std::size_t line = 1;
    for (std::size_t begin = 0; begin < text.size();) {
        const auto end = end_of_passage(text, begin);
        passages.push_back({begin, end, line});
        const auto piece = text.substr(begin, end - begin);
        line += static_cast<std::size_t>(std::count(piece.begin(), piece.end(), '\n'));
        begin = end;
    }
    return passages;
}

std::string with_breaks(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (begins_ideograph(text, at))
            result += break_mark;
        result += text[at];
    }
    return result;
}

std::string without_breaks(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const auto after = at + break_mark.size();
        const bool inserted =
            text.substr(at).starts_with(break_mark) &&
            (after >= text.size() || begins_ideograph(text, after) || byte_at(text, after) < 0x20);
        if (inserted)
            at = after;
        else
            result += text[at++];
    }
    return result;
}

std::string match_expression(std::string_view text) {
    std::string without_zeros(text); // a zero byte would end the query in the middle
    std::replace(without_zeros.begin(), without_zeros.end(), '\0', ' ');
    std::string_view typed(without_zeros);
    std::string expression;
    while (!typed.empty()) {
        const bool phrase = typed.front() == '"';
        if (phrase)
            typed.remove_prefix(1);
        const auto end = std::min(typed.find_first_of(phrase ? "\"" : " \t\n\""), typed.size());
        auto words = typed.substr(0, end);
        typed.remove_prefix(
            std::min(phrase || (end < typed.size() && typed[end] != '"') ? end + 1 : end, typed.size()));
        const bool beginning = !phrase && words.size() > 1 && words.ends_with('*');
        if (beginning)
            words.remove_suffix(1);
        if (has_word(words))
            expression +=
                (expression.empty() ? "" : " ") + quoted(with_breaks(words)) + (beginning ? "*" : "");
    }
    return expression;
}

std::string nearness_expression(const std::vector<std::string>& all, const std::vector<std::string>& any) {
    const auto phrases = [](const std::vector<std::string>& words) {
        std::vector<std::string> list;
        for (const auto& word : words)
            if (has_word(word))
                list.push_back(quoted(with_breaks(word)) + " ");
        return list;
    };
    std::string together;
    for (const auto& phrase : phrases(all))
        together += phrase;
    if (together.empty())
        return {};
    if (any.empty())
        return "NEAR(" + together + ", 20)";
    std::string expression;
    for (const auto& phrase : phrases(any))
        expression.append(expression.empty() ? "NEAR(" : " OR NEAR(")
            .append(together)
            .append(phrase)
            .append(", 20)");
    return expression;
}
} // namespace longview::storage
