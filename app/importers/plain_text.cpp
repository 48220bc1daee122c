#include "app/importers/plain_text.h"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <filesystem>
#include <utility>

#include "app/importers/encoding.h"
#include "app/importers/markdown.h"
#include "app/importers/refusal.h"

namespace longview::app {
namespace {

bool is_control(char byte) {
    const auto value = static_cast<unsigned char>(byte);
    return (value < 0x20 && std::strchr("\t\n\v\f\r\x1B\x1A", value) == nullptr) || value == 0 ||
           value == 0x7F;
}

std::string percent(std::size_t part, std::size_t whole) {
    return std::to_string(100 * part / std::max<std::size_t>(1, whole)) + " %";
}

bool is_markdown(const std::string& name) {
    auto extension = std::filesystem::path(name).extension().string();
    std::transform(extension.begin(), extension.end(), extension.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return extension == ".md" || extension == ".markdown";
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

void refuse_binary(std::string_view text, std::string_view name) {
    if (!text.empty() && text.find_first_not_of('\0') == std::string_view::npos)
        refuse(name, "holds nothing but zero bytes: get the file again from where it came.");
    if (const auto zero = text.find('\0'); zero != std::string_view::npos)
        refuse(name, "is not text: it has a zero byte at offset " + std::to_string(zero) +
                         "; convert it to UTF-8 text.");
    const auto controls = static_cast<std::size_t>(std::count_if(text.begin(), text.end(), is_control));
    if (controls > text.size() / 20)
        refuse(name, "is not text: " + percent(controls, text.size()) +
                         " of it are control characters; convert it to plain text or Markdown.");
}

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

Extraction extract_text(std::string_view bytes, const std::string& name) {
    const bool wide = has_wide_mark(bytes) || looks_wide(bytes);
    if (!wide)
        refuse_binary(bytes, name);
    auto decoded = decode_text(bytes);
    refuse_binary(decoded.text, name);
    if (decoded.undecodable > bytes.size() / 10)
        refuse(name, "is not text: " + percent(decoded.undecodable, bytes.size()) + " of it are not valid " +
                         decoded.encoding + ", the likeliest encoding; convert it to UTF-8 text.");
    normalize_line_ends(decoded.text);

    Extraction extraction;
    extraction.extractor = extractor::text;
    note_decoding(decoded, extraction.notes);
    extraction.text = std::move(decoded.text);
    extraction.encoding = std::move(decoded.encoding);
    if (is_markdown(name))
        extraction.sections = markdown_headings(extraction.text);
    return extraction;
}

} // namespace longview::app
