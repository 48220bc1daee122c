#include "ui/text_blocks.h"

#include <algorithm>
#include <bit>

namespace longview::ui {
namespace {

constexpr std::size_t fullBlock = 2048;   // bytes after which a block is closed at the next line
constexpr std::size_t longestLine = 8192; // longer lines are cut into pieces
constexpr std::uint32_t mostLines = 64;

std::size_t pieceEnd(std::string_view text, std::size_t begin, std::size_t lineEnd) {
    if (lineEnd - begin <= longestLine)
        return lineEnd;
    std::size_t end = begin + longestLine;
    const std::size_t space = text.rfind(' ', end);
    if (space != std::string_view::npos && space > begin + longestLine / 2)
        return space + 1;
    while (end > begin + 1 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
        --end;
    return end;
}

} // namespace

std::vector<TextBlock> cutIntoBlocks(std::string_view text, const std::vector<std::size_t>& lineStarts) {
    std::vector<TextBlock> blocks;
    TextBlock open{0, 0, 0, 0};
    const auto close = [&](std::size_t nextLine) {
        if (open.end > open.begin)
            blocks.push_back(open);
        open = {open.end, open.end, nextLine, 0};
    };
    for (std::size_t line = 0; line < lineStarts.size(); ++line) {
        const std::size_t begin = lineStarts[line];
        const std::size_t end = line + 1 < lineStarts.size() ? lineStarts[line + 1] : text.size();
        if (end - begin > longestLine) {
            close(line);
            while (open.begin < end) {
                open.end = pieceEnd(text, open.begin, end);
                open.lines = 1;
                close(line);
            }
            open.firstLine = line + 1;
            continue;
        }
        open.end = end;
        ++open.lines;
        if (open.end - open.begin >= fullBlock || open.lines >= mostLines)
            close(line + 1);
    }
    close(0);
    return blocks;
}

std::size_t blockAt(const std::vector<TextBlock>& blocks, std::size_t offset) {
    const auto after =
        std::upper_bound(blocks.begin(), blocks.end(), offset,
                         [](std::size_t value, const TextBlock& block) { return value < block.begin; });
    return after == blocks.begin() ? 0 : static_cast<std::size_t>(after - blocks.begin()) - 1;
}

void HeightIndex::assign(std::vector<std::int64_t> heights) {
    heights_ = std::move(heights);
    tree_.assign(heights_.size() + 1, 0);
    for (std::size_t i = 1; i < tree_.size(); ++i) {
        tree_[i] += heights_[i - 1];
        const std::size_t parent = i + (i & (~i + 1));
        if (parent < tree_.size())
            tree_[parent] += tree_[i];
    }
}

void HeightIndex::set(std::size_t index, std::int64_t height) {
    const std::int64_t change = height - heights_[index];
    heights_[index] = height;
    for (std::size_t i = index + 1; change != 0 && i < tree_.size(); i += i & (~i + 1))
        tree_[i] += change;
}

std::int64_t HeightIndex::before(std::size_t index) const {
    std::int64_t sum = 0;
    for (std::size_t i = index; i > 0; i -= i & (~i + 1))
        sum += tree_[i];
    return sum;
}

std::size_t HeightIndex::find(std::int64_t position) const {
    if (heights_.empty())
        return 0;
    std::size_t index = 0;
    for (std::size_t step = std::bit_floor(heights_.size()); step > 0; step /= 2) {
        if (index + step < tree_.size() && tree_[index + step] <= position) {
            index += step;
            position -= tree_[index];
        }
    }
    return std::min(index, heights_.size() - 1);
}

} // namespace longview::ui
