// The engine thread with the default model: requests in, values out, in order, and every stop keeps the work.

#include <QTemporaryDir>
#include <QTest>

#include <condition_variable>
#include <fstream>
#include <mutex>

#include "app/gui/engine_thread.h"
#include "app/importers/import.h"
#include "storage/memory_upkeep.h"

using namespace longview;
using namespace longview::app;

namespace {

/// Collects mail as the window would, but as fast as it comes.
class Client {
public:
    explicit Client(const QTemporaryDir& directory)
        : engine([this] {
              const std::lock_guard lock(mutex_);
              woken_ = true;
              wake_.notify_one();
          }),
          database_(directory.filePath(QStringLiteral("library.sqlite")).toStdString()) {}

    void load(const std::filesystem::path& model = RESOURCES "/models/default") {
        engine.post(LoadModel{model, database_, "cpu", 2});
    }

    /// Everything up to and including the first Happened. Fails the test after a generous while.
    template <class Happened>
    const Happened* wait_for(const std::function<void(const Event&)>& seen = {}) {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(120);
        while (true) {
            while (next_ < events.size()) {
                const Event& event = events[next_++];
                if (seen)
                    seen(event);
                if (const auto* happened = std::get_if<Happened>(&event))
                    return happened;
            }
            std::unique_lock lock(mutex_);
            if (!wake_.wait_until(lock, deadline, [this] { return woken_; }))
                return nullptr;
            woken_ = false;
            lock.unlock();
            for (auto& event : engine.drain())
                events.push_back(std::move(event));
        }
    }

private:
    std::mutex mutex_;
    std::condition_variable wake_;
    bool woken_ = false;
    std::size_t next_ = 0;

public:
    std::deque<Event> events; ///< all so far; references stay valid
    EngineThread engine;

private:
    std::filesystem::path database_;
};

std::shared_ptr<const Document> sample(std::size_t bytes, std::streamoff from = 0) {
    std::ifstream file(FIXTURES "/books/alice.txt");
    file.seekg(from);
    std::string text(bytes, '\0');
    file.read(text.data(), static_cast<std::streamsize>(bytes));
    return std::make_shared<const Document>(import_bytes(text, "sample.txt"));
}

} // namespace

