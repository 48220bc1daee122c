#include "inference/text/text_normalizer.h"

#include <algorithm>
#include <cstddef>

#include "inference/text/utf8.h"

namespace longview {
namespace {

class Writer {
public:
    explicit Writer(std::string_view source) : source_(source) { result_.text.reserve(source.size()); }

    /// Spaces and tabs of source bytes [begin, end), which turned out not to stand at the end of a line.
    void blanks(std::size_t begin, std::size_t end) {
        for (auto at = begin; at < end; ++at) {
            const auto count = source_[at] == ' ' ? 1 : source_[at] == '\t' ? 4 : 0; // else a carriage return
            for (int i = 0; i < count; ++i)
                put(' ', at);
        }
    }
    void copy(std::size_t at, std::size_t length) {
        result_.origin.add(result_.text.size(), at);
        result_.text += source_.substr(at, length);
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
    std::size_t blanks_from =
        0; // spaces, tabs and carriage returns in [blanks_from, at) await what follows them
    std::size_t at = 0;
    while (at < utf8.size()) {
        const char byte = utf8[at];
        if (byte == ' ' || byte == '\t' || byte == '\r') {
            ++at;
            continue;
        }
        const auto length = code_point_at(utf8, at).length;
        if (byte == '\n') {
            writer.newline(at);
        } else if (!writer.empty() || !is_white_space(code_point_at(utf8, at).value)) {
            if (!writer.empty())
                writer.blanks(blanks_from, at);
            writer.copy(at, length);
        }
        at += length;
        blanks_from = at;
    }
    return writer.finish();
}

} // namespace longview
