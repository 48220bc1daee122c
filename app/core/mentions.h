#pragma once
// Where a document says what an answer says, as far as words can tell.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "inference/values/document.h"
#include "inference/values/exchange.h"
#include "storage/source_store.h"

namespace longview::app {

/// The words of a question or an answer that mean something by themselves, each once: without "where", "the",
/// "of", a possessive 's, and without what says that there is no answer ("not stated").
std::vector<std::string> content_words(std::string_view text);

/// Up to three places before byte `end` of `document` where all content words of the answer stand together,
/// and with them one of the question's, unless the answer repeats such a word. None for an answer of more
/// than eight, or when there is nothing to go by. Throws Error(storage).
std::vector<Mention> find_mentions(storage::SourceStore& sources, std::int64_t document_id,
                                   const Document& document, std::size_t end, const Exchange& exchange);

} // namespace longview::app
