#include "app/importers/pdf_pages.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <unordered_set>
#include <utility>

#include "app/importers/text_builder.h"
#include "inference/text/utf8.h"

namespace longview::app {
namespace {

constexpr std::string_view taken_hyphen = "\uFFFE"; // PDFium's mark
constexpr std::size_t longest_head = 120;           // bytes
constexpr std::size_t near_pages = 4;               // heads of left and right pages take turns

bool is_letter(unsigned char byte) {
    return byte >= 0x80 || std::isalpha(byte) != 0;
}

/// Lines without white space at their ends, ligatures as letters.
std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const auto end = std::min(text.find_first_of("\r\n"), text.size());
        lines.push_back(single_line(text.substr(0, end)));
        text.remove_prefix(std::min(end + (text.substr(end).starts_with("\r\n") ? 2 : 1), text.size()));
    }
    while (!lines.empty() && lines.back().empty())
        lines.pop_back();
    return lines;
}

/// What running heads have in common: everything but the number. Empty for what cannot be one.
std::string head_form(const std::string& line) {
    if (line.empty() || line.size() > longest_head)
        return {};
    std::string form;
    bool letters = false;
    for (const char c : line) {
        const auto byte = static_cast<unsigned char>(c);
        const bool digit = std::isdigit(byte) != 0;
        letters = letters || is_letter(byte);
        if (!digit || form.empty() || form.back() != '#')
            form += digit ? '#' : c;
    }
    return letters || form == "#" || form == "- # -" ? form : std::string();
}

using Lines = std::vector<std::string>;

/// For each page, whether its first (or last) line is a running head.
std::vector<bool> running_heads(const std::vector<Lines>& pages, bool first) {
    std::vector<std::string> forms;
    forms.reserve(pages.size());
    for (const auto& lines : pages)
        forms.push_back(lines.size() < 2 ? std::string() : head_form(first ? lines.front() : lines.back()));
    std::vector<bool> heads(pages.size());
    for (std::size_t page = 0; page < forms.size(); ++page) {
        const auto from = page < near_pages ? 0 : page - near_pages;
        const auto to = std::min(forms.size(), page + near_pages + 1);
        const auto begin = forms.begin() + static_cast<std::ptrdiff_t>(from);
        const auto end = forms.begin() + static_cast<std::ptrdiff_t>(to);
        heads[page] = !forms[page].empty() && std::count(begin, end, forms[page]) >= 3;
    }
    return heads;
}

/// A word is what lies between white space and punctuation; hyphens belong to it.
bool in_word(char c) {
    return is_letter(static_cast<unsigned char>(c)) || c == '-';
}

class Hyphens {
public:
    explicit Hyphens(const std::vector<Lines>& pages) {
        for (const auto& lines : pages)
            for (const auto& line : lines)
                learn(line);
    }

    /// `text` with every divided word made whole; a line that ends in one takes in the rest of the word.
    std::string repair(const Lines& lines) const {
        std::string text;
        for (const auto& printed : lines) {
            auto line = resolve_marks(printed);
            if (!text.empty() && joins(text, line))
                join(text, line);
            text += line;
            text += '\n';
        }
        return text;
    }

private:
    static std::string_view word_before(std::string_view text) {
        auto begin = text.size();
        while (begin > 0 && in_word(text[begin - 1]))
            --begin;
        return text.substr(begin);
    }
    static std::string_view word_after(std::string_view text) {
        std::size_t end = 0;
        while (end < text.size() && in_word(text[end]))
            ++end;
        return text.substr(0, end);
    }

    void learn(std::string_view line) {
        for (std::size_t at = 0; at < line.size();) {
            const auto word = word_after(line.substr(at));
            const bool whole = word.find(taken_hyphen) == std::string_view::npos;
            if (!word.empty() && whole && !word.ends_with('-'))
                words_.emplace(word);
            at += std::max<std::size_t>(1, word.size());
        }
    }

    /// Whether the hyphen between the two parts was the word's own.
    bool keeps_hyphen(std::string_view before, std::string_view after, bool by_default) const {
        const std::string left(before), right(after);
        if (words_.contains(left + right))
            return false;
        if (words_.contains(left + "-" + right))
            return true;
        return by_default || after.empty() || std::isupper(static_cast<unsigned char>(after.front())) != 0 ||
               std::isdigit(static_cast<unsigned char>(after.front())) != 0;
    }

