#include "inference/text/text_normalizer.h"

#include <algorithm>
#include <cstddef>

#include "inference/text/utf8.h"

namespace longview {
namespace {

/// A space that is none of ASCII's: no-break, thin, ideographic. Separators of lines and paragraphs are no
/// spaces.
bool is_wide_space(char32_t value) {
    return value >= 0x80 && is_white_space(value) && value != 0x85 && value != 0x2028 && value != 0x2029;
}

bool is_blank(char32_t value) {
    return value == ' ' || value == '\t' || value == '\r' || is_wide_space(value);
}

/// The ASCII spelling of a typographic quotation mark, dash or ellipsis; empty for anything else.
std::string_view plain(char32_t value) {
    switch (value) {
    case 0x2018: // quotation marks: single, and the apostrophe
    case 0x2019:
    case 0x201A:
    case 0x201B:
        return "'";
    case 0x201C: // double
    case 0x201D:
    case 0x201E:
    case 0x201F:
        return "\"";
    case 0x2010: // hyphens, figure and en dash, minus sign
    case 0x2011:
    case 0x2012:
    case 0x2013:
    case 0x2212:
        return "-";
    case 0x2014: // em dash and horizontal bar
    case 0x2015:
        return "--";
    case 0x2026:
        return "...";
    default:
        return {};
    }
}

class Writer {
public:
    explicit Writer(std::string_view source) : source_(source) { result_.text.reserve(source.size()); }

    /// The blanks of source bytes [begin, end), which turned out not to stand at the end of a line.
    void blanks(std::size_t begin, std::size_t end) {
        for (auto at = begin; at < end; at += code_point_at(source_, at).length)
            if (source_[at] != '\r')
                spell(source_[at] == '\t' ? "    " : " ", at);
    }
    void copy(std::size_t at, std::size_t length) {
        result_.origin.add(result_.text.size(), at);
        result_.text += source_.substr(at, length);
    }
    /// Writes `text` for the character at source byte `at`.
    void spell(std::string_view text, std::size_t at) {
        for (const char byte : text)
            put(byte, at);
    }
    void newline(std::size_t at) {
        if (!result_.text.empty() && result_.text.back() != '\n')
            put('\n', at);
    }
    bool empty() const { return result_.text.empty(); }

    NormalizedText finish() {
        const auto size = trim(result_.text).size(); // its beginning never holds white space
        result_.text.resize(size);
        result_.origin.truncate(size);
        result_.origin.add(size, source_.size());
        return std::move(result_);
    }

private:
    void put(char byte, std::size_t at) {
        result_.origin.add(result_.text.size(), at);
        result_.text += byte;
    }

    std::string_view source_;
    NormalizedText result_;
};

} // namespace

NormalizedText normalize(std::string_view utf8) {
    Writer writer(utf8);
    std::size_t blanks_from = 0; // the blanks in [blanks_from, at) await what follows them
    std::size_t at = 0;
    while (at < utf8.size()) {
        const auto point = code_point_at(utf8, at);
        const auto begin = at;
        at += point.length;
        if (is_blank(point.value))
            continue;
        if (point.value == '\n') {
            writer.newline(begin);
        } else if (!writer.empty() || !is_white_space(point.value)) {
            if (!writer.empty())
                writer.blanks(blanks_from, begin);
            if (const auto ascii = plain(point.value); !ascii.empty())
                writer.spell(ascii, begin);
            else
                writer.copy(begin, point.length);
        }
        blanks_from = at;
    }
    return writer.finish();
}

} // namespace longview
