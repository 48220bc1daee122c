#include "inference/text/quotation.h"

#include <algorithm>

#include "inference/text/utf8.h"

namespace longview {

namespace {

constexpr char between_phrases = '\n';

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Letters and digits, roughly: above U+2000 there are punctuation, symbols and scripts written without
/// spaces, in which a quotation may begin anywhere.
bool is_of_word(char32_t c) {
    if (c < 0x80)
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    return c >= 0xC0 && c < 0x2000;
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

/// A point or comma with a digit on each side, or right before `at`: 6.5 and 8,254 are one.
bool number_goes_on_at(std::string_view text, std::size_t at) {
    const auto joins = [&](std::size_t i) {
        return i > 0 && i + 1 < text.size() && (text[i] == '.' || text[i] == ',') && is_digit(text[i - 1]) &&
               is_digit(text[i + 1]);
    };
    return joins(at) || (at > 0 && joins(at - 1));
}

bool is_cut_at(std::string_view text, std::size_t at) {
    return (word_ends_at(text, at) && word_begins_at(text, at)) || number_goes_on_at(text, at);
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

Quotation::Quotation(const Tokenizer& tokenizer, std::span<const TokenId> text,
                     std::span<const std::string> phrases)
    : tokenizer_(tokenizer) {
    text_.reserve(text.size() * 4);
    for (const TokenId id : text)
        append_with_single_spaces(text_, tokenizer.bytes_of(id));
    document_bytes_ = text_.size();
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
