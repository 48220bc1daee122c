#include "app/core/session.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <ctime>
#include <mutex>

#include "app/core/answering.h"
#include "app/core/known_elsewhere.h"
#include "app/core/mentions.h"
#include "app/core/reading_lock.h"
#include "app/core/wording.h"
#include "inference/engine/sampler.h"
#include "inference/text/prompt.h"
#include "inference/values/error.h"

namespace longview::app {

namespace {

using Clock = std::chrono::steady_clock;

/// Between two looks at what another reader has stored.
constexpr std::chrono::milliseconds look_interval{200};

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

namespace {

/// The document as if it ended after so many tokens.
PreparedDocument shortened(const PreparedDocument& whole, std::size_t reach) {
    PreparedDocument part = whole;
    part.reach = reach;
    if (part.reach == 0)
        throw Error(ErrorKind::input, "Nothing of " + whole.document->path + " lies before that point.");
    const std::int64_t full = part.segments_total();
    part.as_of = (full > 0 ? "segment " + std::to_string(full) : "within segment 1") + " of " +
                 std::to_string(part.chain.size()) + ", " + place_after(*part.document, part.tokens, reach);
    part.segments_known = std::min(part.segments_known, full);
    return part;
}

} // namespace

PreparedDocument PreparedDocument::up_to(const AsOf& point) const {
    return shortened(*this, tokens_before(point, *document, tokens, segment_size));
}

PreparedDocument PreparedDocument::up_to_byte(std::size_t end) const {
    return shortened(*this, tokens_before_byte(tokens, end));
}

std::int64_t PreparedDocument::segments_total() const {
    return static_cast<std::int64_t>(reach / static_cast<std::size_t>(segment_size));
}

std::span<const Hash128> PreparedDocument::chain_in_reach() const {
    return std::span(chain).first(static_cast<std::size_t>(segments_total()));
}

std::size_t PreparedDocument::bytes() const {
    return reach == tokens.ids.size() ? document->text.size() : tokens.end.at(reach - 1);
}

std::span<const TokenId> PreparedDocument::tail() const {
    return std::span(tokens.ids)
        .first(reach)
        .subspan(chain_in_reach().size() * static_cast<std::size_t>(segment_size));
}

std::pair<std::size_t, std::size_t> PreparedDocument::segment_bytes(std::int64_t segment) const {
    const std::size_t n = static_cast<std::size_t>(segment_size);
    const std::size_t first = static_cast<std::size_t>(segment) * n;
    return {tokens.begin.at(first), tokens.end.at(first + n - 1)};
}

/// What one reading stores on the way, and the newest state in case the device fails.
class Session::Snapshots {
public:
    Snapshots(Session& session, PreparedDocument& document, std::int64_t base)
        : session_(session),
          document_(document),
          base_(base),
          // An estimate until the first is written: compressing and hashing at 200 MB/s.
          first_cost_(static_cast<double>(session.model_.config.memories(base + 1)) *
                      static_cast<double>(MemoryState::empty(session.model_.config).bytes()) / 200e6),
          writer_(session.library_.file(),
                  [this, &chain = std::as_const(document.chain), label = session.label(document),
                   most = most_kept(memories_of(document))](storage::MemoryStore& memories,
                                                            const MemoryState& state) {
                      forgotten_.merge(
                          memories.put(chain.at(static_cast<std::size_t>(state.segments) - 1), state, label)
                              .documents);
                      memories.thin(chain, label.document_id, most);
                  }) {}

    /// One state at a time is on its way from the wavefront to the disk.
    bool due(std::int64_t segments) {
        const std::int64_t read = segments - base_ - 1;
        if (document_.document_id == 0 || under_way_ || !writer_.idle() || read < 1 ||
            segments == document_.segments_total()) // the end stores that one
            return false;
        const double pace = ms_since(start_) / 1000 / static_cast<double>(read);
        const std::int64_t step =
            snapshot_step(static_cast<std::int64_t>(document_.chain.size()), pace,
                          writer_.cost().value_or(first_cost_), session_.limits_, memories_of(document_));
        under_way_ = step > 0 && segments % step == 0;
        return under_way_;
    }
    void take(MemoryState&& state) {
        newest_ = std::make_shared<const MemoryState>(std::move(state));
        writer_.submit(newest_);
        under_way_ = false;
    }
    /// Why storing failed on the way; empty when it did not.
    std::string finish() {
        std::string problem = writer_.finish();
        session_.forgotten_.merge(forgotten_);
        return problem;
    }
    void keep_newest() {
        if (newest_)
            session_.keep(document_, *newest_);
    }

private:
    std::int64_t memories_of(const PreparedDocument& document) const {
        return session_.model_.config.memories(static_cast<std::int64_t>(document.chain.size()));
    }

