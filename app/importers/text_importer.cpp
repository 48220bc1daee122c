#include "app/importers/text_importer.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <system_error>
#include <xxhash.h>

#include "app/importers/encoding.h"
#include "app/importers/markdown.h"
#include "inference/text/utf8.h"
#include "inference/values/error.h"

namespace longview::app {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t largest_file = std::size_t{1} << 30U;
constexpr std::string_view standard_input = "-";

std::string quoted(const std::string& name) {
    return name == standard_input ? "Standard input" : "\"" + name + "\"";
}

[[noreturn]] void refuse(const std::string& name, const std::string& what) {
    throw Error(ErrorKind::input, quoted(name) + " " + what);
}

/// Everything from `file` to its end; pipes do not tell their size.
std::string read_stream(std::FILE* file, const std::string& name) {
    constexpr std::size_t block = std::size_t{1} << 20U;
    std::string bytes;
    while (true) {
        const auto size = bytes.size();
        if (size > largest_file)
            refuse(name, "is larger than 1 GiB, the most that is read as one document: split it.");
        bytes.resize(size + block);
        const auto count = std::fread(bytes.data() + size, 1, block, file);
        bytes.resize(size + count);
        if (std::ferror(file) != 0)
            refuse(name, "cannot be read (" + std::generic_category().message(errno) +
                             "): check the disk and try again.");
        if (count < block)
            return bytes;
    }
}

std::string read_file(const std::filesystem::path& path) {
    const auto name = path.string();
    std::error_code error;
    const auto status = std::filesystem::status(path, error);
    if (!std::filesystem::exists(status) && status.type() == std::filesystem::file_type::not_found)
        refuse(name, "does not exist: check the spelling.");
    if (std::filesystem::is_directory(status))
        refuse(name, "is a directory: name a text file in it.");
    if (std::filesystem::is_regular_file(status) && std::filesystem::file_size(path, error) > largest_file &&
        !error)
        refuse(name, "is larger than 1 GiB, the most that is read as one document: split it.");
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), &std::fclose);
    if (!file)
        refuse(name,
               "cannot be opened (" + std::generic_category().message(errno) + "): check its permissions.");
    return read_stream(file.get(), name);
}

/// Formats that people take for text, by their first bytes.
void refuse_known_format(std::string_view bytes, const std::string& name) {
    struct Format {
        std::string_view start;
        const char* description;
    };
    static constexpr std::array formats = {
        Format{"%PDF-"sv, "a PDF document"},
        Format{"PK\x03\x04"sv, "a ZIP archive, as EPUB, DOCX and ODT are"},
        Format{"\x1F\x8B"sv, "a gzip archive"},
        Format{"\xFD"
               "7zXZ"sv,
               "an xz archive"},
        Format{"\x89PNG"sv, "a PNG picture"},
        Format{"\xFF\xD8\xFF"sv, "a JPEG picture"},
        Format{"\x7F"
               "ELF"sv,
               "a program"},
        Format{"SQLite format 3"sv, "an SQLite database"},
        Format{"{\\rtf"sv, "an RTF document"},
        Format{"\xD0\xCF\x11\xE0"sv, "an old Office document"},
    };
    for (const auto& format : formats)
        if (bytes.starts_with(format.start))
            refuse(name, std::string("is ") + format.description +
                             ", not text: convert it to plain text or Markdown.");
}

bool is_control(char byte) {
    const auto value = static_cast<unsigned char>(byte);
    return (value < 0x20 && std::strchr("\t\n\v\f\r\x1B\x1A", value) == nullptr) || value == 0 ||
           value == 0x7F;
}

std::string percent(std::size_t part, std::size_t whole) {
    return std::to_string(100 * part / std::max<std::size_t>(1, whole)) + " %";
}

/// Text has next to no control characters, and none of them is zero.
void refuse_binary(std::string_view text, const std::string& name) {
    if (const auto zero = text.find('\0'); zero != std::string_view::npos)
        refuse(name,
               "is not text: it has a zero byte at offset " + std::to_string(zero) +
                   " (UTF-16 is read when it begins with a byte-order mark); convert it to UTF-8 text.");
    const auto controls = static_cast<std::size_t>(std::count_if(text.begin(), text.end(), is_control));
    if (controls > text.size() / 20)
        refuse(name, "is not text: " + percent(controls, text.size()) +
                         " of it are control characters; convert it to plain text or Markdown.");
}

bool is_blank(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const auto point = code_point_at(text, at);
        if (!is_white_space(point.value) && point.value != 0xFEFF)
            return false;
        at += point.length;
    }
    return true;
}

/// CR LF and CR become LF, in place.
void normalize_line_ends(std::string& text) {
    std::size_t to = text.find('\r');
    if (to == std::string::npos)
        return;
    for (std::size_t from = to; from < text.size(); ++from) {
        if (text[from] != '\r')
            text[to++] = text[from];
        else if (from + 1 == text.size() || text[from + 1] != '\n')
            text[to++] = '\n';
    }
    text.resize(to);
}

bool is_markdown(const std::string& name) {
    auto extension = std::filesystem::path(name).extension().string();
    std::transform(extension.begin(), extension.end(), extension.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return extension == ".md" || extension == ".markdown";
}

std::string hash_of(std::string_view text) {
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits(text.data(), text.size()));
    std::string hex;
    for (const auto byte : canonical.digest) {
        constexpr auto digits = "0123456789abcdef"sv;
        hex += digits[byte >> 4U];
        hex += digits[byte & 15U];
    }
    return hex;
}

std::string title_of(const std::string& name, const std::vector<Section>& sections) {
    if (!sections.empty())
        return sections.front().title;
    if (name == standard_input)
        return "Standard input";
    const auto file = std::filesystem::path(name).filename().string();
    return repair_utf8(file.empty() ? name : file).text;
}

void note_decoding(const DecodedText& decoded, std::vector<std::string>& notes) {
    if (decoded.guessed)
        notes.push_back("The encoding was detected as " + decoded.encoding + ".");
    if (decoded.undecodable > 0)
        notes.push_back(std::to_string(decoded.undecodable) +
                        (decoded.undecodable == 1 ? " byte is" : " bytes are") + " not valid " +
                        decoded.encoding + " and shown as \uFFFD.");
}

} // namespace

Document import_bytes(std::string_view bytes, const std::string& name) {
    if (bytes.empty())
        refuse(name, "is empty: there is nothing to read.");
    refuse_known_format(bytes, name);
    if (!has_wide_mark(bytes))
        refuse_binary(bytes, name);
    auto decoded = decode_text(bytes);
    refuse_binary(decoded.text, name);
    if (decoded.undecodable > bytes.size() / 10)
        refuse(name, "is not text: " + percent(decoded.undecodable, bytes.size()) + " of it are not valid " +
                         decoded.encoding + ", the likeliest encoding; convert it to UTF-8 text.");
    if (is_blank(decoded.text))
        refuse(name, "holds white space only: there is nothing to read.");
    normalize_line_ends(decoded.text);

    Document document;
    document.path = name;
    note_decoding(decoded, document.notes);
    document.text = std::move(decoded.text);
    document.encoding = std::move(decoded.encoding);
    document.content_hash = hash_of(document.text);
    document.line_starts = line_starts_of(document.text);
    if (is_markdown(name))
        document.sections = markdown_headings(document.text);
    document.title = title_of(name, document.sections);
    return document;
}

Document import_text(const std::filesystem::path& path) {
    const auto name = path.string();
    return import_bytes(name == standard_input ? read_stream(stdin, name) : read_file(path), name);
}

} // namespace longview::app
