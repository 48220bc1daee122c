#pragma once
// Plain text and Markdown in any encoding, as a Document with lines and headings.

#include <filesystem>
#include <string>
#include <string_view>

#include "inference/values/document.h"

namespace longview::app {

/// Reads `path` ("-": standard input). The encoding is detected (byte-order mark, valid UTF-8, then
/// uchardet); line ends become "\n"; Markdown headings (path ends in .md or .markdown) become sections.
/// Throws Error(input) with one sentence for a missing, unreadable, empty, white-space-only or binary file
/// and for a directory.
Document import_text(const std::filesystem::path& path);

/// The same for bytes in memory; `name` stands for the path. Never throws for any bytes except Error(input).
Document import_bytes(std::string_view bytes, const std::string& name);

} // namespace longview::app
