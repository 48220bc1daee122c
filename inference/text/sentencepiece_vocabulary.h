#pragma once
// A SentencePiece vocabulary as text: what each id stands for, and how any byte can be spelled.

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "inference/text/merge_borders.h"
#include "inference/values/model_config.h"

namespace sentencepiece {
class SentencePieceProcessor;
}

namespace longview {

class SentencePieceVocabulary {
public:
    /// `markers` are ids that stand for no text, besides the control symbols.
    SentencePieceVocabulary(const sentencepiece::SentencePieceProcessor& processor,
                            const std::vector<TokenId>& markers);

    int size() const { return static_cast<int>(texts_.size()); }
    /// Bytes that `id` stands for (one byte of a longer character for a byte piece); empty for a special
    /// token. Requires 0 <= id < size().
    const std::string& text(TokenId id) const { return texts_[static_cast<std::size_t>(id)]; }
    bool spells_bytes() const { return spells_bytes_; } ///< has a piece for each of the 256 bytes
    TokenId byte_piece(unsigned char byte) const { return byte_pieces_[byte]; }
    const MergeBorders& borders() const { return borders_; }
    /// Length of the marker that `text` spells at `at`, 0 if none.
    std::size_t marker_at(std::string_view text, std::size_t at) const;

private:
    void add(const sentencepiece::SentencePieceProcessor& processor, TokenId id);

    std::vector<std::string> texts_;
    std::vector<std::string> markers_;
    std::array<TokenId, 256> byte_pieces_{};
    bool spells_bytes_ = false;
    MergeBorders borders_;
};

} // namespace longview
