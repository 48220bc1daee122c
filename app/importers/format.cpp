#include "app/importers/format.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

namespace longview::app {
namespace {

using namespace std::string_view_literals;

struct Magic {
    std::string_view bytes;
    std::size_t offset;
    Format format;
    std::string_view description;
};

constexpr std::array magics = {
    Magic{"%PDF-"sv, 0, Format::pdf, "a PDF document"},
    Magic{"\x1F\x8B"sv, 0, Format::compressed, "a gzip file"},
    Magic{"\x28\xB5\x2F\xFD"sv, 0, Format::compressed, "a zstd file"},
    Magic{"\xFD\x37\x7A\x58\x5A\x00"sv, 0, Format::compressed, "an xz file"},
    Magic{"BZh"sv, 0, Format::compressed, "a bzip2 file"},
    Magic{"Rar!\x1A\x07"sv, 0, Format::other, "a RAR archive"},
    Magic{"7z\xBC\xAF\x27\x1C"sv, 0, Format::other, "a 7z archive"},
    Magic{"ustar"sv, 257, Format::other, "a tar archive"},
    Magic{"\x89PNG"sv, 0, Format::other, "a PNG picture"},
    Magic{"\xFF\xD8\xFF"sv, 0, Format::other, "a JPEG picture"},
    Magic{"GIF8"sv, 0, Format::other, "a GIF picture"},
    Magic{"\x7F\x45\x4C\x46"sv, 0, Format::other, "a program"},
    Magic{"SQLite format 3\0"sv, 0, Format::other, "an SQLite database"},
    Magic{"{\\rtf"sv, 0, Format::other, "an RTF document"},
    Magic{"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"sv, 0, Format::other,
          "an old Office document, or an Office document with a password"},
    Magic{"BOOKMOBI"sv, 60, Format::other, "a Kindle (MOBI) book"},
    Magic{"AT&TFORM"sv, 0, Format::other, "a DjVu document"},
};

bool starts_with_word(std::string_view text, std::string_view lower) {
    return text.size() > lower.size() &&
           std::equal(lower.begin(), lower.end(), text.begin(),
                      [](char a, char b) {
                          return a == static_cast<char>(std::tolower(static_cast<unsigned char>(b)));
                      }) &&
           std::isalnum(static_cast<unsigned char>(text[lower.size()])) == 0;
}

/// Cuts white space, comments and processing instructions from the beginning of marked-up text.
std::string_view skip_prolog(std::string_view text) {
    while (true) {
        text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n\f"), text.size()));
        const auto end = text.starts_with("<!--") ? text.find("-->")
                         : text.starts_with("<?") ? text.find("?>")
                                                  : std::string_view::npos;
        if (end == std::string_view::npos)
            return text;
        text.remove_prefix(text.find('>', end) + 1);
    }
}

/// A document, not a fragment: Markdown also begins with a tag now and then.
bool is_html(std::string_view head) {
    if (head.starts_with("\xEF\xBB\xBF"))
        head.remove_prefix(3);
    const auto start = skip_prolog(head);
    return starts_with_word(start, "<!doctype html") || starts_with_word(start, "<html") ||
           starts_with_word(start, "<head") || starts_with_word(start, "<body");
}

/// "<\0h\0" of UTF-16 with its mark: enough letters for is_html().
bool is_wide_html(std::string_view head) {
    if (!head.starts_with("\xFF\xFE"sv) && !head.starts_with("\xFE\xFF"sv))
        return false;
    std::string narrow;
    for (std::size_t at = head[0] == '\xFF' ? 2 : 3; at < head.size(); at += 2)
        narrow += head[at];
    return is_html(narrow);
}

/// The first entry's name tells: the EPUB and ODF standards fix it, and Office writes one of these.
Sniffed sniff_zip(std::string_view head) {
    constexpr std::size_t name_at = 30;
    const auto entry = head.size() > name_at ? head.substr(name_at) : std::string_view();
    const auto has = [&](std::string_view text) { return head.find(text) != std::string_view::npos; };
    if (has("application/epub+zip") || entry.starts_with("META-INF/"))
        return {Format::epub, "an EPUB book"};
    if (has("application/vnd.oasis.opendocument") || has("[Content_Types].xml") || has("word/") ||
        entry.starts_with("_rels/") || entry.starts_with("docProps/"))
        return {Format::office, "an Office document"};
    return {Format::other, "a ZIP archive"};
}

} // namespace

Sniffed sniff(std::string_view head) {
    head = head.substr(0, sniffed_bytes);
    if (head.starts_with("PK\x03\x04") || head.starts_with("PK\x05\x06"))
        return sniff_zip(head);
    for (const auto& magic : magics)
        if (head.size() > magic.offset && head.substr(magic.offset).starts_with(magic.bytes))
            return {magic.format, magic.description};
    if (is_html(head) || is_wide_html(head))
        return {Format::html, "an HTML page"};
    // Mail programs and web servers put lines before the mark, and readers look for it in the first kilobyte.
    if (const auto at = head.substr(0, 1024).find("%PDF-");
        at != std::string_view::npos && head.find("\nendobj") != std::string_view::npos)
        return {Format::pdf, "a PDF document"};
    return {};
}

std::string_view name_of(Format format) {
    switch (format) {
    case Format::text:
        return "text";
    case Format::html:
        return "html";
    case Format::pdf:
        return "pdf";
    case Format::epub:
        return "epub";
    case Format::office:
        return "office";
    case Format::compressed:
        return "compressed";
    case Format::other:
        break;
    }
    return "other";
}

} // namespace longview::app
