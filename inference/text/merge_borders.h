#pragma once
// Where a text can be cut without changing what a subword tokenizer makes of it.

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_set>

namespace longview {

/// Knows which two characters stand side by side in some piece of a vocabulary. Between any other two, no
/// piece can reach across, so both sides tokenize independently: words instead of a whole book, with the same
/// result.
class MergeBorders {
public:
    void add_piece(std::string_view text);
    bool joins(char32_t left, char32_t right) const {
        return left < ascii && right < ascii ? table_[left][right] : others_.contains(key(left, right));
    }

private:
    static constexpr std::size_t ascii = 128;
    static std::uint64_t key(char32_t left, char32_t right) {
        return (std::uint64_t{left} << 32U) | std::uint64_t{right};
    }
    std::array<std::bitset<ascii>, ascii> table_;
    std::unordered_set<std::uint64_t> others_;
};

} // namespace longview
