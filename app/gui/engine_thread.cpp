#include "app/gui/engine_thread.h"

#include <algorithm>
#include <fstream>
#include <pthread.h>

#include "app/core/report.h"
#include "inference/values/error.h"

namespace longview::app {

namespace {

/// First line of limits.txt beside the weights: what the model's author says it can answer.
std::string limits_of(const std::filesystem::path& directory) {
    std::ifstream file(directory / "limits.txt");
    std::string line;
    std::getline(file, line);
    return line;
}

} // namespace

/// Lives on the engine's thread: what the requests work on.
class EngineThread::Worker {
public:
    explicit Worker(EngineThread& owner) : owner_(owner) {}

    void operator()(const LoadModel& request, const std::stop_token&) {
        try {
            session_.reset();
            document_.reset();
            model_.emplace(open_model(request.directory, request.device, request.threads));
            database_.emplace(request.database);
            session_.emplace(*model_, *database_);
            const DeviceInfo device = model_->engine->device();
            owner_.put(ModelReady{model_->name, device.name, device.remark, limits_of(request.directory),
                                  model_->config, model_->load_ms});
        } catch (const Error& error) {
            session_.reset();
            owner_.put(ModelUnusable{error.what()});
        }
    }

    void operator()(const Prepare& request, const std::stop_token&) {
        document_.reset();
        considered_.reset();
        if (!session_)
            return; // the window already shows why there is no model
        document_ = session_->prepare(request.document);
        DocumentReady ready{request.document,
                            document_->document_tokens(),
                            document_->segments_total(),
                            document_->segments_known,
                            {},
                            {},
                            document_->notes,
                            document_->changed};
        for (std::int64_t segment = 0; segment < document_->segments_total(); ++segment)
            ready.segment_bytes.push_back(document_->segment_bytes(segment));
        ready.conversation = storage::ConversationStore(*database_).list(document_->document_id);
        owner_.put(std::move(ready));
    }

    void operator()(const Compare& request, const std::stop_token&) {
        if (!session_)
            return;
        const auto found = session_->examine(request.document);
        owner_.put(Compared{request.document, found.segments_total(), found.segments_known});
    }

    void operator()(const Read&, const std::stop_token& stop) {
        if (!document_)
            return;
        owner_.put(ReadingStarted{});
        const auto outcome = session_->read(*document_, Schedule::diagonal, observer(), stop);
        owner_.put(ReadingFinished{finished_wavefront(outcome), outcome});
        tell(outcome);
        tell_point();
    }

    void operator()(const Consider& request, const std::stop_token&) {
        considered_ = request.up_to;
        tell_point();
    }

    void operator()(const Ask& request, const std::stop_token& stop) {
        if (!document_)
            return;
        owner_.put(AnswerStarted{request.question});
        std::optional<PreparedDocument> part;
        if (request.up_to)
            part = document_->up_to_byte(*request.up_to);
        const auto outcome = session_->ask(part ? *part : *document_, request.question, {}, observer(), stop);
        if (outcome.read_cancelled)
            owner_.put(AnswerAbandoned{request.question});
        else
            owner_.put(AnswerFinished{outcome.exchange});
        tell(outcome);
        tell_point();
    }

    void operator()(const ExportReport& request, const std::stop_token&) {
        if (!document_)
            return;
        const auto record = storage::DocumentStore(*database_).find(document_->document->content_hash);
        if (!record)
            throw Error(ErrorKind::storage,
                        "The document is no longer in the library; open it again to export its answers.");
        const auto exchanges = storage::ConversationStore(*database_).list(document_->document_id);
        const bool json = request.file.extension() == ".json";
        write_file(request.file,
                   json ? json_report(*record, exchanges) : markdown_report(*record, exchanges));
        owner_.put(ReportWritten{request.file});
    }

private:
    /// Of a reading or an answer.
    template <class Outcome>
    void tell(const Outcome& outcome) {
        for (const auto& note : outcome.notes)
            owner_.put(Problem{note});
        if (!outcome.storage_problem.empty())
            owner_.put(Problem{outcome.storage_problem});
        if (!outcome.made_room.empty())
            owner_.put(Notice{outcome.made_room});
    }

    void tell_point() {
        if (!document_ || !considered_)
            return;
        const PreparedDocument part = document_->up_to_byte(*considered_);
        owner_.put(PointReady{*considered_, part.segments_total(), session_->segments_known(part),
                              session_->segments_known(*document_)});
    }

