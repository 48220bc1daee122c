// read and ask.

#include <sys/resource.h>

#include <cstdio>
#include <utility>

#include "app/cli/commands.h"
#include "app/cli/library.h"
#include "app/cli/progress_line.h"
#include "app/core/locations.h"
#include "app/core/session.h"
#include "app/core/wording.h"
#include "storage/speed_store.h"

namespace longview::cli {

namespace {

void note(const Options& options, const std::vector<std::string>& sentences) {
    if (options.quiet)
        return;
    for (const std::string& sentence : sentences)
        complain("Note: " + sentence);
}

/// What reading and asking need beside the document.
struct Workplace {
    explicit Workplace(Context& context)
        : library(app::database_file(context.options.database)),
          model(app::open_model(app::model_directory(context.options.model), context.options.device,
                                context.options.threads)),
          session(model, library) {
        if (const std::string remark = model.engine->device().remark; !remark.empty())
            note(context.options, {remark});
    }

    storage::Database library;
    app::Model model;
    app::Session session;
};

/// One document at that place.
struct Work {
    Work(Context& context, Workplace& where, app::Import import)
        : place(where),
          files(std::move(import.files)),
          source(std::make_shared<const Document>(std::move(import.document))),
          document(where.session.prepare(source)) {
        if (context.options.as_of)
            document = document.up_to(*context.options.as_of);
        note(context.options, source->notes);
        note(context.options, document.notes);
        if (document.changed)
            note(context.options, {changed_text()});
    }

    /// A new version of an extractor is told like any other change: the text is another one.
    std::string changed_text() const {
        const std::string why =
            document.extractor_before.empty()
                ? ""
                : " (extracted by " + source->extractor + ", last time by " + document.extractor_before + ")";
        return source->path + " has changed since it was read" + why + ": " +
               grouped(document.segments_total() - document.segments_known) + " of " +
               grouped(document.segments_total()) + " segments to re-read.";
    }

