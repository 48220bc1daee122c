#include "app/core/session.h"

#include <algorithm>
#include <regex>
#include <utility>

#include <SQLiteCpp/SQLiteCpp.h>

#include "app/core/reading_lock.h"
#include "app/importers/import.h"
#include "inference/engine/devices.h"
#include "inference/model/checkpoint.h"
#include "storage/memory_upkeep.h"
#include "support.h"

using namespace longview;
using namespace longview::app;
using namespace longview::app::test;

namespace {

/// The beginning of a book with planted facts; about 270 bytes make 70 tokens.
std::shared_ptr<const Document> book(std::size_t bytes, const std::string& end = {}) {
    static const std::string text = file_bytes(FIXTURES "/books/alice.txt");
    return std::make_shared<const Document>(import_bytes(text.substr(0, bytes) + end, "book.txt"));
}

std::shared_ptr<const Document> text(const std::string& words) {
    return std::make_shared<const Document>(import_bytes(words, "text.txt"));
}

/// One library file and what works on it, as a new start of the program has them.
struct Place {
    Place(Model& model, const std::filesystem::path& file,
          storage::Database::Mode mode = storage::Database::Mode::read_write,
          const SnapshotLimits& limits = {})
        : library(file, mode), session(model, library, limits) {}

    MemoryState stored(const PreparedDocument& document, std::int64_t segments) {
        auto state =
            storage::MemoryStore(library).load(document.chain.at(static_cast<std::size_t>(segments) - 1));
        return state ? *std::move(state) : MemoryState();
    }
    std::vector<std::int64_t> prefixes(const PreparedDocument& document) {
        std::vector<std::int64_t> segments;
        for (const auto& prefix : storage::MemoryStore(library).prefixes(document.chain))
            segments.push_back(prefix.segments);
        return segments;
    }
    std::size_t states() { return storage::MemoryStore(library).list().size(); }

    storage::Database library;
    Session session;
};

constexpr std::size_t short_book = 4'000;  ///< 4 full segments
constexpr std::size_t longer_book = 8'000; ///< about 7

/// As many snapshots as the wavefront gives, whatever they cost.
constexpr SnapshotLimits unlimited{30, 1e9};

/// A device that is lost after so many steps.
class LostDevice : public Backend {
public:
    LostDevice(std::unique_ptr<Backend> device, int steps) : device_(std::move(device)), steps_(steps) {}
    const ModelConfig& config() const override { return device_->config(); }
    DeviceInfo device() const override { return device_->device(); }
    std::string numerics() const override { return device_->numerics(); }
    void load_state(const MemoryState& state) override { device_->load_state(state); }
    void store_state(int layer, MemoryState& out) override { device_->store_state(layer, out); }
    void begin_step(const CellGroup& group, std::span<const TokenId> entering) override {
        if (steps_-- == 0)
            throw Error(ErrorKind::device, "The GPU was lost.");
        device_->begin_step(group, entering);
    }
    int wait(int unfinished) override { return device_->wait(unfinished); }
    void extend(std::span<const TokenId> tokens, int cached, bool first) override {
        device_->extend(tokens, cached, first);
    }
    void logits(int first_row, int rows, std::span<float> out) override {
        device_->logits(first_row, rows, out);
    }
    TokenId choose(int rows, const TokenChoice& choice) override { return device_->choose(rows, choice); }

private:
    std::unique_ptr<Backend> device_;
    int steps_;
};

} // namespace

class TestSession : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { model_ = open_model(RESOURCES "/models/default", "cpu", 2); }
    void init() { directory_.emplace(); }

    void preparesADocument();
    void secondAskComputesNothing();
    void askingReadsFirst();
    void answersAreQuotations();
    void eachSpanIsAsked();
    void aDocumentLongerThanTestedIsToldAbout();
    void progressCountsTheWholeDocument();
    void appendedTextReadsOnlyTheRest();
    void editsRestartAtTheSnapshotBefore_data();
    void editsRestartAtTheSnapshotBefore();
    void aCommonPrefaceIsReadOnce();
    void anEditionKeepsWhatItShares();
    void asOfAPointKnowsNothingLater();
    void whatOthersKnowIsSaid();
    void aSecondReaderWaitsAndTakesWhatTheFirstStored();
    void aReaderThatGivesUpIsReplaced();
    void aLostDeviceCostsOnlyTheRest();
    void snapshotsThatCannotBeStoredAreTold();
    void stopKeepsWorkAndResumes_data();
    void stopKeepsWorkAndResumes();
    void stopWhileReadingForAnAnswer();
    void stoppedAnswer();
    void readOnlyLibraryStillAnswers();
    void laterTryStoresWhatCouldNotBe();
    void damagedMemoryFallsBack();
    void documentsWithoutAFullSegment();
    void badRequestsFailBeforeReading();
    void piecesJoinToTheAnswer();
    void seedsRepeat();
    void conversationIsKept();
    void whatHadToGoForTheBudgetIsToldOnce();

