#pragma once
// What a file is, by its first bytes.

#include <cstddef>
#include <string_view>

namespace longview::app {

enum class Format { text, html, pdf, epub, office, compressed, other };

struct Sniffed {
    Format format = Format::text;
    /// What a person calls it: "an EPUB book", "a PNG picture".
    std::string_view description = "text";
};

/// As many first bytes as the answer needs.
inline constexpr std::size_t sniffed_bytes = 8192;

/// From the first bytes of a file (all of them when it is shorter). Format::other is a format that is not
/// read, with its description; bytes that no format claims are text, or binary, which only decoding tells.
Sniffed sniff(std::string_view head);

/// "text", "html" … for lists.
std::string_view name_of(Format format);

} // namespace longview::app
