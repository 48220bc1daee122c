#pragma once
// A point in a document up to which it is known: questions "as of" that point cannot be answered from what
// comes later.

#include <cstddef>
#include <string>
#include <string_view>

#include "inference/values/document.h"
#include "inference/values/tokenized_text.h"

namespace longview::app {

/// The end of a segment, page or chapter, counted from 1 (pages by their own numbers where they have any), or
/// a share of the document's tokens. A value.
struct AsOf {
    enum class Unit { segment, page, chapter, percent };
    Unit unit = Unit::segment;
    double number = 0; ///< whole, but for a percentage
    bool operator==(const AsOf&) const = default;
};

/// "segment:12", "page:40", "chapter:3" or "50%" (also "12.5%"). Throws Error(usage) for anything else.
AsOf parse_as_of(std::string_view text);

/// How many leading tokens lie before the point; a token that reaches over it does not. Chapters
/// are those of chapters_of(). Throws Error(input) when the document has no such part.
std::size_t tokens_before(const AsOf& point, const Document& document, const TokenizedText& tokens,
                          int segment_size);

/// How many tokens end at that byte of the text or before it.
std::size_t tokens_before_byte(const TokenizedText& tokens, std::size_t byte);

/// Where the first `count` tokens end, for people: "page 40, chapter 3 of 17", or "line 12".
std::string place_after(const Document& document, const TokenizedText& tokens, std::size_t count);

} // namespace longview::app