    Workplace& place;
    std::vector<app::FileResult> files;
    std::shared_ptr<const Document> source;
    app::PreparedDocument document;
};

/// What will be reused, before anything is read.
std::string plan_text(std::int64_t known, std::int64_t all) {
    if (known == 0)
        return "Nothing is known yet: " + grouped(all) + (all == 1 ? " segment" : " segments") + " to read.";
    return grouped(known) + " of " + grouped(all) + " segments are known; " + grouped(all - known) +
           " to read.";
}

app::SessionObserver observer_of(const Options& options, const app::PreparedDocument& document,
                                 ProgressLine& line) {
    app::SessionObserver observer;
    observer.on_start = [&options](std::int64_t known, std::int64_t all) {
        if (!options.quiet)
            complain(plan_text(known, all));
    };
    observer.on_progress = [&line](const ReadProgress& progress) { line.show(progress); };
    observer.on_waiting = [&, told = false](std::int64_t known) mutable {
        if (!std::exchange(told, true) && !options.quiet)
            complain("Another Longview is reading this document: waiting for it.");
        line.show_waiting(known, document.segments_total());
    };
    return observer;
}

std::int64_t peak_memory_bytes() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<std::int64_t>(usage.ru_maxrss) * 1024;
}

std::string_view name_of_schedule(Schedule schedule) {
    return schedule == Schedule::diagonal ? "diagonal" : "sequential";
}

Json json_of(const Work& work, const app::ReadOutcome& outcome, Schedule schedule) {
    const Workplace& place = work.place;
    Json out{{"document", work.source->path},
             {"document_tokens", work.document.document_tokens()},
             {"segments_total", outcome.segments_total},
             {"segments_computed", outcome.segments_computed},
             {"segments_reused", outcome.segments_reused},
             {"tokens_computed", outcome.tokens},
             {"read_ms", outcome.ms},
             {"tokens_per_second", outcome.tokens_per_second},
             {"diagonals", outcome.steps},
             {"schedule", name_of_schedule(schedule)},
             {"model", place.model.name},
             {"device", place.model.engine->device().name},
             {"load_ms", place.model.load_ms},
             {"peak_memory_bytes", peak_memory_bytes()},
             {"cancelled", outcome.cancelled},
             {"storage_problem", outcome.storage_problem}};
    if (!work.files.empty()) {
        out["files"] = Json::array();
        for (const app::FileResult& file : work.files)
            out["files"].push_back(file_json(file));
    }
    return out;
}

std::string text_of(const Work& work, const app::ReadOutcome& outcome) {
    std::string text = "Read " + work.source->title + ": " + grouped(outcome.segments_computed) +
                       " segments read, " + grouped(outcome.segments_reused) + " reused, of " +
                       grouped(outcome.segments_total) + " (" + grouped(work.document.document_tokens()) +
                       " tokens)";
    if (outcome.segments_computed > 0)
        text +=
            "; " + fixed(outcome.ms / 1000, 1) + " s, " + fixed(outcome.tokens_per_second, 0) + " tokens/s";
    return text + ".\n";
}

Json json_of(const std::vector<Mention>& mentions) {
    Json list = Json::array();
    for (const Mention& mention : mentions)
        list.push_back({{"location", mention.location},
                        {"begin", mention.begin},
                        {"end", mention.end},
                        {"quote", mention.quote}});
    return list;
}

Json json_of(const Work& work, const app::AskOutcome& outcome) {
    const Workplace& place = work.place;
    const Exchange& exchange = outcome.exchange;
    return {{"document", work.source->path},
            {"question", exchange.question},
            {"answer", exchange.answer},
            {"answer_tokens", outcome.answer_ids},
            {"as_of", exchange.as_of.empty() ? Json() : Json(exchange.as_of)},
            {"document_tokens", exchange.document_tokens},
            {"segments_total", exchange.segments_total},
            {"segments_computed", exchange.segments_computed},
            {"segments_reused", exchange.segments_reused},
            {"confidence", exchange.confidence ? Json(*exchange.confidence) : Json()},
            {"time_to_first_token_ms", exchange.time_to_first_token_ms},
            {"tokens_per_second", exchange.tokens_per_second},
            {"total_ms", exchange.total_ms},
            {"model", exchange.model},
            {"device", exchange.device},
            {"stopped_because", name_of(exchange.stopped_because)},
            {"asked_at", exchange.asked_at},
            {"mentions", json_of(exchange.mentions)},
            {"load_ms", place.model.load_ms},
            {"storage_problem", outcome.storage_problem}};
}

/// Beside the answer, not in it: what reads the standard output wants the answer alone.
void print_mentions(const std::vector<Mention>& mentions) {
    if (!mentions.empty())
        std::fprintf(stderr, "Mentioned, found by the words of question and answer:\n");
    for (const Mention& mention : mentions)
        std::fprintf(stderr, "  %s: %s\n", mention.location.c_str(), mention.quote.c_str());
}

void print_confidence(const std::optional<double>& confidence) {
    if (confidence)
        std::fprintf(stderr, "The model is %s.\n", app::certainty_text(*confidence).c_str());
}

void print_timings(const Exchange& exchange) {
    const std::string line = std::to_string(exchange.answer_tokens) + " tokens; first after " +
                             fixed(exchange.time_to_first_token_ms, 0) + " ms; " +
                             fixed(exchange.tokens_per_second, 1) + " tokens/s; " +
                             grouped(exchange.segments_computed) + " segments read, " +
                             grouped(exchange.segments_reused) + " reused; " +
                             std::string(name_of(exchange.stopped_because)) + "; " + exchange.model + " on " +
                             exchange.device + (exchange.as_of.empty() ? "" : "; as of " + exchange.as_of);
    std::fprintf(stderr, "%s\n", line.c_str());
}

/// What to do at the end: storage problems and stops are told after the result.
int finish(Context& context, const std::string& storage_problem, bool stopped, const std::string& stop_text) {
    if (!storage_problem.empty())
        complain(storage_problem);
    if (stopped && !context.options.quiet)
        complain(stop_text);
    return stopped ? exit_code::cancelled : storage_problem.empty() ? exit_code::ok : exit_code::storage;
}

std::string kept_text(const app::PreparedDocument& document) {
    return "Stopped; " + grouped(document.segments_known) + " of " + grouped(document.segments_total()) +
           " segments are read, and the next reading goes on from there.";
}

/// The file may be another one by now: what was read is the text from before.
void note_late_change(Context& context, const Work& work) {
    const std::string& stamp = work.source->source_stamp;
    if (stamp.empty() || app::source_stamp(work.source->path, import_options(context)) == stamp)
        return;
    note(context.options,
         {work.source->path +
          " changed while it was read; what was read is its text from before: read it again."});
}

/// A reading too short to tell a speed is not remembered.
void remember_speed(Workplace& place, const app::ReadOutcome& outcome) {
    constexpr std::int64_t enough_segments = 16;
    if (outcome.segments_computed >= enough_segments && outcome.storage_problem.empty())
        storage::SpeedStore(place.library)
            .put({place.model.name, place.model.engine->numerics(), place.model.engine->device().name},
                 outcome.tokens_per_second);
}

std::pair<Json, int> read_one(Context& context, std::optional<Workplace>& place, const std::string& file) {
    const Options& options = context.options;
    auto imported = import_source(context, file); // mistakes are cheapest to find before the model is loaded
    if (!place)
        place.emplace(context);
    Work work(context, *place, std::move(imported));
    const Interrupt::Keeping keeping(context.interrupt);
    ProgressLine line(options.quiet);
    const app::ReadOutcome outcome =
        place->session.read(work.document, options.schedule, observer_of(options, work.document, line),
                            context.interrupt.token());
    line.clear();

    note(options, outcome.notes);
    if (!outcome.made_room.empty())
        note(options, {outcome.made_room});
    remember_speed(*place, outcome);
    note_late_change(context, work);
    if (!options.json)
        context.output.write(text_of(work, outcome));
    const int code =
        finish(context, outcome.storage_problem, context.interrupt.requested(), kept_text(work.document));
    return {json_of(work, outcome, options.schedule), code};
}

} // namespace

