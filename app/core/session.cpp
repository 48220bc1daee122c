#include "app/core/session.h"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <filesystem>

#include "app/core/answer_stream.h"
#include "inference/engine/sampler.h"
#include "inference/text/prompt.h"
#include "inference/values/error.h"

namespace longview::app {

namespace {

using Clock = std::chrono::steady_clock;

/// A snapshot is a copy of A and z, small beside the work of this many segments.
constexpr std::int64_t snapshot_interval = 8;

double ms_since(Clock::time_point start) {
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

std::string utc_now() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    gmtime_r(&now, &parts);
    char text[sizeof "2025-01-31T12:00:00Z"];
    return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

/// The sentence of a storage error; any other error passes on.
template <class Work>
std::string storage_problem_of(Work&& work) {
    try {
        work();
        return {};
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::storage)
            throw;
        return error.what();
    }
}

} // namespace

std::string library_path(const std::string& path) {
    return path == "-" ? path : std::filesystem::absolute(path).lexically_normal().string();
}

std::span<const TokenId> PreparedDocument::tail() const {
    return std::span(tokens.ids).subspan(chain.size() * static_cast<std::size_t>(segment_size));
}

std::pair<std::size_t, std::size_t> PreparedDocument::segment_bytes(std::int64_t segment) const {
    const std::size_t n = static_cast<std::size_t>(segment_size);
    const std::size_t first = static_cast<std::size_t>(segment) * n;
    return {tokens.begin.at(first), tokens.end.at(first + n - 1)};
}

/// Stores a snapshot when one is due, and remembers the newest in case the device fails.
class Session::Snapshots {
public:
    Snapshots(Session& session, PreparedDocument& document) : session_(session), document_(document) {}

