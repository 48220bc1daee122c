#include "inference/values/document.h"

#include <algorithm>

namespace longview {
namespace {

std::string range(const std::string& what, const std::string& first, const std::string& last) {
    return what + (first == last ? first : first + "\u2013" + last);
}

std::string range(const std::string& what, std::size_t first, std::size_t last) {
    return range(what, std::to_string(first), std::to_string(last));
}

/// "page 12", "pages 12–13"; empty outside of pages.
std::string pages(const std::vector<Section>& sections, std::size_t begin, std::size_t last) {
    const auto* first_page = section_at(sections, SectionKind::page, begin);
    if (first_page == nullptr)
        return {};
    const auto* last_page = section_at(sections, SectionKind::page, last);
    if (last_page == nullptr || last_page == first_page)
        return "page " + first_page->title;
    return range("pages ", first_page->title, last_page->title);
}

/// The header above a file's own text counts as its first line.
std::size_t line_in(const Section& file, std::size_t line) {
    return line < file.first_line ? 1 : line - file.first_line + 1;
}

std::string lines_of_files(const Section& first, const Section& last, std::size_t first_line,
                           std::size_t last_line) {
    const auto begin = line_in(first, first_line);
    const auto end = line_in(last, last_line);
    if (&first == &last)
        return range(first.title + ":", begin, end);
    return first.title + ":" + std::to_string(begin) + " to " + last.title + ":" + std::to_string(end);
}

} // namespace

std::size_t Document::line_at(std::size_t offset) const {
    const auto next = std::upper_bound(line_starts.begin(), line_starts.end(), offset);
    return static_cast<std::size_t>(std::max<std::ptrdiff_t>(1, next - line_starts.begin()));
}

std::string Document::location(std::size_t begin, std::size_t end) const {
    return location_of(sections, begin, end, line_at(begin), line_at(end > begin ? end - 1 : begin));
}

const Section* section_at(const std::vector<Section>& sections, SectionKind kind, std::size_t offset) {
    auto next = std::upper_bound(sections.begin(), sections.end(), offset,
                                 [](std::size_t at, const Section& section) { return at < section.begin; });
    while (next != sections.begin()) {
        --next;
        if (next->kind == kind)
            return &*next;
        if (next->kind == SectionKind::file)
            return nullptr;
    }
    return nullptr;
}

std::string location_of(const std::vector<Section>& sections, std::size_t begin, std::size_t end,
                        std::size_t first_line, std::size_t last_line) {
    const auto last = end > begin ? end - 1 : begin;
    const auto* file = section_at(sections, SectionKind::file, begin);
    std::string place = pages(sections, begin, last);
    if (file != nullptr && place.empty())
        return lines_of_files(*file, *section_at(sections, SectionKind::file, last), first_line, last_line);
    const auto* chapter = section_at(sections, SectionKind::chapter, begin);
    const auto chapter_title = chapter == nullptr ? std::string() : "\u201C" + chapter->title + "\u201D";
    if (place.empty())
        return (chapter == nullptr ? "" : chapter_title + ", ") +
               range(first_line == last_line ? "line " : "lines ", first_line, last_line);
    if (chapter != nullptr)
        place += " (" + chapter_title + ")";
    return file == nullptr ? place : file->title + ", " + place;
}

std::vector<std::size_t> line_starts_of(std::string_view text) {
    std::vector<std::size_t> starts;
    if (text.empty())
        return starts;
    starts.push_back(0);
    for (auto at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1))
        if (at + 1 < text.size())
            starts.push_back(at + 1);
    return starts;
}

} // namespace longview
