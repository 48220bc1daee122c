#pragma once
// A text in the pieces that are searched. Internal to this folder.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace longview::storage {

struct Passage {
    std::size_t begin = 0, end = 0; ///< bytes
    std::size_t line = 1;           ///< 1-based, of `begin`
};

/// Covers every byte once: whole paragraphs where they are short enough, else lines, else words.
std::vector<Passage> passages_of(std::string_view text);

/// Chinese, Japanese and Korean have no spaces for the index to go by: their characters get an invisible
/// break in front, in what is stored and in what is searched for.
std::string with_breaks(std::string_view text);
std::string without_breaks(std::string_view text);

/// A query for FTS5: every word must occur, "several words" one after the other, begin* at the beginning of a
/// word. Whatever else is typed is taken as words; empty when there is none.
std::string match_expression(std::string_view typed);

/// A query for FTS5: all words of `all`, and one of `any` unless it is empty, within 20 words. Words are
/// taken as they are; empty when `all` holds none.
std::string nearness_expression(const std::vector<std::string>& all, const std::vector<std::string>& any);

} // namespace longview::storage
