#include "app/importers/text_builder.h"

#include <algorithm>
#include <array>
#include <utility>

#include "inference/text/utf8.h"

namespace longview::app {
namespace {

constexpr std::string_view white_space = " \t\n\r\f\v";

bool is_ascii_word(char byte) {
    return static_cast<unsigned char>(byte) < 0x80 && white_space.find(byte) == std::string_view::npos;
}

/// Marks that only tell where a line may break.
bool is_invisible(char32_t value) {
    return value == 0xAD || value == 0x200B || value == 0x2060 || value == 0xFEFF;
}

std::string_view letters_of_ligature(char32_t value) {
    static constexpr std::array<std::string_view, 7> letters{"ff", "fi", "fl", "ffi", "ffl", "st", "st"};
    return value >= 0xFB00 && value <= 0xFB06 ? letters[value - 0xFB00] : std::string_view();
}

} // namespace

void TextBuilder::due(Due white_space) {
    due_ = std::max(due_, white_space);
}

void TextBuilder::settle() {
    if (!text_.empty()) {
        if (due_ == Due::paragraph)
            text_ += text_.ends_with("\n\n") ? "" : text_.ends_with('\n') ? "\n" : "\n\n";
        else if (due_ == Due::line)
            text_ += text_.ends_with('\n') ? "" : "\n";
        else if (!between_.empty() && !text_.ends_with('\n'))
            text_ += between_;
        else if (due_ == Due::space && !text_.ends_with('\n') && !text_.ends_with(' '))
            text_ += ' ';
    }
    due_ = Due::nothing;
    between_.clear();
    for (; first_unsettled_ < marks_.size(); ++first_unsettled_)
        marks_[first_unsettled_] = text_.size();
}

void TextBuilder::code_point(std::string_view bytes, char32_t value) {
    if (is_invisible(value))
        return;
    if (is_white_space(value)) {
        due(value == 0x2028 ? Due::line : value == 0x2029 ? Due::paragraph : Due::space);
        return;
    }
    settle();
    const auto letters = letters_of_ligature(value);
    text_ += letters.empty() ? bytes : letters;
}

void TextBuilder::text(std::string_view utf8) {
    for (std::size_t at = 0; at < utf8.size();) {
        if (is_ascii_word(utf8[at])) {
            const auto end =
                std::find_if_not(utf8.begin() + static_cast<std::ptrdiff_t>(at), utf8.end(), is_ascii_word);
            const auto word = utf8.substr(at, static_cast<std::size_t>(end - utf8.begin()) - at);
            settle();
            text_ += word;
            at += word.size();
            continue;
        }
        const auto point = code_point_at(utf8, at);
        code_point(utf8.substr(at, point.length), point.value);
        at += point.length;
    }
}

void TextBuilder::verbatim(std::string_view utf8) {
    for (std::size_t at = 0; at < utf8.size();) {
        const auto end = std::min(utf8.find_first_of("\r\n", at), utf8.size());
        if (end > at) {
            settle();
            text_ += utf8.substr(at, end - at);
        }
        if (end == utf8.size())
            return;
        at = end + (utf8.substr(end).starts_with("\r\n") ? 2 : 1);
        if (due_ == Due::nothing && !text_.empty()) // the line end right after the element begins is no text
            text_ += '\n';
    }
}

void TextBuilder::line_break() {
    due(Due::line);
}

void TextBuilder::paragraph_break() {
    due(Due::paragraph);
}

void TextBuilder::separator(std::string_view between) {
    between_ += between;
}

TextBuilder::Mark TextBuilder::mark() {
    marks_.push_back(unsettled);
    return marks_.size() - 1;
}

std::size_t TextBuilder::offset_of(Mark mark) const {
    return std::min(marks_.at(mark), text_.size());
}

void TextBuilder::section(SectionKind kind, std::string title, int level) {
    auto& added = sections_.emplace_back();
    added.section.kind = kind;
    added.section.title = std::move(title);
    added.section.level = level;
    added.mark = mark();
}

void TextBuilder::open_heading(int level) {
    close_heading(); // damaged documents have headings in headings
    open_heading_ = sections_.size();
    section(SectionKind::chapter, {}, level);
}

void TextBuilder::close_heading() {
    if (open_heading_ >= sections_.size())
        return;
    auto& heading = sections_[open_heading_];
    heading.section.title = single_line(std::string_view(text_).substr(offset_of(heading.mark)));
    if (heading.section.title.empty())
        sections_.erase(sections_.begin() + static_cast<std::ptrdiff_t>(open_heading_));
    open_heading_ = unsettled;
}

std::string TextBuilder::take_text() {
    while (text_.ends_with('\n') || text_.ends_with(' '))
        text_.pop_back();
    if (!text_.empty())
        text_ += '\n';
    return std::move(text_);
}

std::vector<Section> TextBuilder::take_sections() {
    close_heading();
    std::vector<Section> sections;
    for (auto& [section, mark] : sections_) {
        section.begin = offset_of(mark);
        if (section.begin < text_.size())
            sections.push_back(std::move(section));
    }
    std::stable_sort(sections.begin(), sections.end(),
                     [](const Section& a, const Section& b) { return a.begin < b.begin; });
    return sections;
}

std::string single_line(std::string_view utf8) {
    TextBuilder line;
    line.text(utf8);
    auto text = line.take_text();
    if (!text.empty())
        text.pop_back();
    return text;
}

} // namespace longview::app
