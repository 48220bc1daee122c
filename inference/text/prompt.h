#pragma once
// From a document's tokens and a question to the rows of the final segment.

#include <string_view>
#include <vector>

#include "inference/text/tokenizer.h"
#include "inference/values/model_config.h"

namespace longview {

/// Tail of the document (its tokens after the last full segment), then the question: `<q>` question `<a>` for
/// a model that has these tokens, else "\n\nQuestion: …\nAnswer:". The question never straddles a segment
/// border. Throws Error(input) when the question is empty, or too long to leave room for an answer in the
/// final segment.
std::vector<TokenId> build_prompt(const Tokenizer& tokenizer, const ModelConfig& config,
                                  std::span<const TokenId> tail, std::string_view question);

} // namespace longview
