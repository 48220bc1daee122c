#pragma once
// Turns answer tokens into text as they come.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "inference/text/tokenizer.h"

namespace longview::app {

/// Hands out text only once no later token can change it: whole code points, and no replacement character
/// that the next byte token may complete. All pieces together are the answer.
class AnswerStream {
public:
    using Piece = std::function<void(std::string_view)>;

    /// `on_piece` may be empty.
    AnswerStream(const Tokenizer& tokenizer, Piece on_piece)
        : tokenizer_(tokenizer), on_piece_(std::move(on_piece)) {}

    void add(TokenId token);
    /// Hands out what was held back; returns the whole answer.
    const std::string& finish();

    const std::vector<TokenId>& tokens() const { return tokens_; }

private:
    void hand_out(std::string_view text);

    const Tokenizer& tokenizer_;
    Piece on_piece_;
    std::vector<TokenId> tokens_;
    std::string given_;
};

} // namespace longview::app
