#include "app/core/evaluation.h"

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "app/cli/commands.h"
#include "app/cli/progress_line.h"
#include "app/core/locations.h"
#include "app/core/report.h"
#include "inference/values/error.h"

namespace longview::cli {

namespace {

namespace fs = std::filesystem;

/// A directory of our own that goes with this object.
class TemporaryDirectory {
public:
    TemporaryDirectory() {
        std::string name = (fs::temp_directory_path() / "longview-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr)
            throw Error(ErrorKind::storage, "No temporary directory can be made as " + name + ": " +
                                                std::generic_category().message(errno) + "; set TMPDIR.");
        path_ = name;
    }
    ~TemporaryDirectory() {
        std::error_code ignored; // what cannot be removed is left to the system's own cleaning
        fs::remove_all(path_, ignored);
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

    const fs::path& path() const { return path_; }

private:
    fs::path path_;
};

double accuracy(const app::Score& score) {
    return score.total == 0 ? 0 : static_cast<double>(score.right) / static_cast<double>(score.total);
}

Json json_of(const app::Score& score) {
    return {{"right", score.right}, {"total", score.total}, {"accuracy", accuracy(score)}};
}

Json json_of(const app::Evaluation& evaluation, const app::Model& model, bool quoted) {
    Json families = Json::object(), lengths = Json::object(), both = Json::object(),
         certainties = Json::object();
    for (const auto& [certainty, score] : evaluation.by_certainty)
        certainties[std::string(name_of(certainty))] = json_of(score);
    for (const auto& [family, score] : evaluation.by_family)
        families[family] = json_of(score);
    for (const auto& [length, score] : evaluation.by_length)
        lengths[std::to_string(length)] = json_of(score);
    for (const auto& [key, score] : evaluation.by_family_and_length)
        both[key.first][std::to_string(key.second)] = json_of(score);
    return {{"all", json_of(evaluation.all)},
            {"by_family", std::move(families)},
            {"by_length", std::move(lengths)},
            {"by_family_and_length", std::move(both)},
            {"by_certainty", std::move(certainties)},
            {"ms", evaluation.ms},
            {"model", model.name},
            {"device", model.engine->device().name},
            {"quoted", quoted},
            {"cancelled", evaluation.cancelled}};
}

std::string cell(const app::Score* score) {
    return score == nullptr ? "" : fixed(accuracy(*score), 2) + " (" + std::to_string(score->total) + ")";
}

template <class Map, class Key>
const app::Score* find(const Map& map, const Key& key) {
    const auto found = map.find(key);
    return found == map.end() ? nullptr : &found->second;
}

/// "Right when the model is sure: 0.97 (122), …", of quoted answers; nothing without any.
std::string certainties_of(const app::Evaluation& evaluation) {
    std::string line;
    for (const auto& [certainty, score] : evaluation.by_certainty)
        line += (line.empty() ? "Right when the model is " : ", ") + std::string(name_of(certainty)) + ": " +
                cell(&score);
    return line.empty() ? line : line + ".\n";
}

/// Families down, lengths across.
std::string text_of(const app::Evaluation& evaluation) {
    std::vector<std::vector<std::string>> rows{{"tokens up to"}};
    for (const auto& [length, score] : evaluation.by_length)
        rows.front().push_back(grouped(length));
    rows.front().emplace_back("all");
    for (const auto& [family, score] : evaluation.by_family) {
        std::vector<std::string>& row = rows.emplace_back(1, family.empty() ? "(no family)" : family);
        for (const auto& [length, ignored] : evaluation.by_length)
            row.push_back(cell(find(evaluation.by_family_and_length, std::pair(family, length))));
        row.push_back(cell(&score));
    }
    std::vector<std::string>& last = rows.emplace_back(1, "all");
    for (const auto& [length, score] : evaluation.by_length)
        last.push_back(cell(&score));
    last.push_back(cell(&evaluation.all));
    return table(rows, true) + std::to_string(evaluation.all.right) + " of " +
           std::to_string(evaluation.all.total) + " answers are right, word for word (" +
           fixed(evaluation.ms / 1000, 1) + " s).\n" + certainties_of(evaluation);
}

std::string json_lines(const app::Evaluation& evaluation) {
    std::string lines;
    for (const app::Evaluation::Answer& answer : evaluation.answers) {
        Json line = Json::object();
        if (!answer.item.document.empty())
            line["doc"] = answer.item.document;
        line["family"] = answer.item.family;
        line["question"] = answer.item.question;
        line["answer"] = answer.item.answer;
        line["given"] = answer.given;
        line["right"] = answer.right;
        line["confidence"] = answer.confidence ? Json(*answer.confidence) : Json();
        line["document_tokens"] = answer.document_tokens;
        lines += line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
    }
    return lines;
}

} // namespace

int run_evaluate(Context& context) {
    const Options& options = context.options;
    const std::vector<app::EvaluationItem> items = app::load_evaluation(options.file);
    app::Model model = app::open_model(app::model_directory(options.model), options.device, options.threads);

    const Interrupt::Keeping keeping(context.interrupt);
    const TemporaryDirectory temporary; // a person's own library is not filled with test documents
    storage::Database library(options.database.value_or(temporary.path() / "library.sqlite"));
    app::Session session(model, library);
    ProgressLine line(options.quiet);
    const auto show = [&](std::size_t done, std::size_t total) {
        line.show("Answered " + std::to_string(done) + " of " + std::to_string(total), done == total);
    };
    const app::Evaluation evaluation = app::evaluate(session, fs::path(options.file).parent_path(), items,
                                                     options.asking, show, context.interrupt.token());
    line.clear();

    if (!options.output.empty())
        app::write_file(options.output, json_lines(evaluation));
    if (options.json)
        context.output.json(json_of(evaluation, model, options.asking.quote && model.config.quotes()));
    else
        context.output.write(text_of(evaluation));
    return context.interrupt.requested() ? exit_code::cancelled : exit_code::ok;
}

} // namespace longview::cli
