#include "app/core/session.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include "app/importers/import.h"
#include "support.h"

using namespace longview;
using namespace longview::app;
using namespace longview::app::test;
using namespace std::chrono_literals;

namespace {

/// The beginning of a sample book; about 270 bytes make 70 tokens.
std::shared_ptr<const Document> book(std::size_t bytes, const std::string& end = {}) {
    static const std::string text = file_bytes(RESOURCES "/samples/sample1.txt");
    return std::make_shared<const Document>(import_bytes(text.substr(0, bytes) + end, "book.txt"));
}

std::shared_ptr<const Document> text(const std::string& words) {
    return std::make_shared<const Document>(import_bytes(words, "text.txt"));
}

/// One library file and what works on it, as a new start of the program has them.
struct Place {
    Place(Model& model, const std::filesystem::path& file,
          storage::Database::Mode mode = storage::Database::Mode::read_write,
          std::chrono::milliseconds period = 20s)
        : library(file, mode), session(model, library, period) {}

    MemoryState stored(const PreparedDocument& document, std::int64_t segments) {
        auto state =
            storage::MemoryStore(library).load(document.chain.at(static_cast<std::size_t>(segments) - 1));
        return state ? *std::move(state) : MemoryState();
    }
    std::size_t states() { return storage::MemoryStore(library).list().size(); }

    storage::Database library;
    Session session;
};

constexpr std::size_t short_book = 4'000;  ///< 4 full segments
constexpr std::size_t longer_book = 9'500; ///< more than 8

} // namespace

class TestSession : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { model_ = open_model(RESOURCES "/models/default", "cpu", 2); }
    void init() { directory_.emplace(); }

    void preparesADocument();
    void secondAskComputesNothing();
    void askingReadsFirst();
    void progressCountsTheWholeDocument();
    void appendedTextReadsOnlyTheRest();
    void snapshotsServeAnEditedEnd();
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
        QCOMPARE(place.states(), std::size_t{1});
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
    QCOMPARE(place.states(), std::size_t{1});
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
    const ReadOutcome outcome = place.session.read(whole, Schedule::diagonal);
    QCOMPARE(outcome.segments_reused, beginning.segments_total());
    QCOMPARE(outcome.segments_computed, whole.segments_total() - beginning.segments_total());
    QVERIFY(place.stored(whole, whole.segments_total()) == uninterrupted(whole));
    QVERIFY(place.stored(beginning, beginning.segments_total()) == uninterrupted(beginning));
}

void TestSession::snapshotsServeAnEditedEnd() {
    Place place(*model_, library(), storage::Database::Mode::read_write, 0ms);
    PreparedDocument before = place.session.prepare(book(longer_book));
    place.session.read(before, Schedule::diagonal);
    QVERIFY(before.segments_total() > 8);
    QVERIFY(place.states() >= 2);

    const std::size_t cut = before.segment_bytes(8).first + 100; // inside the ninth segment
    PreparedDocument edited =
        place.session.prepare(book(cut, " Now it ends otherwise. " + book(1'500)->text));
    QVERIFY(edited.segments_total() > 8);
    const ReadOutcome outcome = place.session.read(edited, Schedule::diagonal);
    QCOMPARE(outcome.segments_reused, 8);
    QVERIFY(place.stored(edited, edited.segments_total()) == uninterrupted(edited));
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
    QCOMPARE(place.states(), std::size_t{1});
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
            "UPDATE memory_blobs SET data = zeroblob(length(data)) WHERE state_id = (SELECT id FROM "
            "memory_states ORDER BY segments DESC LIMIT 1)");
        QCOMPARE(damage.exec(), 1);
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

QTEST_GUILESS_MAIN(TestSession)
#include "tst_session.moc"
