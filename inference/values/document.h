#pragma once
// A document as every part of Longview sees it: UTF-8 text, and where each byte of it came from.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace longview {

enum class SectionKind { page, chapter, heading, file };

/// A named stretch of the text that starts at byte `begin` and runs to the next section of the same kind.
struct Section {
    SectionKind kind = SectionKind::heading;
    std::string title;
    int level = 1;         ///< 1 is the outermost (heading levels)
    std::size_t begin = 0; ///< byte offset in Document::text
};

/// Immutable once imported; shared between threads as std::shared_ptr<const Document>.
struct Document {
    std::string path;               ///< as the person named it; "-" for standard input
    std::string title;              ///< shown in lists: the first heading, or the file name
    std::string text;               ///< valid UTF-8, line ends as "\n"
    std::string encoding;           ///< of the source file, for example "UTF-8", "WINDOWS-1252"
    std::string content_hash;       ///< hex XXH3-128 of `text`
    std::vector<std::string> notes; ///< what the importer had to do, one sentence each
    std::vector<Section> sections;  ///< ordered by `begin`
    std::vector<std::size_t>
        line_starts; ///< byte offset of each line; line_starts[0] == 0 when text is not empty

    /// 1-based line that holds byte `offset` (clamped to the last line). O(log lines).
    std::size_t line_at(std::size_t offset) const;
    /// "line 12", or "lines 12–40", for the bytes [begin, end).
    std::string location(std::size_t begin, std::size_t end) const;
};

/// Byte offsets at which lines of `text` start.
std::vector<std::size_t> line_starts_of(std::string_view text);

} // namespace longview
