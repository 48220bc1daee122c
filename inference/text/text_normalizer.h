#pragma once
// Brings a document's text into the form the default model was trained on, and remembers where every byte came from.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace longview {

/// `text` with its origin: byte i of `text` came from source bytes starting at origin[i]; origin has one more entry, the
/// source's size. Non-decreasing.
struct NormalizedText {
    std::string text;
    std::vector<std::size_t> origin;
};

/// Carriage returns are dropped, a tab becomes four spaces, spaces at the end of a line go, runs of newlines become one,
/// and white space at both ends is trimmed (the training recipe's clean_code).
NormalizedText normalize(std::string_view utf8);

} // namespace longview