private:
    std::filesystem::path library() const { return path_of(*directory_) / "library.sqlite"; }
    /// The memory of `document` computed without any store in between.
    MemoryState uninterrupted(const PreparedDocument& document) {
        const std::size_t full = document.chain.size() * static_cast<std::size_t>(document.segment_size);
        return model_->engine->read({std::span(document.tokens.ids).first(full)}).state;
    }

    std::optional<Model> model_;
    std::optional<QTemporaryDir> directory_;
};

void TestSession::preparesADocument() {
    Place place(*model_, library());
    const PreparedDocument document = place.session.prepare(book(short_book));
    QVERIFY(document.segments_total() >= 4);
    QCOMPARE(document.document_tokens() / 256, document.segments_total());
    QCOMPARE(static_cast<std::int64_t>(document.tail().size()), document.document_tokens() % 256);
    QCOMPARE(document.segments_known, 0);
    QVERIFY(document.document_id > 0);
    QCOMPARE(document.segment_bytes(0).first, std::size_t{0});
    QVERIFY(document.segment_bytes(1).first >= document.segment_bytes(0).second);
    QVERIFY(document.segment_bytes(document.segments_total() - 1).second <= document.document->text.size());
    const auto record = storage::DocumentStore(place.library).find(document.document->content_hash);
    QVERIFY(record);
    QCOMPARE(record->tokens, document.document_tokens());
    QVERIFY(std::filesystem::path(record->path).is_absolute());
}

void TestSession::secondAskComputesNothing() {
    std::int64_t segments = 0;
    Exchange first;
    {
        Place place(*model_, library());
        PreparedDocument document = place.session.prepare(book(short_book));
        segments = document.segments_total();
        const ReadOutcome read = place.session.read(document, Schedule::diagonal);
        QCOMPARE(read.segments_computed, segments);
        QCOMPARE(read.segments_reused, 0);
        QCOMPARE(read.steps, segments + model_->config.layers - 1);
        QCOMPARE(read.tokens, segments * 256);
        QVERIFY(read.ms > 0 && read.tokens_per_second > 0);
        QVERIFY(read.storage_problem.empty());
        QCOMPARE(document.segments_known, segments);
        QVERIFY(place.states() >= 1);
        first = place.session.ask(document, "Where is Bruce?", {}).exchange;
        QCOMPARE(first.segments_computed, 0);
    }
    Place place(*model_, library());
    PreparedDocument document = place.session.prepare(book(short_book));
    QCOMPARE(document.segments_known, segments);
    const AskOutcome again = place.session.ask(document, "Where is Bruce?", {});
    QCOMPARE(again.exchange.segments_computed, 0);
    QCOMPARE(again.exchange.segments_reused, segments);
    QCOMPARE(again.exchange.answer, first.answer);
    QVERIFY(!again.exchange.answer.empty());
    QVERIFY(again.exchange.time_to_first_token_ms > 0);
    QVERIFY(again.exchange.time_to_first_token_ms <= again.exchange.total_ms);
}

void TestSession::askingReadsFirst() {
    Place place(*model_, library());
    PreparedDocument document = place.session.prepare(book(short_book));
    const AskOutcome outcome = place.session.ask(document, "Where is Bruce?", {});
    QCOMPARE(outcome.exchange.segments_computed, document.segments_total());
    QCOMPARE(outcome.exchange.segments_reused, 0);
    QCOMPARE(outcome.exchange.segments_total, document.segments_total());
    QCOMPARE(outcome.exchange.document_tokens, document.document_tokens());
    QCOMPARE(outcome.exchange.model, std::string("default"));
    QCOMPARE(outcome.exchange.stopped_because, StopReason::stop_token);
    QCOMPARE(static_cast<std::int64_t>(outcome.answer_ids.size()), outcome.exchange.answer_tokens);
    QVERIFY(place.states() >= 1);
}

/// Drawn so hot that a free answer is anything, an answer is still in the text's words.
void TestSession::answersAreQuotations() {
    Place place(*model_, library());
    const std::string text = book(short_book)->text;
    PreparedDocument whole = place.session.prepare(book(short_book));
    PreparedDocument half = whole.up_to_byte(text.size() / 2);
    const auto in = [](const std::string& answer, std::string_view where) {
        std::string spaced(where);
        std::ranges::replace(spaced, '\n', ' ');
        return answer == "not stated" || spaced.find(answer) != std::string::npos;
    };
    int free_ones = 0;
    for (const std::uint64_t seed : {1, 2, 3, 4}) {
        AskOptions options{.sampling = {.temperature = 3, .top_p = 1, .seed = seed}, .max_tokens = 6};
        const auto ask = [&](PreparedDocument& document) {
            return place.session.ask(document, "Where is Bruce?", options).exchange.answer;
        };
        QVERIFY(in(ask(whole), text));
        QVERIFY(in(ask(half), std::string_view(text).substr(0, text.size() / 2)));
        const Exchange quoted = place.session.ask(whole, "Where is Bruce?", options).exchange;
        QCOMPARE(quoted.confidence.has_value(),
                 quoted.answer != "not stated" && quoted.stopped_because == StopReason::stop_token);
        QVERIFY(!quoted.confidence || (*quoted.confidence > 0 && *quoted.confidence < 1));
        options.quote = false;
        QVERIFY(!place.session.ask(whole, "Where is Bruce?", options).exchange.confidence);
        free_ones += in(ask(whole), text) ? 0 : 1;
    }
    QVERIFY(free_ones > 1);
    const Exchange whole_answer = place.session.ask(whole, "Where is Bruce?", {}).exchange;
    QVERIFY(whole_answer.answer == "not stated" || whole_answer.confidence > 0);
}

