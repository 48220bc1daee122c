#include "inference/text/quotation.h"

#include <algorithm>

#include "inference/text/utf8.h"

namespace longview {

namespace {

constexpr char between_phrases = '\n';

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Letters and digits of the scripts that put spaces between words, roughly. In others (Thai to Myanmar,
/// Khmer, Chinese, Japanese) a quotation may begin anywhere.
bool is_of_word(char32_t c) {
    if (c < 0x80)
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    const auto from_to = [c](char32_t first, char32_t last) { return c >= first && c <= last; };
    if (c == U'\u00D7' || c == U'\u00F7' || from_to(0xE00, 0x109F) || from_to(0x1780, 0x17FF))
        return false;
    return from_to(0xC0, 0x1FFF) || from_to(0x2C60, 0x2DFF) || from_to(0xAC00, 0xD7A3);
}

bool word_begins_at(std::string_view text, std::size_t at) {
    return at < text.size() && is_of_word(code_point_at(text, at).value);
}

bool word_ends_at(std::string_view text, std::size_t at) {
    std::size_t begin = at;
    while (begin > 0 && at - begin < 4) {
        --begin;
        if ((static_cast<unsigned char>(text[begin]) & 0xC0U) != 0x80U)
            break;
    }
    return begin < at && is_of_word(code_point_at(text, begin).value);
}

/// A point between digits, or a comma before three of them, at or right before `at`: 6.5 and 8,254 are one
/// number, 1,2 are two.
bool number_goes_on_at(std::string_view text, std::size_t at) {
    const auto digit = [&](std::size_t i) { return i < text.size() && is_digit(text[i]); };
    const auto joins = [&](std::size_t i) {
        if (i == 0 || i >= text.size() || !digit(i - 1) || !digit(i + 1))
            return false;
        return text[i] == '.' || (text[i] == ',' && digit(i + 2) && digit(i + 3) && !digit(i + 4));
    };
    return joins(at) || (at > 0 && joins(at - 1));
}

bool is_cut_at(std::string_view text, std::size_t at) {
    const bool inside_character = at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U;
    return inside_character || (word_ends_at(text, at) && word_begins_at(text, at)) ||
           number_goes_on_at(text, at);
}

void append_with_single_spaces(std::string& text, std::string_view piece) {
    for (const char c : piece) {
        const bool white = c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
        if (!white)
            text += c;
        else if (!text.empty() && text.back() != ' ' && text.back() != between_phrases)
            text += ' ';
    }
}

} // namespace

Quotation::Quotation(const Tokenizer& tokenizer, std::span<const TokenId> text, std::size_t reach,
                     std::span<const std::string> phrases)
    : tokenizer_(tokenizer) {
    text_.reserve(reach * 4);
    for (const TokenId id : text.first(reach))
        append_with_single_spaces(text_, tokenizer.bytes_of(id));
    document_bytes_ = text_.size();
    if (reach < text.size())
        append_with_single_spaces(text_, tokenizer.bytes_of(text[reach]));
    while (document_bytes_ > 0 && is_cut_at(text_, document_bytes_))
        --document_bytes_;
    text_.resize(document_bytes_);
    for (const std::string& phrase : phrases) {
        text_ += between_phrases;
        append_with_single_spaces(text_, phrase);
    }
    text_ += between_phrases;
}

bool Quotation::may_begin(std::size_t at) const {
    return at < document_bytes_ ? !is_cut_at(text_, at) && (at == 0 || text_[at] != ' ')
                                : text_[at - 1] == between_phrases;
}

bool Quotation::may_end_at(std::size_t at) const {
    return at <= document_bytes_ ? !is_cut_at(text_, at) : text_[at] == between_phrases;
}

/// The first place at or after `from` where a quotation may begin with `piece`; npos when there is none.
std::size_t Quotation::next_beginning(std::string_view piece, std::size_t from) const {
    std::size_t at = text_.find(piece, from);
    while (at != std::string::npos && !may_begin(at))
        at = text_.find(piece, at + 1);
    return at;
}

bool Quotation::allows(TokenId next) const {
    std::string_view piece = tokenizer_.bytes_of(next);
    if (piece.empty() || piece.find(between_phrases) != std::string_view::npos)
        return false;
    if (!reached_.empty())
        return std::ranges::any_of(
            reached_, [&](std::size_t at) { return std::string_view(text_).substr(at).starts_with(piece); });
    if (piece == " ")
        return !spaced_;
    piece.remove_prefix(!spaced_ && piece.starts_with(' ') ? 1 : 0);
    return next_beginning(piece, 0) != std::string::npos;
}

bool Quotation::may_end() const {
    return std::ranges::any_of(reached_, [this](std::size_t at) { return may_end_at(at); });
}

void Quotation::add(TokenId next) {
    std::string_view piece = tokenizer_.bytes_of(next);
    if (!reached_.empty()) {
        std::erase_if(reached_,
                      [&](std::size_t at) { return !std::string_view(text_).substr(at).starts_with(piece); });
        for (std::size_t& at : reached_)
            at += piece.size();
        return;
    }
    if (piece == " ") {
        spaced_ = true;
        return;
    }
    piece.remove_prefix(!spaced_ && piece.starts_with(' ') ? 1 : 0);
    for (std::size_t at = next_beginning(piece, 0); at != std::string::npos;
         at = next_beginning(piece, at + 1))
        reached_.push_back(at + piece.size());
}

} // namespace longview