int run_read(Context& context) {
    std::optional<Workplace> place;
    return for_each_document(context,
                             [&](const std::string& file) { return read_one(context, place, file); });
}

int run_ask(Context& context) {
    const Options& options = context.options;
    auto imported = import_source(context, options.file);
    Workplace place(context);
    Work work(context, place, std::move(imported));
    const Interrupt::Keeping keeping(context.interrupt);
    ProgressLine line(options.quiet);
    app::SessionObserver observer = observer_of(options, work.document, line);
    observer.on_answer = [&](std::string_view piece) {
        line.clear();
        if (!options.json && !context.output.write(piece))
            context.interrupt.request(); // nobody reads the rest
    };
    const app::AskOutcome outcome = place.session.ask(work.document, options.question, options.asking,
                                                      observer, context.interrupt.token());
    line.clear();

    note(options, outcome.notes);
    if (!outcome.made_room.empty())
        note(options, {outcome.made_room});
    if (options.json)
        context.output.json(json_of(work, outcome));
    else if (!outcome.read_cancelled)
        context.output.write("\n");
    if (!options.quiet && !outcome.read_cancelled) {
        if (!options.json) {
            print_confidence(outcome.exchange.confidence);
            print_mentions(outcome.exchange.mentions);
        }
        print_timings(outcome.exchange);
    }
    return finish(context, outcome.storage_problem, context.interrupt.requested(),
                  outcome.read_cancelled ? kept_text(work.document)
                                         : "Stopped; the answer may be incomplete.");
}

} // namespace longview::cli
