#pragma once
// Exact match of a model's answers over a file of questions.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "app/core/session.h"

namespace longview::app {

/// One line of the JSONL: {"doc" or "document": a file beside the JSONL, or "text": the document itself,
/// "question", "answer", "family" (optional)}. Other keys are ignored.
struct EvaluationItem {
    std::string document; ///< path, or empty when `text` holds it
    std::string text;
    std::string question, answer, family;
};
/// Throws Error(input) with file and line, or when there is no question at all.
std::vector<EvaluationItem> load_evaluation(const std::filesystem::path& jsonl);

struct Score {
    std::int64_t right = 0, total = 0;
};

struct Evaluation {
    Score all;
    std::map<std::string, Score> by_family;
    std::map<std::int64_t, Score> by_length; ///< document tokens rounded up to a power of two
    std::map<std::pair<std::string, std::int64_t>, Score> by_family_and_length;
    std::map<Certainty, Score> by_certainty; ///< of quoted answers
    struct Answer {
        EvaluationItem item;
        std::string given;
        std::int64_t document_tokens = 0;
        bool right = false;
        std::optional<double> confidence; ///< as in an Exchange
    };
    std::vector<Answer> answers; ///< in the order of the items
    double ms = 0;
    bool cancelled = false;
};

/// Each document is read once, `base` being the folder that relative ones start from; answers, asked for as
/// `asking` says, are compared whole, after trimming white space at both ends, with what was wanted as
/// the model's tokenizer spells it ("2 o’clock" as "2 o'clock").
Evaluation evaluate(Session& session, const std::filesystem::path& base,
                    const std::vector<EvaluationItem>& items, const AskOptions& asking,
                    const std::function<void(std::size_t done, std::size_t total)>& on_progress,
                    std::stop_token stop);

} // namespace longview::app
