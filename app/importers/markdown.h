#pragma once
// The headings of a Markdown text.

#include <string_view>
#include <vector>

#include "inference/values/document.h"

namespace longview::app {

/// ATX ("# Title") and setext (underlined) headings as in CommonMark 0.30, sections 4.2 and 4.3, outside
/// fenced code and YAML front matter; a heading without text is none. Line ends are "\n". Inline markup stays
/// in the titles as written.
std::vector<Section> markdown_headings(std::string_view text);

} // namespace longview::app
