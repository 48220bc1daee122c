#include "app/importers/markdown.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <utility>

namespace longview::app {
namespace {

constexpr std::string_view blanks = " \t";

std::string_view trimmed(std::string_view line) {
    const auto first = line.find_first_not_of(blanks);
    if (first == std::string_view::npos)
        return {};
    return line.substr(first, line.find_last_not_of(blanks) - first + 1);
}

std::size_t run_length(std::string_view text, char character) {
    return std::min(text.find_first_not_of(character), text.size());
}

/// Four columns of indentation make a line code, or a continuation of the paragraph above it.
bool is_indented(std::string_view line) {
    const auto first = std::min(line.find_first_not_of(' '), line.size());
    return first >= 4 || (first < line.size() && line[first] == '\t');
}

bool is_thematic_break(std::string_view line) {
    const char first = line.front();
    const auto count = std::count(line.begin(), line.end(), first);
    return (first == '-' || first == '*' || first == '_') && count >= 3 &&
           line.find_first_not_of(std::string{first, ' ', '\t'}) == std::string_view::npos;
}

/// A line that cannot begin a paragraph: block quote, list item or table row.
bool begins_other_block(std::string_view line) {
    const char first = line.front();
    if (first == '>' || first == '|')
        return true;
    const auto second = line.size() > 1 ? line[1] : ' ';
    if ((first == '-' || first == '*' || first == '+') && (second == ' ' || second == '\t'))
        return true;
    const auto digits =
        std::find_if(line.begin(), line.end(), [](unsigned char c) { return std::isdigit(c) == 0; });
    return digits != line.begin() && digits != line.end() && (*digits == '.' || *digits == ')') &&
           (digits + 1 == line.end() || *(digits + 1) == ' ');
}

class HeadingReader {
public:
    void read(std::string_view line, std::size_t begin) {
        const auto content = trimmed(line);
        if (fence_length_ > 0) {
            close_fence(line, content);
        } else if (content.empty()) {
            end_paragraph();
        } else if (is_indented(line)) {
            if (!paragraph_.empty())
                paragraph_ += ' ' + std::string(content);
        } else if (!open_fence(content) && !atx(content, begin) && !setext(content)) {
            paragraph(content, begin);
        }
    }
    std::vector<Section> take() { return std::move(headings_); }

private:
    bool open_fence(std::string_view content) {
        const char character = content.front();
        const auto length = run_length(content, character);
        if ((character != '`' && character != '~') || length < 3)
            return false;
        if (character == '`' && content.find('`', length) != std::string_view::npos)
            return false; // a code span
        end_paragraph();
        fence_ = character;
        fence_length_ = length;
        return true;
    }

    void close_fence(std::string_view line, std::string_view content) {
        if (!is_indented(line) && content.size() >= fence_length_ &&
            run_length(content, fence_) == content.size())
            fence_length_ = 0;
    }

    bool atx(std::string_view content, std::size_t begin) {
        const auto level = run_length(content, '#');
        if (level == 0 || level > 6)
            return false;
        if (level < content.size() && blanks.find(content[level]) == std::string_view::npos)
            return false;
        end_paragraph();
        auto title = trimmed(content.substr(level));
        const auto last = title.find_last_not_of('#');
        if (last == std::string_view::npos)
            title = {};
        else if (last + 1 < title.size() && blanks.find(title[last]) != std::string_view::npos)
            title = trimmed(title.substr(0, last));
        add(title, level, begin);
        return true;
    }

    bool setext(std::string_view content) {
        const char character = content.front();
        if ((character != '=' && character != '-') || run_length(content, character) != content.size() ||
            paragraph_.empty())
            return false;
        add(paragraph_, character == '=' ? 1 : 2, paragraph_begin_);
        end_paragraph();
        return true;
    }

    void paragraph(std::string_view content, std::size_t begin) {
        if (is_thematic_break(content)) {
            end_paragraph();
            return;
        }
        if (begins_other_block(content) || in_other_block_) {
            end_paragraph();
            in_other_block_ = true;
            return;
        }
        if (paragraph_.empty())
            paragraph_begin_ = begin;
        else
            paragraph_ += ' ';
        paragraph_ += content;
    }

    void end_paragraph() {
        paragraph_.clear();
        in_other_block_ = false;
    }

    void add(std::string_view title, std::size_t level, std::size_t begin) {
        if (!title.empty())
            headings_.push_back({SectionKind::heading, std::string(title), static_cast<int>(level), begin});
    }

    std::vector<Section> headings_;
    std::string paragraph_; ///< its lines so far, joined; what an underline would make a heading
    std::size_t paragraph_begin_ = 0;
    bool in_other_block_ =
        false; ///< lines until the next empty one belong to a quote, a list item or a table
    char fence_ = 0;
    std::size_t fence_length_ = 0; ///< 0 outside fenced code
};

/// Bytes of the YAML front matter ("---" … "---") at the beginning; 0 when there is none.
std::size_t front_matter(std::string_view text) {
    if (!text.starts_with("---\n"))
        return 0;
    for (auto at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) {
        const auto line = text.substr(at + 1, std::min(text.find('\n', at + 1), text.size()) - at - 1);
        if (line == "---" || line == "...")
            return at + 1 + line.size();
    }
    return 0;
}

} // namespace

std::vector<Section> markdown_headings(std::string_view text) {
    HeadingReader reader;
    for (auto begin = front_matter(text); begin < text.size();) {
        const auto end = std::min(text.find('\n', begin), text.size());
        reader.read(text.substr(begin, end - begin), begin);
        begin = end + 1;
    }
    return reader.take();
}

} // namespace longview::app
