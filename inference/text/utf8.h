#pragma once
// Valid UTF-8 out of any bytes (the Unicode standard's "maximal subpart" replacement, section 3.9).

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace longview {

struct Utf8Repair {
    std::string text;                ///< valid UTF-8
    std::vector<std::size_t> origin; ///< as in NormalizedText; empty when nothing was replaced (then origin is identity)
    std::size_t replaced_bytes = 0;  ///< invalid source bytes
};
Utf8Repair repair_utf8(std::string_view bytes);

/// Length of the longest prefix of `bytes` that ends at a whole code point: what can be shown of a streaming answer.
std::size_t complete_prefix(std::string_view bytes);

} // namespace longview
