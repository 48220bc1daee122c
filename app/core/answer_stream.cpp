#include "app/core/answer_stream.h"

#include "inference/text/utf8.h"

namespace longview::app {

namespace {

/// Without the end that a further byte token may still turn into something else.
std::string_view settled(std::string_view text) {
    constexpr std::string_view replacement = "\xEF\xBF\xBD";
    text = text.substr(0, complete_prefix(text));
    while (text.ends_with(replacement))
        text.remove_suffix(replacement.size());
    return text;
}

} // namespace

void AnswerStream::add(TokenId token) {
    tokens_.push_back(token);
    const std::string text = tokenizer_.decode(tokens_);
    hand_out(settled(text));
}

const std::string& AnswerStream::finish() {
    hand_out(tokenizer_.decode(tokens_));
    return given_;
}

void AnswerStream::hand_out(std::string_view text) {
    if (text.size() <= given_.size() || !text.starts_with(given_))
        return;
    const std::string_view piece = text.substr(given_.size());
    if (on_piece_)
        on_piece_(piece);
    given_ += piece;
}

} // namespace longview::app
