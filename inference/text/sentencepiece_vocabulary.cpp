#include "inference/text/sentencepiece_vocabulary.h"

#include <algorithm>
#include <cstdio>
#include <sentencepiece_processor.h>

namespace longview {
namespace {

constexpr std::string_view escaped_space = "\u2581";

std::string unescaped(std::string_view piece) {
    std::string text;
    for (auto at = piece.find(escaped_space); at != std::string_view::npos; at = piece.find(escaped_space)) {
        text += piece.substr(0, at);
        text += ' ';
        piece.remove_prefix(at + escaped_space.size());
    }
    text += piece;
    return text;
}

std::string name_of_byte_piece(unsigned byte) {
    char name[8];
    std::snprintf(name, sizeof name, "<0x%02X>", byte);
    return name;
}

} // namespace

SentencePieceVocabulary::SentencePieceVocabulary(const sentencepiece::SentencePieceProcessor& processor,
                                                 const std::vector<TokenId>& markers) {
    texts_.resize(static_cast<std::size_t>(processor.GetPieceSize()));
    for (TokenId id = 0; id < size(); ++id)
        if (!processor.IsControl(id) && std::find(markers.begin(), markers.end(), id) == markers.end())
            add(processor, id);
    for (const auto id : markers)
        if (!processor.IsControl(id) && !processor.IdToPiece(id).empty())
            markers_.push_back(unescaped(processor.IdToPiece(id)));
    spells_bytes_ = true;
    for (unsigned byte = 0; byte < 256; ++byte) {
        byte_pieces_[byte] = processor.PieceToId(name_of_byte_piece(byte));
        spells_bytes_ = spells_bytes_ && processor.IsByte(byte_pieces_[byte]);
        if (spells_bytes_)
            texts_[static_cast<std::size_t>(byte_pieces_[byte])] = std::string(1, static_cast<char>(byte));
    }
}

void SentencePieceVocabulary::add(const sentencepiece::SentencePieceProcessor& processor, TokenId id) {
    auto& text = texts_[static_cast<std::size_t>(id)];
    if (processor.IsUnknown(id)) {
        text = "\uFFFD";
    } else if (!processor.IsByte(id)) {
        text = unescaped(processor.IdToPiece(id));
        borders_.add_piece(text);
    }
}

std::size_t SentencePieceVocabulary::marker_at(std::string_view text, std::size_t at) const {
    for (const auto& marker : markers_)
        if (text.compare(at, marker.size(), marker) == 0)
            return marker.size();
    return 0;
}

} // namespace longview
