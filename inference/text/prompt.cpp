#include "inference/text/prompt.h"

#include <string>

#include "inference/text/utf8.h"
#include "inference/values/error.h"

namespace longview {
namespace {

constexpr std::size_t answer_rows = 16; ///< the least that an answer needs

/// The question's rows: what marks its beginning, its tokens, and what asks for the answer.
struct Question {
    std::vector<TokenId> rows;
    std::size_t frame = 0; ///< how many of the rows are not the question itself
};

Question marked(const Tokenizer& tokenizer, const ModelConfig& config, std::string_view question) {
    Question result{{*config.question_token}, 2};
    const auto ids = tokenizer.encode(question).ids;
    result.rows.insert(result.rows.end(), ids.begin(), ids.end());
    result.rows.push_back(*config.answer_token);
    return result;
}

Question framed(const Tokenizer& tokenizer, const ModelConfig& config, std::string_view question) {
    Question result;
    std::string before = "\n\nQuestion: ";
    const std::string after = "\nAnswer:";
    if (config.newline_token) { // normalisation would trim newlines in front
        result.rows.push_back(*config.newline_token);
        result.frame = 1;
        before = "Question: ";
    }
    const auto tokens = tokenizer.encode(before + std::string(question) + after);
    for (std::size_t i = 0; i < tokens.ids.size(); ++i) {
        if (i == 0 && tokens.begin[i] == tokens.end[i]) // the space that the tokenizer adds
            continue;
        result.rows.push_back(tokens.ids[i]);
        const bool of_question =
            tokens.end[i] > before.size() && tokens.begin[i] < before.size() + question.size();
        result.frame += of_question ? 0 : 1;
    }
    return result;
}

[[noreturn]] void refuse(std::size_t tokens, std::size_t fit) {
    throw Error(ErrorKind::input, "The question has " + std::to_string(tokens) + " tokens, but only " +
                                      std::to_string(fit) + " fit here: ask a shorter question.");
}

} // namespace

std::vector<TokenId> build_prompt(const Tokenizer& tokenizer, const ModelConfig& config,
                                  std::span<const TokenId> tail, std::string_view question) {
    question = trim(question);
    if (question.empty())
        throw Error(ErrorKind::input, "The question is empty: type what you want to know.");
    if (tail.size() >= static_cast<std::size_t>(config.segment_size))
        throw Error(ErrorKind::usage, "A prompt was asked for with a whole segment left unread.");
    const auto asked = config.question_token && config.answer_token ? marked(tokenizer, config, question)
                                                                    : framed(tokenizer, config, question);
    // The final segment may grow past segment_size, so the question is never cut; it only has to leave an
    // answer's rows.
    const auto capacity = static_cast<std::size_t>(config.final_capacity());
    const auto used = tail.size() + asked.frame + answer_rows;
    const auto tokens = asked.rows.size() - asked.frame;
    const auto fit = capacity > used ? capacity - used : 0;
    if (tokens > fit)
        refuse(tokens, fit);
    std::vector<TokenId> prompt(tail.begin(), tail.end());
    prompt.insert(prompt.end(), asked.rows.begin(), asked.rows.end());
    return prompt;
}

} // namespace longview
