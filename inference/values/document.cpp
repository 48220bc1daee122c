#include "inference/values/document.h"

#include <algorithm>

namespace longview {

std::size_t Document::line_at(std::size_t offset) const {
    const auto next = std::upper_bound(line_starts.begin(), line_starts.end(), offset);
    return static_cast<std::size_t>(std::max<std::ptrdiff_t>(1, next - line_starts.begin()));
}

std::string Document::location(std::size_t begin, std::size_t end) const {
    const auto first = line_at(begin);
    const auto last = line_at(end > begin ? end - 1 : begin);
    if (first == last)
        return "line " + std::to_string(first);
    return "lines " + std::to_string(first) + "\u2013" + std::to_string(last);
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