/// Of a model that begins a new memory every second segment, each memory is asked, and the answer is the same
/// after a new start, whichever span states it.
void TestSession::eachSpanIsAsked() {
    const std::filesystem::path models = path_of(*directory_) / "models" / "spans";
    std::filesystem::create_directories(models);
    for (const char* name : {"model.safetensors", "tokenizer.model"})
        std::filesystem::create_symlink(std::filesystem::path(RESOURCES "/models/default") / name,
                                        models / name);
    std::string config = file_bytes(RESOURCES "/models/default/config.json");
    config = std::regex_replace(config, std::regex(R"("memory_span": \d+)"), R"("memory_span": 2)");
    put_file(models / "config.json", config);
    Model model = open_model(models, "cpu", 2);
    QCOMPARE(model.config.memory_span, std::optional<int>(2));

    const std::string planted = "\nThe password of the harbour gate is 58213.\n";
    const std::string filler = book(6'000)->text;
    for (const std::size_t at : {std::size_t{500}, filler.size() - 600}) {
        const std::string end_of_line = filler.substr(at, filler.find('\n', at) - at);
        const auto document = text(filler.substr(0, at) + end_of_line + planted + filler.substr(at));
        std::string first;
        for (const bool again : {false, true}) {
            Place place(model, path_of(*directory_) / (std::to_string(at) + ".sqlite"));
            PreparedDocument prepared = place.session.prepare(document);
            QVERIFY(prepared.segments_total() > 4);
            QCOMPARE(prepared.segments_known, again ? prepared.segments_total() : std::int64_t{0});
            std::string pieces;
            const AskOutcome outcome =
                place.session.ask(prepared, "What is the password of the harbour gate?", {},
                                  {.on_answer = [&](std::string_view piece) { pieces += piece; }});
            QCOMPARE(outcome.exchange.answer, std::string("58213"));
            QCOMPARE(pieces, outcome.exchange.answer);
            QVERIFY(outcome.exchange.confidence > 0.5);
            QVERIFY(outcome.exchange.time_to_first_token_ms > 0);
            const MemoryState state = place.stored(prepared, prepared.segments_total());
            QVERIFY(state.fits(model.config) && state.layers >= 3 * model.config.layers);
            const auto missing = place.session.ask(prepared, "Where was Priscilla Farquhar born?", {});
            QCOMPARE(missing.exchange.answer, std::string("not stated"));
            QVERIFY(!missing.exchange.confidence);
            AskOptions free;
            free.quote = false;
            QVERIFY(!place.session.ask(prepared, "What is the password of the harbour gate?", free)
                         .exchange.confidence);
        }
    }
}

void TestSession::aDocumentLongerThanTestedIsToldAbout() {
    Place place(*model_, library());
    const auto notes = [&](std::optional<int> tested) {
        const auto before = std::exchange(model_->config.tested_tokens, tested);
        auto prepared = place.session.prepare(book(short_book));
        model_->config.tested_tokens = before;
        return prepared.notes;
    };
    QVERIFY(notes(std::nullopt).empty());
    QVERIFY(notes(model_->config.tested_tokens).empty());
    const std::vector<std::string> told = notes(1000);
    QCOMPARE(told.size(), std::size_t{1});
    QVERIFY2(
        contains(told.front(), "more than the 1,000 up to which the model \"default\" was found to answer"),
        told.front().c_str());
}

void TestSession::progressCountsTheWholeDocument() {
    Place place(*model_, library());
    PreparedDocument beginning = place.session.prepare(book(short_book));
    place.session.read(beginning, Schedule::diagonal);
    PreparedDocument whole = place.session.prepare(book(2 * short_book));
    QCOMPARE(whole.segments_known, beginning.segments_total());
    std::vector<WavefrontSnapshot> seen;
    SessionObserver observer;
    observer.on_progress = [&](const ReadProgress& progress) { seen.push_back(progress.wavefront); };
    const ReadOutcome outcome = place.session.read(whole, Schedule::diagonal, observer);
    QCOMPARE(static_cast<std::int64_t>(seen.size()), outcome.steps);
    for (const WavefrontSnapshot& wavefront : seen) {
        QCOMPARE(wavefront.segments, whole.segments_total());
        QCOMPARE(wavefront.restored, beginning.segments_total());
    }
    QCOMPARE(seen.back().cells_done(), outcome.segments_computed * model_->config.layers);
}

void TestSession::appendedTextReadsOnlyTheRest() {
    Place place(*model_, library());
    PreparedDocument beginning = place.session.prepare(book(short_book));
    place.session.read(beginning, Schedule::diagonal);

    PreparedDocument whole = place.session.prepare(book(2 * short_book));
    std::vector<std::pair<std::int64_t, std::int64_t>> said;
    SessionObserver observer;
    observer.on_start = [&](std::int64_t known, std::int64_t total) { said.emplace_back(known, total); };
    const ReadOutcome outcome = place.session.read(whole, Schedule::diagonal, observer);
    place.session.read(whole, Schedule::diagonal, observer); // nothing is left to say
    QVERIFY((said == std::vector{std::pair(beginning.segments_total(), whole.segments_total())}));
    QCOMPARE(outcome.segments_reused, beginning.segments_total());
    QCOMPARE(outcome.segments_computed, whole.segments_total() - beginning.segments_total());
    QVERIFY(place.stored(whole, whole.segments_total()) == uninterrupted(whole));
    QVERIFY(place.stored(beginning, beginning.segments_total()) == uninterrupted(beginning));
}

void TestSession::editsRestartAtTheSnapshotBefore_data() {
    QTest::addColumn<int>("percent");
    for (const int percent : {0, 50, 85})
        QTest::addRow("at %d %%", percent) << percent;
}

void TestSession::editsRestartAtTheSnapshotBefore() {
    QFETCH(int, percent);
    Place place(*model_, library(), storage::Database::Mode::read_write, unlimited);
    PreparedDocument before = place.session.prepare(book(longer_book));
    place.session.read(before, Schedule::sequential); // its snapshots come one by one
    const std::vector<std::int64_t> stored = place.prefixes(before);
    QVERIFY(stored.size() >= 2 && stored.size() <= most_kept() + 1);
    QCOMPARE(stored.back(), before.segments_total());

    std::string words = before.document->text;
    const auto& begin = before.tokens.begin;
    const std::size_t at = begin[begin.size() * static_cast<std::size_t>(percent) / 100];
    words.insert(at, " It was otherwise, they said. ");
    PreparedDocument edited = place.session.prepare(text(words));
    const auto parting = std::ranges::mismatch(edited.chain, before.chain).in1;
    const std::int64_t common = parting - edited.chain.begin(); // segments that the two editions share
    QVERIFY(common < before.segments_total());
    std::int64_t nearest = 0;
    for (const std::int64_t segments : stored)
        nearest = segments <= common ? segments : nearest;
    QVERIFY(percent < 80 || nearest > 0);
    QCOMPARE(edited.segments_known, nearest); // said before anything is read
    const ReadOutcome outcome = place.session.read(edited, Schedule::diagonal);
    QCOMPARE(outcome.segments_reused, nearest);
    QVERIFY(place.stored(edited, edited.segments_total()) == uninterrupted(edited));
}

void TestSession::aCommonPrefaceIsReadOnce() {
    Place place(*model_, library(), storage::Database::Mode::read_write, unlimited);
    const std::string preface = book(longer_book)->text;
    PreparedDocument first =
        place.session.prepare(text(preface + " Here the first begins. " + book(2'000)->text));
    place.session.read(first, Schedule::sequential);
    PreparedDocument second =
        place.session.prepare(text(preface + " And so the second. " + book(2'000)->text));
    QVERIFY(second.segments_known > 0);
    QVERIFY(second.document_id != first.document_id);
    const ReadOutcome outcome = place.session.read(second, Schedule::diagonal);
    QVERIFY(outcome.segments_reused > 0);
    QVERIFY(place.stored(second, second.segments_total()) == uninterrupted(second));
    QCOMPARE(place.session.prepare(first.document).segments_known, first.segments_total());
}

void TestSession::anEditionKeepsWhatItShares() {
    Place place(*model_, library());
    PreparedDocument first = place.session.prepare(book(short_book));
    place.session.read(first, Schedule::diagonal);
    PreparedDocument second = place.session.prepare(book(short_book + 8));
    QVERIFY(second.document_id != first.document_id && second.chain == first.chain);
    QCOMPARE(place.session.read(second, Schedule::diagonal).segments_computed, 0);
    QVERIFY(storage::DocumentStore(place.library).remove(first.document_id));
    QCOMPARE(storage::MemoryStore(place.library).longest_prefix(second.chain), second.segments_total());
}

void TestSession::asOfAPointKnowsNothingLater() {
    Place place(*model_, library(), storage::Database::Mode::read_write, unlimited);
    const std::string before = book(longer_book)->text;
    PreparedDocument document =
        place.session.prepare(text(before + " Zebulon walked to the observatory. " + book(3'000)->text));
    place.session.read(document, Schedule::diagonal);
    const std::size_t states = place.states();
    for (const char* point : {"segment:3", "37.5%", "70%"}) {
        PreparedDocument part = document.up_to(parse_as_of(point));
        const AskOutcome asked = place.session.ask(part, "Where is Zebulon?", {});
        // As if the document ended there: the same tokens, the same memory, the same answer.
        const std::size_t end = part.tokens.end[part.reach - 1];
        QVERIFY(end < before.size());
        const std::size_t full = part.chain_in_reach().size() * static_cast<std::size_t>(part.segment_size);
        const MemoryState memory = model_->engine->read({std::span(document.tokens.ids).first(full)}).state;
        QVERIFY(place.stored(part, part.segments_total()) == memory);
        QCOMPARE(part.tail().size(), part.reach - full);
        QCOMPARE(asked.exchange.segments_total, part.segments_total());
        QVERIFY(asked.exchange.segments_reused <= part.segments_total());
        QVERIFY(contains(asked.exchange.as_of, "segment " + std::to_string(part.segments_total()) + " of " +
                                                   std::to_string(document.segments_total()) + ", line "));
        const AskOutcome again = place.session.ask(part, "Where is Zebulon?", {});
        QCOMPARE(again.exchange.segments_computed, 0);
        QCOMPARE(again.exchange.answer, asked.exchange.answer);
        for (const Mention& mention : asked.exchange.mentions)
            QVERIFY(mention.end <= end);
    }
    // A point stores no state that is not the document's own.
    QVERIFY(place.states() >= states &&
            place.states() <= static_cast<std::size_t>(document.segments_total()));
    QCOMPARE(storage::ConversationStore(place.library).list(document.document_id).size(), std::size_t{6});
    const AskOutcome whole = place.session.ask(document, "Where is Zebulon?", {});
    QVERIFY(whole.exchange.as_of.empty());
    QCOMPARE(whole.exchange.segments_computed, 0);
    QCOMPARE(error_of([&] { document.up_to(parse_as_of("segment:999")); }).value().kind, ErrorKind::input);
    // As of a point within a number, no half of it is quoted.
    const std::string number = "The password of the harbour gate is 58213.";
    PreparedDocument cut = place.session.prepare(text(number)).up_to_byte(number.size() - 4);
    const AskOutcome outcome = place.session.ask(cut, "What is the password of the harbour gate?", {});
    QVERIFY2(outcome.exchange.answer != "58", outcome.exchange.answer.c_str());
}

void TestSession::whatOthersKnowIsSaid() {
    Place place(*model_, library());
    const PreparedDocument document = place.session.prepare(book(short_book));
    QVERIFY(document.notes.empty());
    storage::MemoryStore memories(place.library);
    MemoryState state = MemoryState::empty(model_->config);
    state.segments = 3;
    const auto store = [&](const std::string& name, Fingerprint fingerprint, int segment_size) {
        const auto key = segment_chain(fingerprint.root(), document.tokens.ids, document.segment_size)[2];
        memories.put(key, state,
                     {document.document_id, name, fingerprint.numerics, fingerprint, segment_size});
    };
    const auto said = [&](const std::string& part) {
        const auto notes = place.session.prepare(document.document).notes;
        return std::ranges::any_of(notes, [&](const auto& note) { return contains(note, part); });
    };
    Fingerprint gpu = model_->fingerprint;
    gpu.numerics = "cuda-bf16-1";
    store(model_->name, gpu, 256);
    QVERIFY(said("Known on cuda: 3 segments"));
    QVERIFY(said("starts at segment 1."));
    gpu.weights = hash_text("larger");
    store("larger", gpu, 256);
    QVERIFY(said("Known to the model larger"));
    Fingerprint older = model_->fingerprint;
    older.tokenizer = hash_text("another");
    store(model_->name, older, 256);
    QVERIFY(said("before its tokenizer changed"));
    // None of it is used.
    PreparedDocument again = place.session.prepare(document.document);
    QCOMPARE(again.segments_known, 0);
    QCOMPARE(place.session.read(again, Schedule::diagonal).segments_reused, 0);
    QVERIFY(place.session.prepare(document.document).notes.empty());
}

void TestSession::aSecondReaderWaitsAndTakesWhatTheFirstStored() {
    Place place(*model_, library());
    PreparedDocument document = place.session.prepare(book(short_book));
    std::optional<ReadingLock> other(std::in_place, library(), document.chain.back());
    QVERIFY(other->try_lock());

    std::stop_source stop;
    SessionObserver observer;
    observer.on_waiting = [&](std::int64_t) { stop.request_stop(); };
    const ReadOutcome stopped = place.session.read(document, Schedule::diagonal, observer, stop.get_token());
    QVERIFY(stopped.cancelled);
    QCOMPARE(stopped.segments_computed, 0);

    observer.on_waiting = [&](std::int64_t known) { // the other one stores, step by step
        if (known == document.segments_total())
            return;
        MemoryState state =
            model_->engine
                ->read({std::span(document.tokens.ids).first(static_cast<std::size_t>(known + 1) * 256)})
                .state;
        storage::Database connection(library());
        storage::MemoryStore(connection)
            .put(document.chain[static_cast<std::size_t>(known)], state,
                 {document.document_id, model_->name, model_->fingerprint.numerics});
    };
    const ReadOutcome followed = place.session.read(document, Schedule::diagonal, observer);
    QCOMPARE(followed.segments_computed, 0);
    QCOMPARE(followed.segments_reused, document.segments_total());
    QVERIFY(place.stored(document, document.segments_total()) == uninterrupted(document));
}

void TestSession::aReaderThatGivesUpIsReplaced() {
    Place place(*model_, library());
    PreparedDocument document = place.session.prepare(book(short_book));
    std::optional<ReadingLock> other(std::in_place, library(), document.chain.back());
    QVERIFY(other->try_lock());
    SessionObserver observer;
    observer.on_waiting = [&](std::int64_t) { other.reset(); };
    QCOMPARE(place.session.read(document, Schedule::diagonal, observer).segments_computed,
             document.segments_total());
}

void TestSession::aLostDeviceCostsOnlyTheRest() {
    Model failing = open_model(RESOURCES "/models/default", "cpu", 2);
    const Checkpoint checkpoint(failing.directory, failing.config);
    failing.engine = std::make_unique<Engine>(
        std::make_unique<LostDevice>(make_backend("cpu", failing.config, checkpoint, 2), 5 * 8));
    {
        Place place(failing, library(), storage::Database::Mode::read_write, unlimited);
        PreparedDocument document = place.session.prepare(book(longer_book));
        const auto lost = error_of([&] { place.session.read(document, Schedule::sequential); });
        QVERIFY(lost);
        QCOMPARE(lost->kind, ErrorKind::device);
    }
    Place place(*model_, library());
    PreparedDocument document = place.session.prepare(book(longer_book));
    QVERIFY(document.segments_known >= 2 && document.segments_known <= 5);
    const ReadOutcome rest = place.session.read(document, Schedule::diagonal);
    QCOMPARE(rest.segments_reused, document.segments_total() - rest.segments_computed);
    QVERIFY(rest.segments_reused >= 2);
    QVERIFY(place.stored(document, document.segments_total()) == uninterrupted(document));
}

void TestSession::snapshotsThatCannotBeStoredAreTold() {
    Place place(*model_, library(), storage::Database::Mode::read_write, unlimited);
    PreparedDocument document = place.session.prepare(book(longer_book));
    SQLite::Database other(library().string(), SQLite::OPEN_READWRITE);
    other.exec("CREATE TRIGGER full BEFORE INSERT ON memory_states WHEN new.segments < " +
               std::to_string(document.segments_total()) + " BEGIN SELECT RAISE(ABORT, 'no room'); END");
    const ReadOutcome outcome = place.session.read(document, Schedule::sequential);
    QVERIFY(outcome.storage_problem.empty());
    QCOMPARE(outcome.notes.size(), std::size_t{1});
    QVERIFY(contains(outcome.notes.front(), "no room"));
    QCOMPARE(place.prefixes(document), std::vector<std::int64_t>{document.segments_total()});
}

void TestSession::stopKeepsWorkAndResumes_data() {
    QTest::addColumn<int>("schedule");
    QTest::newRow("diagonal") << static_cast<int>(Schedule::diagonal);
    QTest::newRow("sequential") << static_cast<int>(Schedule::sequential);
}

void TestSession::stopKeepsWorkAndResumes() {
    QFETCH(int, schedule);
    const auto order = static_cast<Schedule>(schedule);
    const std::int64_t steps = order == Schedule::diagonal ? 3 : 3 * model_->config.layers;
    std::int64_t kept = 0;
    {
        Place place(*model_, library());
        PreparedDocument document = place.session.prepare(book(short_book));
        std::stop_source stop;
        SessionObserver observer;
        observer.on_progress = [&](const ReadProgress& progress) {
            if (progress.wavefront.steps_done == steps)
                stop.request_stop();
        };
        const ReadOutcome outcome = place.session.read(document, order, observer, stop.get_token());
        QVERIFY(outcome.cancelled);
        kept = outcome.segments_computed;
        QVERIFY(kept >= 2 && kept < document.segments_total());
        QCOMPARE(document.segments_known, kept);
    }
    Place place(*model_, library());
    PreparedDocument document = place.session.prepare(book(short_book));
    QCOMPARE(document.segments_known, kept);
    const ReadOutcome rest = place.session.read(document, order);
    QVERIFY(!rest.cancelled);
    QCOMPARE(rest.segments_reused, kept);
    QCOMPARE(rest.segments_computed, document.segments_total() - kept);
    QVERIFY(place.stored(document, document.segments_total()) == uninterrupted(document));
}

void TestSession::stopWhileReadingForAnAnswer() {
    Place place(*model_, library());
    PreparedDocument document = place.session.prepare(book(short_book));
    std::stop_source stop;
    SessionObserver observer;
    observer.on_progress = [&](const ReadProgress&) { stop.request_stop(); };
    const AskOutcome outcome = place.session.ask(document, "Where is Bruce?", {}, observer, stop.get_token());
    QVERIFY(outcome.read_cancelled);
    QCOMPARE(outcome.exchange.stopped_because, StopReason::cancelled);
    QVERIFY(outcome.exchange.answer.empty());
    QCOMPARE(outcome.exchange.segments_computed, 1);
    QVERIFY(storage::ConversationStore(place.library).list(document.document_id).empty());
    QVERIFY(place.states() >= 1);
}

void TestSession::stoppedAnswer() {
    Place place(*model_, library());
    PreparedDocument document = place.session.prepare(text("Bruce walked to the kitchen. The boy was glad."));
    std::stop_source before;
    before.request_stop();
    const AskOutcome nothing = place.session.ask(document, "Where is Bruce?", {}, {}, before.get_token());
    QCOMPARE(nothing.exchange.stopped_because, StopReason::cancelled);
    QVERIFY(storage::ConversationStore(place.library).list(document.document_id).empty());

    std::stop_source during;
    SessionObserver observer;
    observer.on_answer = [&](std::string_view) { during.request_stop(); };
    const AskOutcome part = place.session.ask(document, "Where is Bruce?", {}, observer, during.get_token());
    QCOMPARE(part.exchange.stopped_because, StopReason::cancelled);
    QVERIFY(!part.exchange.answer.empty());
    QCOMPARE(storage::ConversationStore(place.library).list(document.document_id).size(), std::size_t{1});
}

void TestSession::readOnlyLibraryStillAnswers() {
    { storage::Database created(library()); }
    Place place(*model_, library(), storage::Database::Mode::read_only);
    PreparedDocument document = place.session.prepare(book(short_book));
    QCOMPARE(document.document_id, 0);
    const AskOutcome outcome = place.session.ask(document, "Where is Bruce?", {});
    QVERIFY(!outcome.exchange.answer.empty());
    QVERIFY2(contains(outcome.storage_problem, "library.sqlite"), outcome.storage_problem.c_str());
    const AskOutcome again = place.session.ask(document, "Where is Bruce?", {});
    QCOMPARE(again.exchange.segments_computed, 0); // held although it could not be stored
    QCOMPARE(again.exchange.answer, outcome.exchange.answer);
}

void TestSession::laterTryStoresWhatCouldNotBe() {
    Place place(*model_, library());
    PreparedDocument document = place.session.prepare(book(short_book));
    SQLite::Database other(library().string(), SQLite::OPEN_READWRITE);
    other.exec(
        "CREATE TRIGGER full BEFORE INSERT ON memory_states BEGIN SELECT RAISE(ABORT, 'no room'); END");
    const ReadOutcome failed = place.session.read(document, Schedule::diagonal);
    QVERIFY(contains(failed.storage_problem, "no room"));
    QCOMPARE(failed.segments_computed, document.segments_total());
    QCOMPARE(place.states(), std::size_t{0});

    other.exec("DROP TRIGGER full");
    const ReadOutcome again = place.session.read(document, Schedule::diagonal);
    QCOMPARE(again.segments_computed, 0);
    QVERIFY(again.storage_problem.empty());
    QVERIFY(place.stored(document, document.segments_total()) == uninterrupted(document));
}

void TestSession::damagedMemoryFallsBack() {
    std::int64_t shorter = 0;
    {
        Place place(*model_, library());
        PreparedDocument beginning = place.session.prepare(book(short_book / 2));
        place.session.read(beginning, Schedule::diagonal);
        shorter = beginning.segments_total();
        PreparedDocument whole = place.session.prepare(book(short_book));
        place.session.read(whole, Schedule::diagonal);
        SQLite::Statement damage(
            place.library.handle(),
            "UPDATE memory_parts SET data = zeroblob(length(data)) WHERE state_id = (SELECT id FROM "
            "memory_states ORDER BY segments DESC LIMIT 1)");
        QVERIFY(damage.exec() > 0);
    }
    Place place(*model_, library());
    PreparedDocument document = place.session.prepare(book(short_book));
    const AskOutcome outcome = place.session.ask(document, "Where is Bruce?", {});
    QCOMPARE(outcome.exchange.segments_reused, shorter);
    QCOMPARE(outcome.exchange.segments_computed, document.segments_total() - shorter);
    QCOMPARE(outcome.notes.size(), std::size_t{1});
    QVERIFY(!outcome.exchange.answer.empty());
    QVERIFY(place.stored(document, document.segments_total()) == uninterrupted(document)); // repaired
}

void TestSession::documentsWithoutAFullSegment() {
    Place place(*model_, library());
    for (const char* words : {"Bruce walked to the kitchen.", "a"}) {
        PreparedDocument document = place.session.prepare(text(words));
        QCOMPARE(document.segments_total(), 0);
        const ReadOutcome read = place.session.read(document, Schedule::diagonal);
        QCOMPARE(read.segments_computed, 0);
        QVERIFY(!read.cancelled);
        const AskOutcome asked = place.session.ask(document, "Where is Bruce?", {});
        QCOMPARE(asked.exchange.segments_total, 0);
        QVERIFY(asked.exchange.stopped_because != StopReason::cancelled);
    }
    QCOMPARE(place.states(), std::size_t{0});
}

void TestSession::badRequestsFailBeforeReading() {
    Place place(*model_, library());
    PreparedDocument document = place.session.prepare(book(short_book));
    SessionObserver observer;
    observer.on_progress = [](const ReadProgress&) { QFAIL("read although the request cannot work"); };
    const auto kind_of = [&](const std::string& question, const AskOptions& options) {
        return error_of([&] { place.session.ask(document, question, options, observer); }).value().kind;
    };
    QCOMPARE(kind_of("", {}), ErrorKind::input);
    std::string endless;
    for (int i = 0; i < 2000; ++i)
        endless += "why ";
    QCOMPARE(kind_of(endless, {}), ErrorKind::input);
    AskOptions options;
    options.sampling.temperature = -1;
    QCOMPARE(kind_of("Where?", options), ErrorKind::usage);
}

void TestSession::piecesJoinToTheAnswer() {
    Place place(*model_, library());
    PreparedDocument document = place.session.prepare(text("The word is \xC3\xA9t\xC3\xA9 \xE2\x82\xAC."));
    AskOptions options;
    options.sampling = {2.0, 1.0, 7}; // noise: also bytes that are no text
    options.max_tokens = 60;
    std::string joined;
    SessionObserver observer;
    observer.on_answer = [&](std::string_view piece) { joined += piece; };
    const AskOutcome outcome = place.session.ask(document, "What is the word?", options, observer);
    QCOMPARE(joined, outcome.exchange.answer);
    QCOMPARE(outcome.exchange.answer, model_->tokenizer->decode(outcome.answer_ids));
    QVERIFY(outcome.exchange.answer_tokens > 0);
}

void TestSession::seedsRepeat() {
    Place place(*model_, library());
    PreparedDocument document = place.session.prepare(text("Bruce walked to the kitchen."));
    const auto answer = [&](std::uint64_t seed) {
        AskOptions options;
        options.sampling = {3.0, 1.0, seed};
        options.max_tokens = 20;
        options.quote = false; // a sentence has few quotations
        return place.session.ask(document, "Where is Bruce?", options).answer_ids;
    };
    const auto first = answer(1);
    QVERIFY(answer(1) == first);
    QVERIFY(answer(2) != first);
}

void TestSession::conversationIsKept() {
    std::int64_t id = 0;
    Exchange asked;
    {
        Place place(*model_, library());
        PreparedDocument document = place.session.prepare(text("Bruce walked to the kitchen."));
        asked = place.session.ask(document, "Where is Bruce?", {}).exchange;
        id = document.document_id;
    }
    Place place(*model_, library());
    const auto conversation = storage::ConversationStore(place.library).list(id);
    QCOMPARE(conversation.size(), std::size_t{1});
    QVERIFY(conversation.front() == asked);
    QVERIFY(QDateTime::fromString(QString::fromStdString(asked.asked_at), Qt::ISODate).isValid());
    QVERIFY(asked.asked_at.ends_with('Z'));
}

void TestSession::whatHadToGoForTheBudgetIsToldOnce() {
    Place place(*model_, library(), storage::Database::Mode::read_write, unlimited);
    for (const std::size_t from : {0, 100}) {
        PreparedDocument other = place.session.prepare(text(book(short_book)->text.substr(from)));
        QCOMPARE(place.session.read(other, Schedule::diagonal).made_room, std::string());
    }
    storage::MemoryUpkeep(place.library).set_budget(1);
    PreparedDocument document = place.session.prepare(text(book(longer_book)->text.substr(300)));
    const std::string told = place.session.ask(document, "Where is Bruce?", {}).made_room;
    QVERIFY2(contains(told, "the memories of 2 documents"), told.c_str());
    QVERIFY(contains(told, "cache budget"));
    QCOMPARE(place.session.ask(document, "Where is Bruce?", {}).made_room, std::string());
}

QTEST_GUILESS_MAIN(TestSession)
#include "tst_session.moc"
