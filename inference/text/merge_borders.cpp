#include "inference/text/merge_borders.h"

#include "inference/text/utf8.h"

namespace longview {

void MergeBorders::add_piece(std::string_view text) {
    if (text.empty())
        return;
    auto left = code_point_at(text, 0);
    for (auto at = left.length; at < text.size();) {
        const auto right = code_point_at(text, at);
        if (left.value < ascii && right.value < ascii)
            table_[left.value].set(right.value);
        else
            others_.insert(key(left.value, right.value));
        at += right.length;
        left = right;
    }
}

} // namespace longview