    std::string resolve_marks(std::string_view line) const {
        std::string text;
        while (true) {
            const auto mark = line.find(taken_hyphen);
            text += line.substr(0, mark);
            if (mark == std::string_view::npos)
                return text;
            line.remove_prefix(mark + taken_hyphen.size());
            const auto rest = word_after(line.substr(0, line.find(taken_hyphen)));
            text += keeps_hyphen(word_before(text), rest, false) ? "-" : "";
        }
    }

    /// `text` ends in a line end here.
    static bool joins(std::string_view text, std::string_view line) {
        return text.size() > 2 && text.ends_with("-\n") &&
               is_letter(static_cast<unsigned char>(text[text.size() - 3])) && !line.empty() &&
               std::islower(static_cast<unsigned char>(line.front())) != 0;
    }

    /// A hyphen that is written stays when nothing is known about the word.
    void join(std::string& text, std::string& line) const {
        text.resize(text.size() - 2);
        const auto rest = word_after(line);
        text += keeps_hyphen(word_before(text), rest, true) ? "-" : "";
    }

    std::unordered_set<std::string> words_;
};

/// Where the title stands on its page; the page's beginning when it does not.
std::size_t place_of(const std::string& title, const std::string& text, std::size_t begin, std::size_t end) {
    const auto at = title.empty() ? std::string::npos : text.find(title, begin);
    return at != std::string::npos && at < end ? at : begin;
}

void add_outline(const std::vector<PdfOutlineEntry>& outline, const std::vector<std::size_t>& begins,
                 Extraction& into) {
    for (const auto& entry : outline) {
        const auto title = single_line(entry.title);
        if (title.empty() || entry.page + 1 >= begins.size())
            continue;
        into.sections.push_back({SectionKind::chapter, title, entry.level,
                                 place_of(title, into.text, begins[entry.page], begins[entry.page + 1]), 1});
    }
    std::stable_sort(into.sections.begin(), into.sections.end(),
                     [](const Section& a, const Section& b) { return a.begin < b.begin; });
}

std::vector<Lines> lines_of_pages(std::vector<PdfPage>& pages, std::vector<std::string>& notes) {
    std::vector<Lines> lines;
    lines.reserve(pages.size());
    for (auto& page : pages)
        lines.push_back(lines_of(std::exchange(page.text, {})));
    const auto first = running_heads(lines, true), last = running_heads(lines, false);
    std::size_t changed = 0;
    for (std::size_t page = 0; page < lines.size(); ++page) {
        if (last[page])
            lines[page].pop_back();
        if (first[page] && !lines[page].empty())
            lines[page].erase(lines[page].begin());
        changed += first[page] || last[page] ? 1 : 0;
    }
    if (changed > 0)
        notes.push_back("Running heads and page numbers were left out on " + std::to_string(changed) +
                        " of " + std::to_string(lines.size()) + " pages.");
    return lines;
}

} // namespace

Extraction assemble_pages(PdfContent content) {
    Extraction result;
    result.extractor = extractor::pdf;
    result.encoding = "UTF-8";
    result.title = single_line(content.title);
    const auto pages = lines_of_pages(content.pages, result.notes);
    const Hyphens hyphens(pages);
    std::vector<std::size_t> begins;
    std::size_t empty = 0;
    for (std::size_t page = 0; page < pages.size(); ++page) {
        begins.push_back(result.text.size());
        const auto& label = content.pages[page].label;
        result.sections.push_back(
            {SectionKind::page, label.empty() ? std::to_string(page + 1) : label, 1, result.text.size(), 1});
        const auto text = hyphens.repair(pages[page]);
        empty += text.empty() ? 1 : 0;
        result.text += text.empty() ? text : text + "\n";
    }
    begins.push_back(result.text.size());
    if (empty > 0 && empty < pages.size())
        result.notes.push_back(std::to_string(empty) + " of " + std::to_string(pages.size()) +
                               " pages have no text: they are empty, or pictures.");
    add_outline(content.outline, begins, result);
    return result;
}

} // namespace longview::app
