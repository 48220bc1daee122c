#pragma once
// A document as every part of Longview sees it: UTF-8 text, and where each byte of it came from.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace longview {

enum class SectionKind { page, chapter, heading, file };

/// A named stretch of the text that starts at byte `begin` and runs to the next section of the same kind, or
/// to the next file.
struct Section {
    SectionKind kind = SectionKind::heading;
    std::string title;          ///< of a page its number or label, of a file its path inside the folder
    int level = 1;              ///< 1 is the outermost (heading levels)
    std::size_t begin = 0;      ///< byte offset in Document::text
    std::size_t first_line = 1; ///< of a file: the document's line (1-based) that is the file's line 1
    bool operator==(const Section&) const = default;
};

/// Immutable once imported; shared between threads as std::shared_ptr<const Document>.
struct Document {
    std::string path;               ///< as the person named it; "-" for standard input
    std::string title;              ///< shown in lists: the first heading, or the file name
    std::string text;               ///< valid UTF-8, line ends as "\n"
    std::string encoding;           ///< of the source file, for example "UTF-8", "WINDOWS-1252"
    std::string extractor;          ///< what made the text, with its version: "epub 1"
    std::string content_hash;       ///< hex XXH3-128 of the text and its extractor: the document's identity
    std::string source_stamp;       ///< changes when the file or folder does; empty when it cannot be told
    std::vector<std::string> notes; ///< what the importer had to do, one sentence each
    std::vector<Section> sections;  ///< ordered by `begin`
    std::vector<std::size_t>
        line_starts; ///< byte offset of each line; line_starts[0] == 0 when text is not empty

    /// 1-based line that holds byte `offset` (clamped to the last line). O(log lines).
    std::size_t line_at(std::size_t offset) const;
    /// Where the bytes [begin, end) are, see location_of().
    std::string location(std::size_t begin, std::size_t end) const;
};

/// The section of that kind which holds byte `offset`; nullptr when there is none. `sections` as in Document.
const Section* section_at(const std::vector<Section>& sections, SectionKind kind, std::size_t offset);

/// Names the bytes [begin, end), which lie on the lines first_line … last_line (1-based), in the most exact
/// terms that the sections allow: "src/main.c:12–40", "page 12 (“Loomings”)", "“Loomings”, lines 80–91",
/// "line 12".
std::string location_of(const std::vector<Section>& sections, std::size_t begin, std::size_t end,
                        std::size_t first_line, std::size_t last_line);

/// Byte offsets at which lines of `text` start.
std::vector<std::size_t> line_starts_of(std::string_view text);

} // namespace longview