    void take(MemoryState&& state) {
        // After a failed write the rest of the reading is not slowed by further tries; the end tries once
        // more.
        if (writable_ && Clock::now() - written_at_ >= session_.snapshot_period_) {
            writable_ = storage_problem_of([&] { session_.store(document_, state); }).empty();
            written_at_ = Clock::now();
        }
        newest_ = std::move(state);
    }
    void keep_newest() {
        if (newest_)
            session_.keep(document_, std::move(*newest_));
    }

private:
    Session& session_;
    PreparedDocument& document_;
    Clock::time_point written_at_ = Clock::now();
    bool writable_ = true;
    std::optional<MemoryState> newest_;
};

Session::Session(Model& model, storage::Database& database, std::chrono::milliseconds snapshot_period)
    : model_(model),
      documents_(database),
      sources_(database),
      memories_(database),
      conversations_(database),
      snapshot_period_(snapshot_period) {}

PreparedDocument Session::prepare(std::shared_ptr<const Document> document) {
    PreparedDocument prepared;
    prepared.tokens = model_.tokenizer->encode(document->text);
    if (prepared.tokens.ids.empty())
        throw Error(ErrorKind::input, document->path + " holds no text that the model can read.");
    prepared.document = std::move(document);
    prepared.segment_size = model_.config.segment_size;
    prepared.chain = segment_chain(model_.root, prepared.tokens.ids, prepared.segment_size);
    // Reading and asking work without a library entry; whoever stores something tries again.
    prepared.storage_problem = storage_problem_of([&] { remember(prepared); });
    prepared.segments_known = memories_.longest_prefix(prepared.chain);
    return prepared;
}

ReadOutcome Session::read(PreparedDocument& document, Schedule schedule, const SessionObserver& observer,
                          std::stop_token stop) {
    std::vector<std::string> notes;
    const MemoryState* known = restore(document, notes);
    ReadOutcome outcome;
    if ((known == nullptr ? 0 : known->segments) < document.segments_total()) {
        outcome = read_rest(document, known, schedule, observer, std::move(stop));
    } else if (known != nullptr) {
        outcome.segments_total = outcome.segments_reused = known->segments;
        if (!held_->stored) // an earlier try failed
            outcome.storage_problem = keep(document, std::move(held_->state));
    }
    if (document.document_id == 0 && outcome.storage_problem.empty())
        outcome.storage_problem = document.storage_problem;
    outcome.notes = std::move(notes);
    return outcome;
}

ReadOutcome Session::read_rest(PreparedDocument& document, const MemoryState* known, Schedule schedule,
                               const SessionObserver& observer, std::stop_token stop) {
    ReadOutcome outcome;
    outcome.segments_total = document.segments_total();
    outcome.segments_reused = known == nullptr ? 0 : known->segments;
    const auto n = static_cast<std::size_t>(document.segment_size);
    const auto begin = static_cast<std::size_t>(outcome.segments_reused) * n;
    const ReadJob job{std::span(document.tokens.ids).subspan(begin, document.chain.size() * n - begin), known,
                      schedule, snapshot_interval};
    Snapshots snapshots(*this, document);
    ReadObserver reading;
    reading.on_step = observer.on_progress;
    reading.on_snapshot = [&](MemoryState&& state) { snapshots.take(std::move(state)); };

    ReadResult result;
    try {
        result = model_.engine->read(job, reading, std::move(stop));
    } catch (const Error&) {
        snapshots.keep_newest();
        throw;
    }
    outcome.cancelled = result.cancelled;
    outcome.segments_computed = result.segments_computed;
    outcome.steps = result.steps;
    outcome.ms = result.ms;
    outcome.tokens = result.segments_computed * document.segment_size;
    outcome.tokens_per_second = result.ms > 0 ? static_cast<double>(outcome.tokens) * 1000 / result.ms : 0;
    if (result.segments_computed > 0)
        outcome.storage_problem = keep(document, std::move(result.state));
    return outcome;
}

AskOutcome Session::ask(PreparedDocument& document, const std::string& question, const AskOptions& options,
                        const SessionObserver& observer, std::stop_token stop) {
    const auto start = Clock::now();
    AskOutcome outcome;
    outcome.exchange.asked_at = utc_now();
    static_cast<void>(Sampler(options.sampling)); // refuses bad options before a long reading
    const std::vector<TokenId> prompt =
        build_prompt(*model_.tokenizer, model_.config, document.tail(), question);
    ReadOutcome reading = read(document, options.schedule, observer, stop);
    outcome.storage_problem = std::move(reading.storage_problem);
    outcome.notes = std::move(reading.notes);
    outcome.read_cancelled = reading.cancelled;

    Exchange& exchange = outcome.exchange;
    exchange.question = question;
    exchange.model = model_.name;
    exchange.device = model_.engine->device().name;
    exchange.document_tokens = document.document_tokens();
    exchange.segments_total = reading.segments_total;
    exchange.segments_computed = reading.segments_computed;
    exchange.segments_reused = reading.segments_reused;
    if (reading.cancelled) {
        exchange.stopped_because = StopReason::cancelled;
        exchange.total_ms = ms_since(start);
        return outcome;
    }
    const double before_answer_ms = ms_since(start);
    answer(document.chain.empty() ? nullptr : &held_->state, prompt, options, observer, std::move(stop),
           outcome);
    if (exchange.segments_computed == 0)
        exchange.time_to_first_token_ms += before_answer_ms;
    exchange.total_ms = ms_since(start);

    if (exchange.stopped_because == StopReason::cancelled && exchange.answer.empty())
        return outcome;
    const std::string problem = storage_problem_of([&] {
        remember(document);
        conversations_.add(document.document_id, exchange);
    });
    if (outcome.storage_problem.empty())
        outcome.storage_problem = problem;
    return outcome;
}

void Session::answer(const MemoryState* memory, std::span<const TokenId> prompt, const AskOptions& options,
                     const SessionObserver& observer, std::stop_token stop, AskOutcome& outcome) {
    GenerateJob job{memory, prompt, options.sampling, options.max_tokens, {}};
    if (model_.config.eos_token)
        job.stop_tokens.push_back(*model_.config.eos_token);
    const auto start = Clock::now();
    double first_ms = -1;
    AnswerStream stream(*model_.tokenizer, observer.on_answer);
    GenerateObserver generating;
    generating.on_token = [&](TokenId token) {
        if (first_ms < 0)
            first_ms = ms_since(start);
        stream.add(token);
    };
    Generation generation = model_.engine->generate(job, generating, std::move(stop));

    Exchange& exchange = outcome.exchange;
    exchange.answer = stream.finish();
    exchange.answer_tokens = static_cast<std::int64_t>(generation.tokens.size());
    exchange.stopped_because = generation.stopped_because;
    // An answer that ends before it began has its first logits, and so its first decision, after the prompt.
    exchange.time_to_first_token_ms = first_ms < 0 ? generation.prefill_ms : first_ms;
    exchange.tokens_per_second = generation.tokens_per_second();
    outcome.answer_ids = std::move(generation.tokens);
}

const MemoryState* Session::restore(PreparedDocument& document, std::vector<std::string>& notes) {
    const std::span<const Hash128> chain(document.chain);
    std::int64_t held = 0;
    if (held_ && held_->state.segments >= 1 && held_->state.segments <= document.segments_total() &&
        chain[static_cast<std::size_t>(held_->state.segments) - 1] == held_->key)
        held = held_->state.segments;

    std::int64_t known = held;
    for (std::size_t limit = chain.size(); static_cast<std::int64_t>(limit) > held;) {
        const std::int64_t stored = memories_.longest_prefix(chain.first(limit));
        if (stored <= held)
            break;
        limit = static_cast<std::size_t>(stored) - 1; // where to go on when this one turns out to be damaged
        std::string damaged;
        std::optional<MemoryState> state = memories_.load(chain[limit], &damaged);
        if (state && state->fits(model_.config) && state->segments == stored) {
            held_ = Held{chain[limit], std::move(*state), true};
            known = stored;
            break;
        }
        if (state) { // would otherwise stand in the way of the right one
            memories_.remove(chain[limit]);
            damaged =
                "A stored memory of " + document.document->title + " did not fit the model and was removed.";
        }
        if (!damaged.empty())
            notes.push_back(std::move(damaged));
    }
    document.segments_known = known;
    return known > 0 ? &held_->state : nullptr;
}

std::string Session::keep(PreparedDocument& document, MemoryState state) {
    const Hash128 key = document.chain.at(static_cast<std::size_t>(state.segments) - 1);
    document.segments_known = state.segments;
    held_ = Held{key, std::move(state), false};
    std::string problem = storage_problem_of([&] { store(document, held_->state); });
    held_->stored = problem.empty();
    return problem;
}

void Session::store(PreparedDocument& document, const MemoryState& state) {
    remember(document);
    memories_.put(document.chain.at(static_cast<std::size_t>(state.segments) - 1), state,
                  {document.document_id, model_.name, model_.engine->numerics()});
}

void Session::remember(PreparedDocument& document) {
    if (document.document_id != 0)
        return;
    const Document& source = *document.document;
    storage::DocumentRecord record;
    record.content_hash = source.content_hash;
    record.path = library_path(source.path);
    record.title = source.title;
    record.bytes = static_cast<std::int64_t>(source.text.size());
    record.tokens = document.document_tokens();
    record.extractor = source.extractor;
    record.stamp = source.source_stamp;
    document.document_id = documents_.remember(record);
    sources_.put(document.document_id, source);
}

} // namespace longview::app
