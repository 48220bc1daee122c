#pragma once
// Text in any encoding to UTF-8.

#include <cstddef>
#include <string>
#include <string_view>

namespace longview::app {

struct DecodedText {
    std::string text;            ///< valid UTF-8 without byte-order mark
    std::string encoding;        ///< of the bytes given, for example "UTF-16LE"
    bool guessed = false;        ///< from the bytes' statistics
    std::size_t undecodable = 0; ///< bytes that were read as U+FFFD
};

/// Byte-order mark first, then UTF-16 that every other byte gives away, then valid (or nearly valid) UTF-8,
/// then what the text declares of itself (`declared`, may be empty), then what uchardet makes of it, then
/// Windows-1252.
DecodedText decode_text(std::string_view bytes, const std::string& declared = {});

/// Whether a byte-order mark says that zero bytes are nothing unusual.
bool has_wide_mark(std::string_view bytes);

/// Whether the bytes look like UTF-16 without a mark.
bool looks_wide(std::string_view bytes);

} // namespace longview::app
