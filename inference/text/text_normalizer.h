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
/// become one, and white space at both ends is trimmed (the training recipe's clean_code).
NormalizedText normalize(std::string_view utf8);

} // namespace longview
