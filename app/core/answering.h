#pragma once
// Asks a document's memory, or each of its memories, and takes the surest answer.

#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

#include "app/core/session.h"
#include "inference/values/generation.h"
#include "inference/values/memory_state.h"

namespace longview::app {

struct Answer {
    Generation generation;
    std::string text;
    double first_ms = -1; ///< until its first token was handed out; -1: it has none
};

/// A document as it is asked. Used by the thread that owns the model; what it names must outlive it.
///
/// Where the document has one memory, the pieces of the answer are handed to `on_answer` as they come. Where
/// it has several (ModelConfig::memory_span), each is asked, and its answer kept to the words of its own
/// span. The surest counts, or one from further on that is sure as well; "not stated" only where no span
/// states any. Its text is handed out at once, and a stop before leaves nothing.
class Answering {
public:
    /// `memory`: nullptr before the first full segment.
    Answering(const Model& model, const PreparedDocument& document, const MemoryState* memory,
              const AskOptions& options)
        : model_(model), document_(document), memory_(memory), options_(options) {}

    Answer ask(const std::string& question, const std::function<void(std::string_view)>& on_answer,
               const std::stop_token& stop);

private:
    /// Tokens of the document.
    struct Quotable {
        std::size_t begin = 0, end = 0;
    };
    /// What one memory answers to a prompt, in words of `quotable` where the answer is to be a quotation.
    Answer ask_one(const MemoryState* memory, std::span<const TokenId> prompt, Quotable quotable,
                   const std::function<void(std::string_view)>& on_answer, const std::stop_token& stop);
    Answer ask_each(const std::string& question, std::int64_t memories, const std::stop_token& stop);

    const Model& model_;
    const PreparedDocument& document_;
    const MemoryState* memory_;
    const AskOptions& options_;
};

} // namespace longview::app
