#pragma once
// Plain text and Markdown in any encoding. Internal to this folder.

#include <string>
#include <string_view>

#include "app/importers/extraction.h"

namespace longview::app {

/// The encoding is detected (byte-order mark, valid UTF-8, then uchardet); line ends become "\n"; Markdown
/// headings (the name ends in .md or .markdown: nothing else tells) become sections. Throws Error(input) for
/// what is not text.
Extraction extract_text(std::string_view bytes, const std::string& name);

/// Refuses when `text` holds a zero byte or many control characters.
void refuse_binary(std::string_view text, std::string_view name);

/// CR LF and CR become LF, in place.
void normalize_line_ends(std::string& text);

} // namespace longview::app