    /// Of a question as of a point only the segments before it are read; the others keep waiting.
    void show_all_segments(WavefrontSnapshot& wavefront) const {
        if (wavefront.segments == document_->segments_total())
            return;
        wavefront.admitted = wavefront.computed_segments();
        wavefront.segments = document_->segments_total();
    }

    SessionObserver observer() {
        last_ = {};
        return {.on_progress =
                    [this](const ReadProgress& progress) {
                        last_ = progress.wavefront;
                        ReadProgress shown = progress;
                        show_all_segments(shown.wavefront);
                        owner_.put(shown);
                    },
                .on_waiting =
                    [this, told = std::int64_t{-1}](std::int64_t known) mutable {
                        if (std::exchange(told, known) == known)
                            return;
                        owner_.put(ReadingAwaited{{.segments = document_->segments_total(),
                                                   .restored = known,
                                                   .layers = model_->config.layers}});
                    },
                .on_answer = [this](std::string_view piece) { owner_.put(AnswerText{std::string(piece)}); }};
    }

    WavefrontSnapshot finished_wavefront(const ReadOutcome& outcome) const {
        WavefrontSnapshot wavefront = last_;
        wavefront.running = false;
        if (wavefront.layers == 0) // nothing had to be computed
            wavefront = {.segments = outcome.segments_total,
                         .restored = outcome.segments_reused,
                         .layers = model_->config.layers};
        if (outcome.cancelled)
            wavefront.admitted = outcome.segments_computed;
        return wavefront;
    }

    EngineThread& owner_;
    std::optional<Model> model_;
    std::optional<storage::Database> database_;
    std::optional<Session> session_;
    std::optional<PreparedDocument> document_;
    std::optional<std::size_t> considered_;
    WavefrontSnapshot last_;
};

EngineThread::EngineThread(std::function<void()> wake) : wake_(std::move(wake)), thread_([this] { run(); }) {}

EngineThread::~EngineThread() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
        requests_.clear();
        current_.request_stop();
    }
    arrived_.notify_one();
    thread_.join();
}

void EngineThread::post(Request request) {
    {
        const std::lock_guard lock(mutex_);
        requests_.push_back(std::move(request));
    }
    arrived_.notify_one();
}

void EngineThread::stop() {
    const std::lock_guard lock(mutex_);
    current_.request_stop();
    std::erase_if(requests_, [](const Request& request) {
        return std::holds_alternative<Read>(request) || std::holds_alternative<Ask>(request);
    });
}

std::vector<Event> EngineThread::drain() {
    const std::lock_guard lock(mutex_);
    woken_ = false;
    return std::exchange(mail_, {});
}

void EngineThread::put(Event event) {
    bool wake = false;
    {
        const std::lock_guard lock(mutex_);
        auto* text = std::get_if<AnswerText>(&event);
        auto* last_text = mail_.empty() ? nullptr : std::get_if<AnswerText>(&mail_.back());
        if (text != nullptr && last_text != nullptr)
            last_text->text += text->text;
        else if (!mail_.empty() && std::holds_alternative<ReadProgress>(event) &&
                 std::holds_alternative<ReadProgress>(mail_.back()))
            mail_.back() = std::move(event);
        else
            mail_.push_back(std::move(event));
        wake = !std::exchange(woken_, true);
    }
    if (wake)
        wake_();
}

bool EngineThread::became_idle() {
    const std::lock_guard lock(mutex_);
    return requests_.empty() && std::exchange(busy_, false);
}

std::optional<std::pair<Request, std::stop_token>> EngineThread::next() {
    if (became_idle())
        put(Idle{});
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [this] { return ending_ || !requests_.empty(); });
    if (ending_)
        return std::nullopt;
    busy_ = true;
    current_ = std::stop_source();
    auto request = std::move(requests_.front());
    requests_.pop_front();
    return std::pair(std::move(request), current_.get_token());
}

void EngineThread::run() {
    pthread_setname_np(pthread_self(), "engine");
    Worker worker(*this);
    while (auto work = next()) {
        try {
            std::visit([&](const auto& request) { worker(request, work->second); }, work->first);
        } catch (const Error& error) {
            put(Problem{error.what()});
        } catch (const std::bad_alloc&) {
            put(Problem{"The computer ran out of memory. Close other programs, or open a smaller document."});
        }
    }
}

} // namespace longview::app
