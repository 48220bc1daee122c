#pragma once
// Brings a document's text into the form the default model was trained on, and remembers where every byte
// came from.

#include <string>
#include <string_view>

#include "inference/text/source_map.h"

namespace longview {

/// `text`, and for each of its bytes where in the source it came from; origin.at(text.size()) is the source's
/// size.
struct NormalizedText {
    std::string text;
    SourceMap origin;
};

/// Carriage returns are dropped, a tab becomes four spaces, spaces at the end of a line go, runs of newlines
/// become one, and white space at both ends is trimmed; typographic quotation marks, dashes, ellipses and
/// spaces become ASCII's, as the books are that the model was trained on (the training recipe's clean_code).
/// All bytes that stand for one character come from where it begins.
NormalizedText normalize(std::string_view utf8);

} // namespace longview