    Session& session_;
    PreparedDocument& document_;
    std::int64_t base_;
    double first_cost_;
    Clock::time_point start_ = Clock::now();
    bool under_way_ = false;
    std::shared_ptr<const MemoryState> newest_;
    std::set<std::int64_t> forgotten_; ///< the writer's, until it has finished
    SnapshotWriter writer_;
};

Session::Session(Model& model, storage::Database& database, const SnapshotLimits& limits)
    : model_(model),
      library_(database),
      documents_(database),
      sources_(database),
      memories_(database),
      conversations_(database),
      limits_(limits) {}

PreparedDocument Session::examine(std::shared_ptr<const Document> document) {
    PreparedDocument prepared;
    prepared.tokens = model_.tokenizer->encode(document->text);
    if (prepared.tokens.ids.empty())
        throw Error(ErrorKind::input, document->path + " holds no text that the model can read.");
    prepared.document = std::move(document);
    prepared.segment_size = model_.config.segment_size;
    prepared.chain = segment_chain(model_.root, prepared.tokens.ids, prepared.segment_size);
    prepared.reach = prepared.tokens.ids.size();
    prepared.segments_known = memories_.longest_prefix(prepared.chain);
    const Document& source = *prepared.document;
    const auto before = documents_.find_path(library_path(source.path));
    prepared.changed = before && before->content_hash != source.content_hash;
    if (prepared.changed && !before->extractor.empty() && before->extractor != source.extractor)
        prepared.extractor_before = before->extractor;
    return prepared;
}

PreparedDocument Session::prepare(std::shared_ptr<const Document> document) {
    PreparedDocument prepared = examine(std::move(document));
    // Reading and asking work without a library entry; whoever stores something tries again.
    prepared.storage_problem = storage_problem_of([&] { remember(prepared); });
    if (prepared.segments_known < prepared.segments_total() && prepared.document_id != 0)
        prepared.notes = notes_on(memories_.of_document(prepared.document_id), prepared.chain,
                                  prepared.segments_known, label(prepared));
    if (const auto tested = model_.config.tested_tokens; tested && prepared.document_tokens() > *tested)
        prepared.notes.push_back(prepared.document->title + " has " + grouped(prepared.document_tokens()) +
                                 " tokens, more than the " + grouped(*tested) + " up to which the model \"" +
                                 model_.name + "\" was found to answer: it may remember little of it.");
    return prepared;
}

ReadOutcome Session::read(PreparedDocument& document, Schedule schedule, const SessionObserver& observer,
                          std::stop_token stop) {
    std::vector<std::string> notes;
    const auto is_whole = [&](const MemoryState* known) {
        return (known == nullptr ? 0 : known->segments) == document.segments_total();
    };
    const MemoryState* known = restore(document, notes);
    ReadOutcome outcome;
    std::optional<ReadingLock> lock; // until what was read is stored
    if (!is_whole(known)) {
        outcome.waited = !lock.emplace(library_.file(), document.chain.back()).try_lock();
        outcome.cancelled = outcome.waited && !wait_for_reader(*lock, document, observer, stop);
        known = restore(document, notes); // it may have grown before we had the lock
    }
    if (!is_whole(known) && !outcome.cancelled) {
        if (observer.on_start)
            observer.on_start(known == nullptr ? 0 : known->segments, document.segments_total());
        const bool waited = outcome.waited;
        outcome = read_rest(document, known, schedule, observer, std::move(stop));
        outcome.waited = waited;
    } else {
        outcome.segments_total = document.segments_total();
        outcome.segments_reused = known == nullptr ? 0 : known->segments;
        if (known != nullptr && held_->document_id == 0) // an earlier try failed
            outcome.storage_problem = keep(document, std::move(held_->state));
    }
    if (document.document_id == 0 && outcome.storage_problem.empty())
        outcome.storage_problem = document.storage_problem;
    outcome.notes.insert(outcome.notes.begin(), notes.begin(), notes.end());
    outcome.made_room = made_room();
    return outcome;
}

bool Session::wait_for_reader(ReadingLock& lock, PreparedDocument& document, const SessionObserver& observer,
                              const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock guard(mutex);
    while (!lock.try_lock()) {
        const std::int64_t stored = memories_.longest_prefix(document.chain);
        if (stored >= document.segments_total())
            return true;
        document.segments_known = stored;
        if (observer.on_waiting)
            observer.on_waiting(stored);
        stopped.wait_for(guard, stop, look_interval, [] { return false; });
        if (stop.stop_requested())
            return false;
    }
    return true;
}

ReadOutcome Session::read_rest(PreparedDocument& document, const MemoryState* known, Schedule schedule,
                               const SessionObserver& observer, std::stop_token stop) {
    ReadOutcome outcome;
    outcome.segments_total = document.segments_total();
    outcome.segments_reused = known == nullptr ? 0 : known->segments;
    const auto n = static_cast<std::size_t>(document.segment_size);
    const auto begin = static_cast<std::size_t>(outcome.segments_reused) * n;
    const auto end = static_cast<std::size_t>(outcome.segments_total) * n;
    Snapshots snapshots(*this, document, outcome.segments_reused);
    const ReadJob job{std::span(document.tokens.ids).subspan(begin, end - begin), known, schedule,
                      [&](std::int64_t segments) { return snapshots.due(segments); }};
    ReadObserver reading;
    reading.on_step = observer.on_progress;
    reading.on_snapshot = [&](MemoryState&& state) { snapshots.take(std::move(state)); };

    ReadResult result;
    try {
        result = model_.engine->read(job, reading, std::move(stop));
    } catch (const Error&) {
        snapshots.finish();
        snapshots.keep_newest();
        throw;
    }
    const std::string snapshot_problem = snapshots.finish();
    outcome.cancelled = result.cancelled;
    outcome.segments_computed = result.segments_computed;
    outcome.steps = result.steps;
    outcome.ms = result.ms;
    outcome.tokens = result.segments_computed * document.segment_size;
    outcome.tokens_per_second = result.ms > 0 ? static_cast<double>(outcome.tokens) * 1000 / result.ms : 0;
    if (result.segments_computed > 0)
        outcome.storage_problem = keep(document, std::move(result.state));
    if (outcome.storage_problem.empty() && !snapshot_problem.empty())
        outcome.notes.push_back("On the way no more snapshots were stored, the last one was. " +
                                snapshot_problem);
    return outcome;
}

AskOutcome Session::ask(PreparedDocument& document, const std::string& question, const AskOptions& options,
                        const SessionObserver& observer, std::stop_token stop) {
    const auto start = Clock::now();
    AskOutcome outcome;
    outcome.exchange.asked_at = utc_now();
    static_cast<void>(Sampler(options.sampling)); // refuses bad options before a long reading
    // … and a bad question.
    static_cast<void>(build_prompt(*model_.tokenizer, model_.config, document.tail(), question));
    ReadOutcome reading = read(document, options.schedule, observer, stop);
    outcome.storage_problem = std::move(reading.storage_problem);
    outcome.made_room = std::move(reading.made_room);
    outcome.notes = std::move(reading.notes);
    outcome.read_cancelled = reading.cancelled;

    Exchange& exchange = outcome.exchange;
    exchange.question = question;
    exchange.model = model_.name;
    exchange.device = model_.engine->device().name;
    exchange.as_of = document.as_of;
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
    answer(document, question, options, observer, stop, outcome);
    if (exchange.segments_computed == 0 && !reading.waited)
        exchange.time_to_first_token_ms += before_answer_ms;
    exchange.total_ms = ms_since(start);

    if (exchange.stopped_because == StopReason::cancelled && exchange.answer.empty())
        return outcome;
    const std::string problem = storage_problem_of([&] {
        remember(document);
        exchange.mentions =
            find_mentions(sources_, document.document_id, *document.document, document.bytes(), exchange);
        conversations_.add(document.document_id, exchange);
    });
    if (outcome.storage_problem.empty())
        outcome.storage_problem = problem;
    return outcome;
}

void Session::answer(const PreparedDocument& document, const std::string& question, const AskOptions& options,
                     const SessionObserver& observer, const std::stop_token& stop, AskOutcome& outcome) {
    Answering answering(model_, document, document.segments_total() == 0 ? nullptr : &held_->state, options);
    Answer answer = answering.ask(question, observer.on_answer, stop);
    Generation& generation = answer.generation;
    Exchange& exchange = outcome.exchange;
    exchange.answer = std::move(answer.text);
    exchange.answer_tokens = static_cast<std::int64_t>(generation.tokens.size());
    exchange.stopped_because = generation.stopped_because;
    // Of "not stated" the document can bear nothing out: its probability would promise too much.
    if (options.quote && model_.config.quotes() && !model_.config.is_unquoted(exchange.answer))
        exchange.confidence = generation.probability;
    // An answer that ends before it began has its first logits, and so its first decision, after the prompt.
    exchange.time_to_first_token_ms = answer.first_ms < 0 ? generation.prefill_ms : answer.first_ms;
    exchange.tokens_per_second = generation.tokens_per_second();
    outcome.answer_ids = std::move(generation.tokens);
}

std::int64_t Session::segments_held(const PreparedDocument& document) const {
    const std::int64_t segments = held_ ? held_->state.segments : 0;
    return segments >= 1 && segments <= document.segments_total() &&
                   document.chain[static_cast<std::size_t>(segments) - 1] == held_->key
               ? segments
               : 0;
}

std::int64_t Session::segments_known(const PreparedDocument& document) {
    return std::max(segments_held(document), memories_.longest_prefix(document.chain_in_reach()));
}

const MemoryState* Session::restore(PreparedDocument& document, std::vector<std::string>& notes) {
    const std::span<const Hash128> chain = document.chain_in_reach();
    const std::int64_t held = segments_held(document);
    std::int64_t known = held;
    const storage::StateLabel user = label(document);
    for (std::size_t limit = chain.size(); static_cast<std::int64_t>(limit) > held;) {
        const std::int64_t stored = memories_.longest_prefix(chain.first(limit));
        if (stored <= held)
            break;
        limit = static_cast<std::size_t>(stored) - 1; // where to go on when this one turns out to be damaged
        std::string damaged;
        std::optional<MemoryState> state = memories_.load(chain[limit], &damaged, &user);
        if (state && state->fits(model_.config) && state->segments == stored) {
            held_ = Held{chain[limit], std::move(*state), document.document_id};
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
    if (known > 0 && held_->document_id != 0 && held_->document_id != user.document_id) {
        memories_.use(held_->key, user); // forgetting the document that it came from must not take it along
        held_->document_id = user.document_id;
    }
    document.segments_known = known;
    return known > 0 ? &held_->state : nullptr;
}

std::string Session::keep(PreparedDocument& document, MemoryState state) {
    const Hash128 key = document.chain.at(static_cast<std::size_t>(state.segments) - 1);
    document.segments_known = state.segments;
    held_ = Held{key, std::move(state)};
    return storage_problem_of([&] {
        remember(document);
        forgotten_.merge(memories_.put(key, held_->state, label(document)).documents);
        held_->document_id = document.document_id;
        // A question as of some point leaves a state there: asking about it again is as quick.
        const bool whole = document.reach == document.tokens.ids.size();
        const std::size_t most =
            most_kept(model_.config.memories(static_cast<std::int64_t>(document.chain.size())));
        memories_.thin(document.chain, document.document_id, whole ? most : 2 * most);
    });
}

std::string Session::made_room() {
    const std::size_t count = std::exchange(forgotten_, {}).size();
    if (count == 0)
        return {};
    const std::string whose =
        count == 1 ? "one document that was" : std::to_string(count) + " documents that were";
    return "Made room: the memories of " + whose + " not used lately were removed; " +
           (count == 1 ? "it" : "they") + " will be read again when you open " +
           (count == 1 ? "it" : "them") + ". longview-cli cache budget sets the limit.";
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
    record.tokens = static_cast<std::int64_t>(document.tokens.ids.size());
    record.extractor = source.extractor;
    record.stamp = source.source_stamp;
    document.document_id = documents_.remember(record);
    document.open = std::make_shared<const storage::OpenDocument>(library_, document.document_id);
    sources_.put(document.document_id, source);
}

storage::StateLabel Session::label(const PreparedDocument& document) const {
    return {document.document_id, model_.name, model_.fingerprint.numerics, model_.fingerprint,
            model_.config.segment_size};
}

} // namespace longview::app
