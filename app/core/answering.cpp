#include "app/core/answering.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include "app/core/answer_stream.h"
#include "inference/text/prompt.h"
#include "inference/text/quotation.h"

namespace longview::app {

namespace {

using Clock = std::chrono::steady_clock;

double ms_since(Clock::time_point start) {
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

double doubt_of(const Answer& answer) {
    return 1 - answer.generation.probability.value_or(0);
}

/// Of answers from one span after another: where several are sure, or about as sure as the surest, the last,
/// for what a text says later holds ("she has moved to …"). Precondition: not empty.
Answer last_of_the_surest(std::vector<Answer> answers) {
    constexpr double sure = 0.03, about_as_sure = 3; // a doubt, and times the least
    double least = 1;
    for (const Answer& answer : answers)
        least = std::min(least, doubt_of(answer));
    const double most = std::max(sure, about_as_sure * least);
    const auto last = std::find_if(answers.rbegin(), answers.rend(),
                                   [most](const Answer& answer) { return doubt_of(answer) <= most; });
    return std::move(*last);
}

} // namespace

Answer Answering::ask(const std::string& question, const std::function<void(std::string_view)>& on_answer,
                      const std::stop_token& stop) {
    const std::int64_t memories = model_.config.memories(document_.segments_total());
    if (memories == 1) {
        const std::vector<TokenId> prompt =
            build_prompt(*model_.tokenizer, model_.config, document_.tail(), question);
        return ask_one(memory_, prompt, std::span(document_.tokens.ids).first(document_.reach), on_answer,
                       stop);
    }
    const auto start = Clock::now();
    Answer answer = ask_each(question, memories, stop);
    if (!answer.generation.tokens.empty())
        answer.first_ms = ms_since(start);
    if (on_answer && !answer.text.empty())
        on_answer(answer.text);
    return answer;
}

Answer Answering::ask_each(const std::string& question, std::int64_t memories, const std::stop_token& stop) {
    const auto span = static_cast<std::size_t>(*model_.config.memory_span) *
                      static_cast<std::size_t>(document_.segment_size);
    const std::span<const TokenId> text = std::span(document_.tokens.ids).first(document_.reach);
    std::vector<Answer> answers; // those that a span states, in the order of the text
    Answer unstated;
    for (std::int64_t i = 0; i < memories; ++i) {
        const bool last = i + 1 == memories;
        const MemoryState memory = memory_->memory(i, model_.config);
        const std::vector<TokenId> prompt = build_prompt(
            *model_.tokenizer, model_.config, last ? document_.tail() : std::span<const TokenId>(), question);
        const std::size_t begin = static_cast<std::size_t>(i) * span;
        Answer answer =
            ask_one(&memory, prompt, last ? text.subspan(begin) : text.subspan(begin, span), {}, stop);
        if (answer.generation.stopped_because == StopReason::cancelled)
            return {.generation = {.stopped_because = StopReason::cancelled}};
        if (model_.config.is_unquoted(answer.text))
            unstated = std::move(answer);
        else
            answers.push_back(std::move(answer));
    }
    return answers.empty() ? unstated : last_of_the_surest(std::move(answers));
}

Answer Answering::ask_one(const MemoryState* memory, std::span<const TokenId> prompt,
                          std::span<const TokenId> text,
                          const std::function<void(std::string_view)>& on_answer,
                          const std::stop_token& stop) {
    const auto start = Clock::now();
    GenerateJob job{memory, prompt, options_.sampling, options_.max_tokens, {}};
    if (model_.config.eos_token)
        job.stop_tokens.push_back(*model_.config.eos_token);
    std::optional<Quotation> quotation;
    if (options_.quote && model_.config.quotes()) {
        quotation.emplace(*model_.tokenizer, text, text.size(), model_.config.unquoted_answers);
        job.allowed = [&quotation, end = model_.config.eos_token](TokenId token) {
            return token == end ? quotation->may_end() : quotation->allows(token);
        };
    } else if (memory_ != memory) { // one of several: how likely its answer is decides
        job.allowed = [](TokenId) { return true; };
    }
    Answer answer;
    AnswerStream stream(*model_.tokenizer, on_answer);
    GenerateObserver generating;
    generating.on_token = [&](TokenId token) {
        if (answer.first_ms < 0)
            answer.first_ms = ms_since(start);
        if (quotation)
            quotation->add(token);
        stream.add(token);
    };
    answer.generation = model_.engine->generate(job, generating, stop);
    answer.text = stream.finish();
    return answer;
}

} // namespace longview::app
