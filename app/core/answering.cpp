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

/// Of answers from one span after another the surest; where that is sure, the last that is sure as well, for
/// what a text says later holds ("she has moved to …"). Precondition: not empty.
Answer last_of_the_surest(std::vector<Answer> answers) {
    constexpr double sure = 0.1, always_as_sure = 0.03, about_as_sure = 3; // doubts; times the least doubt
    double least = 1;
    for (const Answer& answer : answers)
        least = std::min(least, doubt_of(answer));
    const double most = least <= sure ? std::max(always_as_sure, about_as_sure * least) : least;
    const auto last = std::find_if(answers.rbegin(), answers.rend(),
                                   [most](const Answer& answer) { return doubt_of(answer) <= most; });
    return std::move(*last);
}

/// Where the text begins that an answer about a span may quote: some tokens before the span, for a name
/// across its border, and at white space, so that no word or number is cut.
std::size_t quotable_from(const Tokenizer& tokenizer, std::span<const TokenId> text, std::size_t begin) {
    constexpr std::size_t before = 32, most_before = 64;
    std::size_t from = begin - std::min(begin, before);
    const auto begins_with_space = [&] {
        const std::string_view bytes = tokenizer.bytes_of(text[from]);
        return !bytes.empty() && (bytes.front() == ' ' || bytes.front() == '\n');
    };
    while (from > 0 && begin - from < most_before && !begins_with_space())
        --from;
    return from;
}

} // namespace

Answer Answering::ask(const std::string& question, const std::function<void(std::string_view)>& on_answer,
                      const std::stop_token& stop) {
    const std::int64_t memories = model_.config.memories(document_.segments_total());
    if (memories == 1) {
        const std::vector<TokenId> prompt =
            build_prompt(*model_.tokenizer, model_.config, document_.tail(), question);
        return ask_one(memory_, prompt, {0, document_.reach}, on_answer, stop);
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
    std::vector<Answer> answers; // those that a span states, in the order of the text
    Answer unstated;
    for (std::int64_t i = 0; i < memories; ++i) {
        const bool last = i + 1 == memories;
        const MemoryState memory = memory_->memory(i, model_.config);
        const std::vector<TokenId> prompt = build_prompt(
            *model_.tokenizer, model_.config, last ? document_.tail() : std::span<const TokenId>(), question);
        const std::size_t begin = static_cast<std::size_t>(i) * span;
        const Quotable quotable{quotable_from(*model_.tokenizer, document_.tokens.ids, begin),
                                last ? document_.reach : begin + span};
        Answer answer = ask_one(&memory, prompt, quotable, {}, stop);
        if (answer.generation.stopped_because == StopReason::cancelled)
            return {.generation = {.stopped_because = StopReason::cancelled}};
        if (answer.text.empty() || model_.config.is_unquoted(answer.text))
            unstated = std::move(answer);
        else
            answers.push_back(std::move(answer));
    }
    return answers.empty() ? unstated : last_of_the_surest(std::move(answers));
}

Answer Answering::ask_one(const MemoryState* memory, std::span<const TokenId> prompt, Quotable quotable,
                          const std::function<void(std::string_view)>& on_answer,
                          const std::stop_token& stop) {
    const auto start = Clock::now();
    GenerateJob job{memory, prompt, options_.sampling, options_.max_tokens, {}};
    if (model_.config.eos_token)
        job.stop_tokens.push_back(*model_.config.eos_token);
    std::optional<Quotation> quotation;
    if (options_.quote && model_.config.quotes()) {
        const auto text = std::span(document_.tokens.ids).subspan(quotable.begin);
        quotation.emplace(*model_.tokenizer, text, quotable.end - quotable.begin,
                          model_.config.unquoted_answers);
        job.allowed = [&quotation, end = model_.config.eos_token](TokenId token) {
            return token == end ? quotation->may_end() : quotation->allows(token);
        };
    } else if (model_.config.memories(document_.segments_total()) > 1) { // how likely it is decides
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
