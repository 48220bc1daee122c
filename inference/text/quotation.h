#pragma once
// Keeps an answer to the words of its document: constrained decoding over a text's substrings, as generative
// retrieval has it (SEAL, arXiv 2204.10628, section 3.1), with a plain search in place of an FM-index.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "inference/text/tokenizer.h"

namespace longview {

/// One answer as it grows: a stretch of the text that begins and ends at the border of a word (or number), or
/// one of a few phrases, whole. Compared byte for byte, any run of ASCII white space being one space, so that
/// a name may be quoted across the end of a line. For one thread; the tokenizer must outlive it.
class Quotation {
public:
    /// The first `reach` tokens of `text` may be quoted; a word that goes on behind them is left out whole.
    Quotation(const Tokenizer& tokenizer, std::span<const TokenId> text, std::size_t reach,
              std::span<const std::string> phrases);

    /// Whether the answer stays a quotation, or the beginning of one, with `next` added.
    bool allows(TokenId next) const;
    /// Whether it may stop here: it is not empty and no word is cut.
    bool may_end() const;
    /// Requires allows(next).
    void add(TokenId next);

private:
    std::size_t next_beginning(std::string_view piece, std::size_t from) const;
    bool may_begin(std::size_t at) const;
    bool may_end_at(std::size_t at) const;

    const Tokenizer& tokenizer_;
    std::string text_; ///< the document's, then each phrase behind a newline; newlines stand nowhere else
    std::size_t document_bytes_ = 0;
    bool spaced_ = false;              ///< the answer's first piece was a space alone
    std::vector<std::size_t> reached_; ///< where in text_ the answer so far may end; empty: it has not begun
};

} // namespace longview
