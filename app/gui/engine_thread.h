#pragma once
// The one thread that owns the model, the library's connection and all memory states. The window posts
// requests and takes immutable values back; neither side ever waits for the other.

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "app/core/session.h"

namespace longview::app {

// What the window may ask for. Requests run one after the other, in order.
struct LoadModel {
    std::filesystem::path directory;
    std::filesystem::path database;
    std::string device = "auto";
    int threads = 0;
};
struct Prepare {
    std::shared_ptr<const Document> document;
};
/// What reading the text that the file holds by now would take.
struct Compare {
    std::shared_ptr<const Document> document;
};
struct Read {};
/// Tells what a question as of that byte of the text would need; again after each reading and answer.
struct Consider {
    std::optional<std::size_t> up_to; ///< nothing: nobody wants to know any more
};
struct Ask {
    std::string question;
    std::optional<std::size_t> up_to{}; ///< byte of the text after which nothing is known; nothing: all is
};
struct ExportReport {
    std::filesystem::path file; ///< .json for JSON, anything else for Markdown
};
using Request = std::variant<LoadModel, Prepare, Compare, Read, Consider, Ask, ExportReport>;

// What comes back.
struct ModelReady {
    std::string name;
    std::string device;
    std::string remark; ///< why it is not the GPU, where somebody may wonder; else empty
    std::string limits; ///< the model's own sentence about what it can answer; may be empty
    ModelConfig config;
    double load_ms = 0;
};
struct ModelUnusable {
    std::string sentence;
};
struct DocumentReady {
    std::shared_ptr<const Document> document;
    std::int64_t tokens = 0, segments = 0, known_segments = 0;
    std::vector<std::pair<std::size_t, std::size_t>> segment_bytes;
    std::vector<Exchange> conversation;
    std::vector<std::string> notes; ///< why what was read before is of no use here: a sentence each
    bool changed = false;           ///< another text was read from this path before
};
struct Compared {
    std::shared_ptr<const Document> document;
    std::int64_t segments = 0, known_segments = 0;
};
/// What a question as of that byte needs.
struct PointReady {
    std::size_t up_to = 0;
    std::int64_t segments = 0, known_segments = 0; ///< before the point
    std::int64_t known_of_all = 0;                 ///< leading segments of the whole document
};
struct ReadingStarted {};
/// Somebody else is reading the document; what is known of it by now. Comes again when that grows.
struct ReadingAwaited {
    WavefrontSnapshot wavefront;
};
struct ReadingFinished {
    WavefrontSnapshot wavefront;
    ReadOutcome outcome;
};
struct AnswerStarted {
    std::string question;
};
struct AnswerFinished {
    Exchange exchange;
};
/// A question that brought no answer: stopped while still reading.
struct AnswerAbandoned {
    std::string question;
};
struct ReportWritten {
    std::filesystem::path file;
};
struct Problem {
    std::string sentence;
};
/// Worth knowing, nothing to worry about.
struct Notice {
    std::string sentence;
};
/// More of the answer under way, in whole code points.
struct AnswerText {
    std::string text;
};
/// No request is running or waiting.
struct Idle {};
using Event = std::variant<ModelReady, ModelUnusable, DocumentReady, Compared, PointReady, ReadingStarted,
                           ReadingAwaited, ReadProgress, ReadingFinished, AnswerStarted, AnswerText,
                           AnswerFinished, AnswerAbandoned, ReportWritten, Problem, Notice, Idle>;

/// Thread-safe from the outside. Destruction stops the work under way (its result is kept in the library) and
/// joins.
class EngineThread {
public:
    /// `wake` is called on the engine's thread once after new mail has arrived, and not again before drain().
    explicit EngineThread(std::function<void()> wake);
    ~EngineThread();
    EngineThread(const EngineThread&) = delete;
    EngineThread& operator=(const EngineThread&) = delete;

    void post(Request request);
    /// Ends the running request early and drops waiting Read and Ask requests. The work done is kept.
    void stop();
    /// Everything since the last drain, in order. Of successive ReadProgress only the newest is there, and
    /// successive AnswerText are joined, so that a slow window is never flooded.
    std::vector<Event> drain();

private:
    class Worker;
    void run();
    void put(Event event);
    bool became_idle();
    std::optional<std::pair<Request, std::stop_token>> next(); ///< waits; nullopt when the thread is to end

    std::function<void()> wake_;
    std::mutex mutex_;
    std::condition_variable arrived_;
    std::deque<Request> requests_;
    std::stop_source current_;
    std::vector<Event> mail_;
    bool woken_ = false;
    bool busy_ = false;
    bool ending_ = false;
    std::thread thread_; ///< last: starts when everything above exists
};

} // namespace longview::app
