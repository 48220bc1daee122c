#pragma once
// Running text out of marked-up formats: white space as a reader sees it, one empty line between paragraphs,
// and sections at the byte where their first word stands. Internal to this folder.

#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "inference/values/document.h"

namespace longview::app {

class TextBuilder {
public:
    /// Prose: runs of white space become one space, soft hyphens and invisible break hints go, ligatures
    /// become their letters. Valid UTF-8 expected.
    void text(std::string_view utf8);
    /// Code: white space stays, line ends become "\n".
    void verbatim(std::string_view utf8);
    void line_break();
    /// An empty line before the next text.
    void paragraph_break();
    /// Before the next text unless a line begins there: between cells, after a list mark.
    void separator(std::string_view between);

    /// A place in front of the next text, wherever white space puts that.
    using Mark = std::size_t;
    Mark mark();
    /// Byte offset of a mark; the end of the text when none came after it.
    std::size_t offset_of(Mark mark) const;

    /// A section from the next text on.
    void section(SectionKind kind, std::string title, int level);
    /// The same with the text between the two calls as its title; dropped when there is none.
    void open_heading(int level);
    void close_heading();
    /// Bytes so far; white space that is due is not among them.
    std::size_t size() const { return text_.size(); }

    std::string take_text();
    /// Call before take_text(). Without those that begin at the end, ordered.
    std::vector<Section> take_sections();

private:
    enum class Due { nothing, space, line, paragraph };
    void due(Due white_space);
    void settle(); ///< writes the white space that is due, and settles marks
    void code_point(std::string_view bytes, char32_t value);

    static constexpr std::size_t unsettled = std::numeric_limits<std::size_t>::max();
    std::string text_;
    Due due_ = Due::nothing;
    std::string between_; ///< a separator that is due
    std::vector<std::size_t> marks_;
    std::size_t first_unsettled_ = 0;
    struct Pending {
        Section section;
        Mark mark = 0;
    };
    std::vector<Pending> sections_;
    std::size_t open_heading_ = unsettled;
};

/// One line without white space at its ends: titles.
std::string single_line(std::string_view utf8);

} // namespace longview::app