class TestEngineThread : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void reads_asks_and_remembers() {
        const QTemporaryDir directory;
        std::string answer;
        {
            Client client(directory);
            client.load();
            client.engine.post(Prepare{sample(6000)});
            client.engine.post(Read{});
            client.engine.post(Ask{"Where is Bruce?"});
            QVERIFY(client.wait_for<ModelReady>());
            const auto* ready = client.wait_for<DocumentReady>();
            QVERIFY(ready);
            QVERIFY(ready->segments > 2);
            QCOMPARE(ready->known_segments, std::int64_t{0});
            QCOMPARE(static_cast<std::int64_t>(ready->segment_bytes.size()), ready->segments);
            QVERIFY(client.wait_for<ReadingStarted>());
            const auto* read = client.wait_for<ReadingFinished>();
            QVERIFY(read);
            QCOMPARE(read->outcome.segments_computed, ready->segments);
            QCOMPARE(read->wavefront.status(ready->segments - 1, read->wavefront.layers - 1),
                     CellStatus::done);
            std::string streamed;
            const auto* answered = client.wait_for<AnswerFinished>([&](const Event& event) {
                if (const auto* text = std::get_if<AnswerText>(&event))
                    streamed += text->text;
            });
            QVERIFY(answered);
            answer = answered->exchange.answer;
            QCOMPARE(streamed, answer);
            QVERIFY(!answer.empty());
            QVERIFY(client.wait_for<Idle>());
        }
        Client again(directory); // the window was closed and opened
        again.load();
        again.engine.post(Prepare{sample(6000)});
        again.engine.post(Ask{"Where is Bruce?"});
        const auto* ready = again.wait_for<DocumentReady>();
        QVERIFY(ready);
        QCOMPARE(ready->known_segments, ready->segments);
        QCOMPARE(ready->conversation.size(), std::size_t{1});
        QCOMPARE(ready->conversation[0].answer, answer);
        const auto* answered = again.wait_for<AnswerFinished>([](const Event& event) {
            QVERIFY2(!std::holds_alternative<ReadProgress>(event), "a known document is not read again");
        });
        QVERIFY(answered);
        QCOMPARE(answered->exchange.answer, answer);
        QCOMPARE(answered->exchange.segments_computed, std::int64_t{0});
    }

    void a_stop_while_reading_keeps_what_was_read() {
        const QTemporaryDir directory;
        Client client(directory);
        client.load();
        client.engine.post(Prepare{sample(30000)});
        client.engine.post(Read{});
        QVERIFY(client.wait_for<ReadProgress>());
        client.engine.post(Ask{"Where is Bruce?"}); // waits behind the reading: dropped by the stop
        client.engine.stop();
        const auto* stopped = client.wait_for<ReadingFinished>();
        QVERIFY(stopped);
        QVERIFY(stopped->outcome.cancelled);
        const auto kept = stopped->outcome.segments_computed;
        QVERIFY(kept > 0 && kept < stopped->outcome.segments_total);
        QVERIFY(client.wait_for<Idle>());
        client.engine.post(Read{});
        const auto* rest = client.wait_for<ReadingFinished>([](const Event& event) {
            QVERIFY2(!std::holds_alternative<AnswerStarted>(event), "the dropped question is not answered");
        });
        QVERIFY(rest);
        QVERIFY(!rest->outcome.cancelled);
        QCOMPARE(rest->outcome.segments_reused, kept);
        QCOMPARE(rest->outcome.segments_computed, rest->outcome.segments_total - kept);
    }

    void ending_the_thread_keeps_what_was_read() {
        const QTemporaryDir directory;
        {
            Client client(directory);
            client.load();
            client.engine.post(Prepare{sample(30000)});
            client.engine.post(Read{});
            QVERIFY(client.wait_for<ReadProgress>());
        } // the window goes away in the middle
        Client again(directory);
        again.load();
        again.engine.post(Prepare{sample(30000)});
        const auto* ready = again.wait_for<DocumentReady>();
        QVERIFY(ready);
        QVERIFY(ready->known_segments > 0);
    }

    void asking_reads_first() {
        const QTemporaryDir directory;
        Client client(directory);
        client.load();
        client.engine.post(Prepare{sample(4000)});
        client.engine.post(Ask{"Where is Bruce?"});
        QVERIFY(client.wait_for<AnswerStarted>());
        QVERIFY(client.wait_for<ReadProgress>());
        const auto* answered = client.wait_for<AnswerFinished>();
        QVERIFY(answered);
        QCOMPARE(answered->exchange.segments_computed, answered->exchange.segments_total);
    }

    void a_second_window_waits_and_says_so() {
        const QTemporaryDir directory;
        Client one(directory), two(directory);
        for (Client* client : {&one, &two}) {
            client->load();
            client->engine.post(Prepare{sample(12000)});
            QVERIFY(client->wait_for<DocumentReady>());
        }
        one.engine.post(Read{});
        QVERIFY(one.wait_for<ReadProgress>());
        two.engine.post(Read{});
        QVERIFY(two.wait_for<ReadingAwaited>());
        const auto* read = one.wait_for<ReadingFinished>();
        const auto* followed = two.wait_for<ReadingFinished>();
        QVERIFY(read && followed);
        QCOMPARE(read->outcome.segments_computed, read->outcome.segments_total);
        QCOMPARE(followed->outcome.segments_reused, followed->outcome.segments_total);
        QCOMPARE(followed->wavefront.status(followed->outcome.segments_total - 1, 0), CellStatus::restored);
    }

    void a_stop_before_the_answer_keeps_what_was_read() {
        const QTemporaryDir directory;
        Client client(directory);
        client.load();
        client.engine.post(Prepare{sample(30000)});
        client.engine.post(Ask{"Where is Bruce?"});
        QVERIFY(client.wait_for<ReadProgress>());
        client.engine.stop();
        QVERIFY(client.wait_for<AnswerAbandoned>());
        client.engine.post(Read{});
        const auto* rest = client.wait_for<ReadingFinished>();
        QVERIFY(rest);
        QVERIFY(rest->outcome.segments_reused > 0);
    }

    void a_question_as_of_a_point_knows_nothing_later() {
        const QTemporaryDir directory;
        Client client(directory);
        client.load();
        const auto whole = sample(8000);
        client.engine.post(Prepare{whole});
        client.engine.post(Read{});
        client.engine.post(Consider{4000});
        QVERIFY(client.wait_for<ReadingFinished>());
        const auto* before = client.wait_for<PointReady>();
        QVERIFY(before);
        QCOMPARE(before->up_to, std::size_t{4000});
        QVERIFY(before->segments > 0 && before->segments < before->known_of_all);
        client.engine.post(Ask{"Where is Bruce?", 4000});
        std::int64_t computed = 0, all = 0;
        const auto* part = client.wait_for<AnswerFinished>([&](const Event& event) {
            if (const auto* progress = std::get_if<ReadProgress>(&event)) {
                computed = progress->wavefront.computed_segments();
                all = progress->wavefront.segments;
            }
        });
        QVERIFY(part);
        QVERIFY(!part->exchange.as_of.empty());
        QCOMPARE(part->exchange.segments_total, before->segments);
        QCOMPARE(part->exchange.segments_computed, before->segments - before->known_segments);
        QCOMPARE(computed, part->exchange.segments_computed);
        QVERIFY(computed == 0 || all == before->known_of_all); // the grid still shows the whole document
        const auto* after = client.wait_for<PointReady>();
        QVERIFY(after);
        QCOMPARE(after->known_segments, after->segments);
        QCOMPARE(after->known_of_all, before->known_of_all);

        Client alone(directory); // a document that ends there gives the same answer
        alone.load();
        alone.engine.post(Prepare{sample(4000)});
        alone.engine.post(Ask{"Where is Bruce?"});
        const auto* same = alone.wait_for<AnswerFinished>();
        QVERIFY(same);
        QCOMPARE(part->exchange.answer, same->exchange.answer);
    }

    void a_point_before_everything_is_refused() {
        const QTemporaryDir directory;
        Client client(directory);
        client.load();
        client.engine.post(Prepare{sample(3000)});
        client.engine.post(Ask{"Where is Bruce?", 0});
        QVERIFY(client.wait_for<Problem>());
        QVERIFY(client.wait_for<Idle>([](const Event& event) {
            QVERIFY2(!std::holds_alternative<AnswerFinished>(event), "never from the whole document");
        }));
    }

    void making_room_is_told_quietly() {
        const QTemporaryDir directory;
        Client client(directory);
        client.load();
        client.engine.post(Prepare{sample(4000)});
        client.engine.post(Read{});
        QVERIFY(client.wait_for<ReadingFinished>());
        storage::Database library(directory.filePath(QStringLiteral("library.sqlite")).toStdString());
        storage::MemoryUpkeep(library).set_budget(1);
        client.engine.post(Prepare{sample(6000, 900)});
        client.engine.post(Read{});
        const auto* notice = client.wait_for<Notice>([](const Event& event) {
            QVERIFY2(!std::holds_alternative<Problem>(event), "it is no problem");
        });
        QVERIFY(notice);
        QVERIFY(QByteArray::fromStdString(notice->sentence).contains("one document"));
    }

    void the_report_holds_the_answers() {
        const QTemporaryDir directory;
        const auto report = directory.filePath(QStringLiteral("answers.md"));
        Client client(directory);
        client.load();
        client.engine.post(Prepare{sample(3000)});
        client.engine.post(Ask{"Where is Bruce?"});
        client.engine.post(ExportReport{report.toStdString()});
        QVERIFY(client.wait_for<ReportWritten>());
        QFile file(report);
        QVERIFY(file.open(QIODevice::ReadOnly));
        QVERIFY(file.readAll().contains("Where is Bruce?"));
        client.engine.post(
            ExportReport{directory.filePath(QStringLiteral("missing/answers.md")).toStdString()});
        QVERIFY(client.wait_for<Problem>());
    }

    void what_cannot_be_used_is_said() {
        const QTemporaryDir directory;
        Client client(directory);
        client.load("/nowhere/at/all");
        const auto* unusable = client.wait_for<ModelUnusable>();
        QVERIFY(unusable);
        QVERIFY(QByteArray::fromStdString(unusable->sentence).contains("/nowhere/at/all"));
        client.engine.post(Prepare{sample(3000)}); // no model: nothing happens, nothing breaks
        client.engine.post(Ask{"Where?"});
        QVERIFY(client.wait_for<Idle>());
        client.load();
        QVERIFY(client.wait_for<ModelReady>());
        client.engine.post(Prepare{sample(3000)});
        client.engine.post(Ask{"   "});
        QVERIFY(client.wait_for<Problem>());
    }

    void a_flood_of_progress_is_thinned() {
        // Nobody drains while the reading runs: of its progress only the newest waits.
        const QTemporaryDir directory;
        std::atomic<int> wakes = 0;
        EngineThread engine([&] { ++wakes; });
        engine.post(LoadModel{RESOURCES "/models/default",
                              directory.filePath(QStringLiteral("l.sqlite")).toStdString(), "cpu", 2});
        engine.post(Prepare{sample(12000)});
        engine.post(Read{});
        std::vector<Event> all;
        const auto holds_idle = [&] {
            return std::any_of(all.begin(), all.end(),
                               [](const Event& e) { return std::holds_alternative<Idle>(e); });
        };
        for (int i = 0; i < 600 && !holds_idle(); ++i) {
            QTest::qSleep(200);
            for (auto& event : engine.drain())
                all.push_back(std::move(event));
        }
        QVERIFY(holds_idle());
        for (std::size_t i = 1; i < all.size(); ++i)
            if (std::holds_alternative<ReadProgress>(all[i]) &&
                std::holds_alternative<ReadProgress>(all[i - 1]))
                QVERIFY(std::get<ReadProgress>(all[i]).wavefront.steps_done >
                        std::get<ReadProgress>(all[i - 1]).wavefront.steps_done);
    }
};

QTEST_GUILESS_MAIN(TestEngineThread)
#include "tst_engine_thread.moc"
