#pragma once
// Valid UTF-8 out of any bytes (the Unicode standard's "maximal subpart" replacement, section 3.9).

#include <cstddef>
#include <string>
#include <string_view>

#include "inference/text/source_map.h"

namespace longview {

/// What stands at an offset: a code point, or an ill-formed stretch (a maximal subpart) to be read as U+FFFD.
struct CodePoint {
    char32_t value = 0xFFFD;
    std::size_t length = 1; ///< bytes, at least 1
    bool valid = false;
};
/// Requires at < bytes.size().
CodePoint code_point_at(std::string_view bytes, std::size_t at);
void append_code_point(std::string& text, char32_t value);

/// White_Space in the sense of Python's str.strip, which the training recipe used.
bool is_white_space(char32_t value);
std::string_view trim(std::string_view utf8);

struct Utf8Repair {
    std::string text; ///< valid UTF-8
    SourceMap origin; ///< of each byte of `text` in the bytes given; identity when nothing was replaced
    std::size_t replaced_bytes = 0; ///< invalid source bytes
};
Utf8Repair repair_utf8(std::string_view bytes);

/// Length of the longest prefix of `bytes` that does not end inside a code point: what can be shown of a
/// streaming answer.
std::size_t complete_prefix(std::string_view bytes);

} // namespace longview
