#pragma once
// Cuts a text of any size into blocks of a few kilobytes, so that only what is seen has to be laid out, and
// keeps the running sum of their heights.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace longview::ui {

/// Some whole lines, or a piece of one very long line. Blocks follow each other without gaps.
struct TextBlock {
    std::size_t begin = 0;
    std::size_t end = 0;       ///< after the last line's "\n"
    std::size_t firstLine = 0; ///< 0-based line that holds `begin`
    std::uint32_t lines = 1;   ///< lines that start in it or run through it
};

/// `lineStarts` as in Document. Pieces of long lines end at a space where there is one, never inside a code
/// point.
std::vector<TextBlock> cutIntoBlocks(std::string_view text, const std::vector<std::size_t>& lineStarts);
/// Index of the block that holds byte `offset` (clamped).
std::size_t blockAt(const std::vector<TextBlock>& blocks, std::size_t offset);

/// Heights with running sums in O(log n) (a Fenwick tree).
class HeightIndex {
public:
    void assign(std::vector<std::int64_t> heights);
    void set(std::size_t index, std::int64_t height);
    std::int64_t height(std::size_t index) const { return heights_[index]; }
    std::int64_t before(std::size_t index) const; ///< sum of the heights of [0, index)
    std::int64_t total() const { return before(heights_.size()); }
    /// The index whose stretch holds `position`, clamped to the last one.
    std::size_t find(std::int64_t position) const;
    std::size_t size() const { return heights_.size(); }

private:
    std::vector<std::int64_t> heights_;
    std::vector<std::int64_t> tree_;
};

} // namespace longview::ui
