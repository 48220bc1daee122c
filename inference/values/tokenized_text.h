#pragma once
// Token ids of a text, and the bytes each of them stands for.

#include <cstddef>
#include <vector>

#include "inference/values/model_config.h"

namespace longview {

/// ids[i] covers source bytes [begin[i], end[i]); ranges are ordered and never overlap; a token that stands
/// for no byte of the source (a leading space the tokenizer adds) has begin == end.
struct TokenizedText {
    std::vector<TokenId> ids;
    std::vector<std::size_t> begin;
    std::vector<std::size_t> end;
    std::size_t replaced_bytes = 0; ///< bytes of the source that were not valid UTF-8 and were read as U+FFFD
};

} // namespace longview
