#include "app/core/evaluation.h"

#include <chrono>
#include <fstream>

#include <nlohmann/json.hpp>

#include "app/importers/import.h"
#include "inference/values/error.h"

namespace longview::app {

namespace {

using Json = nlohmann::json;

std::string place(const std::filesystem::path& file, std::size_t line) {
    return file.string() + ", line " + std::to_string(line);
}

/// The string under the first of `keys` that is there; nothing when none is.
std::optional<std::string> text_of(const Json& object, std::initializer_list<const char*> keys,
                                   const std::string& where) {
    for (const char* key : keys) {
        const auto found = object.find(key);
        if (found == object.end())
            continue;
        if (!found->is_string())
            throw Error(ErrorKind::input, where + ": \"" + key + "\" is no text.");
        return found->get<std::string>();
    }
    return {};
}

std::string need(std::optional<std::string> text, const char* key, const std::string& where) {
    if (!text)
        throw Error(ErrorKind::input, where + ": \"" + key + "\" is missing.");
    return std::move(*text);
}

EvaluationItem parse_item(const std::string& line, const std::string& where) {
    const Json object = Json::parse(line, nullptr, false);
    if (!object.is_object())
        throw Error(ErrorKind::input, where + ": this is no JSON object.");
    EvaluationItem item;
    item.question = need(text_of(object, {"question"}, where), "question", where);
    item.answer = need(text_of(object, {"answer"}, where), "answer", where);
    item.family = text_of(object, {"family"}, where).value_or("");
    item.text = text_of(object, {"text"}, where).value_or("");
    item.document = text_of(object, {"doc", "document"}, where).value_or("");
    if (item.text.empty() == item.document.empty())
        throw Error(ErrorKind::input, where + ": exactly one of \"doc\" (a file) and \"text\" is needed.");
    return item;
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view white = " \t\r\n\f\v";
    const std::size_t begin = text.find_first_not_of(white);
    if (begin == std::string_view::npos)
        return {};
    return text.substr(begin, text.find_last_not_of(white) + 1 - begin);
}

/// Compares with what was wanted as the tokenizer spells it: it may have its own white space and punctuation.
bool is_right(const Tokenizer& tokenizer, std::string_view given, std::string_view wanted) {
    return trimmed(given) == trimmed(tokenizer.decode(tokenizer.encode(wanted).ids));
}

std::int64_t length_bucket(std::int64_t tokens) {
    std::int64_t bucket = 1;
    while (bucket < tokens)
        bucket *= 2;
    return bucket;
}

/// Item numbers that share a document, in the order in which documents first appear.
std::vector<std::vector<std::size_t>> by_document(const std::vector<EvaluationItem>& items) {
    std::map<std::pair<std::string_view, std::string_view>, std::size_t> group_of;
    std::vector<std::vector<std::size_t>> groups;
    for (std::size_t i = 0; i < items.size(); ++i) {
        const auto [found, added] = group_of.try_emplace({items[i].document, items[i].text}, groups.size());
        if (added)
            groups.emplace_back();
        groups[found->second].push_back(i);
    }
    return groups;
}

std::shared_ptr<const Document> document_of(const EvaluationItem& item, const std::filesystem::path& base) {
    if (!item.document.empty())
        return std::make_shared<const Document>(import_path(base / item.document).document);
    return std::make_shared<const Document>(import_bytes(item.text, "text of \"" + item.question + "\""));
}

void count(Score& score, bool right) {
    ++score.total;
    score.right += right ? 1 : 0;
}

void add_scores(Evaluation& evaluation) {
    for (const Evaluation::Answer& answer : evaluation.answers) {
        const std::int64_t bucket = length_bucket(answer.document_tokens);
        count(evaluation.all, answer.right);
        count(evaluation.by_family[answer.item.family], answer.right);
        count(evaluation.by_length[bucket], answer.right);
        if (answer.confidence)
            count(evaluation.by_certainty[certainty_of(*answer.confidence)], answer.right);
        count(evaluation.by_family_and_length[{answer.item.family, bucket}], answer.right);
    }
}

} // namespace

std::vector<EvaluationItem> load_evaluation(const std::filesystem::path& jsonl) {
    std::ifstream stream(jsonl, std::ios::binary);
    std::error_code ignored; // a path that cannot be looked at fails to open as well
    if (!stream || std::filesystem::is_directory(jsonl, ignored))
        throw Error(ErrorKind::input, jsonl.string() + " cannot be read; name a file of JSON lines.");
    std::vector<EvaluationItem> items;
    std::string line;
    for (std::size_t number = 1; std::getline(stream, line); ++number) {
        if (!trimmed(line).empty())
            items.push_back(parse_item(line, place(jsonl, number)));
    }
    if (stream.bad())
        throw Error(ErrorKind::input, jsonl.string() + " could not be read to its end.");
    if (items.empty())
        throw Error(ErrorKind::input, jsonl.string() + " holds no question.");
    return items;
}

Evaluation evaluate(Session& session, const std::filesystem::path& base,
                    const std::vector<EvaluationItem>& items, const AskOptions& asking,
                    const std::function<void(std::size_t done, std::size_t total)>& on_progress,
                    std::stop_token stop) {
    const auto start = std::chrono::steady_clock::now();
    Evaluation evaluation;
    std::vector<std::optional<Evaluation::Answer>> answers(items.size());
    std::size_t done = 0;
    for (const std::vector<std::size_t>& group : by_document(items)) {
        PreparedDocument document = session.prepare(document_of(items[group.front()], base));
        for (const std::size_t i : group) {
            const AskOutcome outcome = session.ask(document, items[i].question, asking, {}, stop);
            if (outcome.read_cancelled || outcome.exchange.stopped_because == StopReason::cancelled) {
                evaluation.cancelled = true;
                break;
            }
            const std::string& given = outcome.exchange.answer;
            answers[i] = {items[i], given, document.document_tokens(),
                          is_right(*session.model().tokenizer, given, items[i].answer),
                          outcome.exchange.confidence};
            if (on_progress)
                on_progress(++done, items.size());
        }
        if (evaluation.cancelled)
            break;
    }
    for (std::optional<Evaluation::Answer>& answer : answers) {
        if (answer)
            evaluation.answers.push_back(std::move(*answer));
    }
    add_scores(evaluation);
    evaluation.ms =
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    return evaluation;
}

} // namespace longview::app
