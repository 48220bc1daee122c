#include "app/gui/controller.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QLocale>
#include <QPointer>
#include <QThreadPool>

#include <algorithm>
#include <chrono>

#include "app/core/locations.h"
#include "app/gui/library_search.h"
#include "app/gui/suggestions.h"
#include "app/importers/import.h"
#include "inference/values/error.h"

namespace longview::app {

namespace {

constexpr std::chrono::milliseconds drain_interval{33};
constexpr std::chrono::milliseconds settling{300}; ///< in which a program has saved a file

QString text(const std::string& utf8) {
    return QString::fromStdString(utf8);
}

QString count_of(std::int64_t count, const char* one, const char* many) {
    return QLocale().toString(static_cast<qlonglong>(count)) + QLatin1Char(' ') +
           QLatin1String(count == 1 ? one : many);
}

QString to_re_read(std::int64_t segments, std::int64_t known) {
    return QStringLiteral("%1 of %2 to re-read")
        .arg(QLocale().toString(static_cast<qlonglong>(segments - known)),
             count_of(segments, "segment", "segments"));
}

/// Events that belong to the document which the engine works on.
template <class Happened>
constexpr bool about_document =
    std::is_same_v<Happened, PointReady> || std::is_same_v<Happened, ReadingStarted> ||
    std::is_same_v<Happened, ReadingAwaited> || std::is_same_v<Happened, ReadProgress> ||
    std::is_same_v<Happened, ReadingFinished> || std::is_same_v<Happened, AnswerStarted> ||
    std::is_same_v<Happened, AnswerText> || std::is_same_v<Happened, AnswerFinished> ||
    std::is_same_v<Happened, AnswerAbandoned>;

QString reading_summary(const ReadOutcome& outcome) {
    if (outcome.segments_computed == 0 && !outcome.cancelled)
        return QStringLiteral("The whole document was known already: nothing had to be read.");
    const auto rate = QLocale().toString(static_cast<qlonglong>(outcome.tokens_per_second));
    return QStringLiteral("Read %1 in %2 s (%3 tokens/s), %4 from memory.")
        .arg(count_of(outcome.segments_computed, "segment", "segments"),
             QLocale().toString(outcome.ms / 1000, 'f', 1), rate,
             QLocale().toString(static_cast<qlonglong>(outcome.segments_reused)));
}

} // namespace

Controller::Controller(ui::MainWindow& window, const LaunchOptions& options)
    : window_(window), library_(options.database) {
    drain_timer_.setSingleShot(true);
    drain_timer_.setTimerType(Qt::PreciseTimer);
    connect(&drain_timer_, &QTimer::timeout, this, &Controller::drain);
    // Called on the engine's thread: one queued call per batch of mail.
    engine_ = std::make_unique<EngineThread>(
        [this] { QMetaObject::invokeMethod(this, &Controller::wake, Qt::QueuedConnection); });
    connect(&watcher_, &QFileSystemWatcher::fileChanged, this, [this](const QString& path) {
        watcher_.removePath(path);
        QTimer::singleShot(settling, this, [this, path] { look_again(path); });
    });
    join_window();
    load_model(options);
    search_library({});
}

void Controller::load_model(const LaunchOptions& options) {
    try {
        const auto directory = model_directory(options.model);
        window_.showModelLoading(text(directory.filename().string()));
        set_busy(true);
        engine_->post(LoadModel{directory, options.database, options.device, options.threads});
    } catch (const Error& error) {
        window_.showModelProblem(text(error.what()));
    }
}

Controller::~Controller() {
    importing_.request_stop(); // a large folder must not hold up the end
}

void Controller::join_window() {
    connect(&window_, &ui::MainWindow::openRequested, this, [this](const QString& path) { open(path); });
    connect(&window_, &ui::MainWindow::librarySearched, this, &Controller::search_library);
    connect(&window_, &ui::MainWindow::readRequested, this, [this] {
        set_busy(true);
        engine_->post(Read{});
    });
    connect(&window_, &ui::MainWindow::passwordGiven, this, &Controller::open);
    connect(&window_, &ui::MainWindow::stopRequested, this, [this] { engine_->stop(); });
    connect(&window_, &ui::MainWindow::askRequested, this, &Controller::ask);
    connect(&window_, &ui::MainWindow::pointChosen, this,
            [this](std::optional<std::size_t> up_to) { engine_->post(Consider{up_to}); });
    connect(&window_, &ui::MainWindow::exportRequested, this, [this](const QString& path) {
        set_busy(true);
        engine_->post(ExportReport{path.toStdString()});
    });
    connect(&window_, &ui::MainWindow::closeRequested, this, [this] {
        closing_ = true;
        engine_->stop();
    });
}

void Controller::open(const QString& path, const QString& password) {
    engine_->stop();
    ++opening_;
    importing_.request_stop();
    importing_ = std::stop_source();
    password_ = password.toStdString();
    import_file(path, [this, path](const Imported& imported) {
        if (imported.document)
            show_imported(imported.document);
        else if (imported.needs_password)
            window_.askPassword(path, !password_.empty());
        else
            window_.showProblem(imported.problem);
    });
}

void Controller::import_file(const QString& path, std::function<void(const Imported&)> done) {
    ImportOptions options;
    options.stop = importing_.get_token();
    options.password = password_;
    QThreadPool::globalInstance()->start(
        [self = QPointer(this), path, ticket = opening_, options, done = std::move(done)] {
            Imported imported;
            try {
                imported.document =
                    std::make_shared<const Document>(import_path(path.toStdString(), options).document);
            } catch (const PasswordNeeded& error) {
                imported = {{}, text(error.what()), true};
            } catch (const Error& error) {
                imported.problem = text(error.what());
            }
            QMetaObject::invokeMethod(
                qApp,
                [self, imported, ticket, done] {
                    if (self && ticket == self->opening_)
                        done(imported);
                },
                Qt::QueuedConnection);
        });
}

void Controller::search_library(const QString& words) {
    QThreadPool::globalInstance()->start([self = QPointer(this), library = library_, words] {
        std::vector<ui::LibraryEntry> entries;
        QString problem;
        try {
            entries = look_up(library, words);
        } catch (const Error& error) {
            problem = text(error.what());
        }
        QMetaObject::invokeMethod(
            qApp,
            [self, words, entries, problem] {
                if (!self)
                    return;
                if (problem.isEmpty())
                    self->window_.showLibrary(words, entries);
                else
                    self->window_.showLibraryProblem(problem);
            },
            Qt::QueuedConnection);
    });
}

void Controller::show_imported(std::shared_ptr<const Document> document) {
    document_ = std::move(document);
    awaiting_document_ = true;
    window_.showDocument(document_);
    window_.showSuggestions(suggestions_for(text(document_->path)));
    watch(text(document_->path));
    set_busy(true);
    engine_->post(Prepare{document_});
}

/// What to do about a file that was written, or replaced, or is gone.
void Controller::look_again(const QString& path) {
    if (!document_ || text(document_->path) != path)
        return;
    import_file(path, [this, path](const Imported& imported) {
        if (!imported.document)
            window_.showNotice(QStringLiteral("%1 changed since it was opened. %2")
                                   .arg(QFileInfo(path).fileName(), imported.problem));
        else if (imported.document->content_hash == document_->content_hash)
            watch(path); // only touched
        else
            engine_->post(Compare{imported.document});
    });
}

/// Tells once; a program that saves often would not stop telling.
void Controller::watch(const QString& path) {
    if (const QStringList watched = watcher_.files(); !watched.isEmpty())
        watcher_.removePaths(watched);
    if (QFileInfo(path).isFile())
        watcher_.addPath(path);
}

void Controller::ask(const QString& question, std::optional<std::size_t> up_to) {
    set_busy(true);
    engine_->post(Ask{question.toStdString(), up_to});
}

void Controller::wake() {
    if (drain_timer_.isActive())
        return;
    const auto passed =
        since_drain_.isValid() ? std::chrono::milliseconds(since_drain_.elapsed()) : drain_interval;
    drain_timer_.start(std::max(drain_interval - passed, std::chrono::milliseconds(0)));
}

void Controller::drain() {
    since_drain_.start();
    for (const auto& event : engine_->drain())
        std::visit(
            [this]<class Happened>(const Happened& happened) {
                if (!awaiting_document_ || !about_document<Happened>)
                    show(happened);
            },
            event);
}

void Controller::set_busy(bool busy) {
    window_.setBusy(busy);
}

void Controller::show(const ModelReady& event) {
    window_.showModel({.name = text(event.name),
                       .device = text(event.device),
                       .limits = text(event.limits),
                       .layers = event.config.layers,
                       .segmentSize = event.config.segment_size});
    if (!event.remark.empty())
        window_.showNotice(text(event.remark));
    search_library({}); // a library of an older version is brought up to date by now
}

void Controller::show(const ModelUnusable& event) {
    window_.showModelProblem(text(event.sentence));
}

void Controller::show(const DocumentReady& event) {
    if (event.document != document_)
        return; // another one was opened meanwhile
    awaiting_document_ = false;
    window_.showDocumentSummary({.tokens = event.tokens,
                                 .segments = event.segments,
                                 .knownSegments = event.known_segments,
                                 .segmentBytes = event.segment_bytes});
    window_.showConversation(event.conversation);
    QStringList notes;
    if (event.changed)
        notes << QStringLiteral("Changed since it was read: %1.")
                     .arg(to_re_read(event.segments, event.known_segments));
    for (const std::string& note : event.notes)
        notes << text(note);
    if (!notes.isEmpty())
        window_.showNotice(notes.join(QLatin1Char(' ')));
}

void Controller::show(const Compared& event) {
    if (document_ && event.document->path == document_->path)
        window_.showNotice(QStringLiteral("%1 changed since it was opened: %2. Open it again to read them.")
                               .arg(QFileInfo(text(event.document->path)).fileName(),
                                    to_re_read(event.segments, event.known_segments)));
}

void Controller::show(const PointReady& event) {
    window_.showPoint({.upTo = event.up_to,
                       .segments = event.segments,
                       .knownSegments = event.known_segments,
                       .knownOfAll = event.known_of_all});
}

void Controller::show(const ReadingStarted&) {
    window_.showReadingStarted();
}
void Controller::show(const ReadingAwaited& event) {
    window_.showProgress({.wavefront = event.wavefront, .eta_s = -1});
    window_.showNotice(
        QStringLiteral("Another Longview is reading this document: waiting for it. Stop works."));
}
void Controller::show(const ReadProgress& event) {
    window_.showProgress(event);
}

void Controller::show(const ReadingFinished& event) {
    window_.showReadingFinished(event.wavefront, event.outcome.cancelled, reading_summary(event.outcome));
}

void Controller::show(const AnswerStarted& event) {
    window_.showAnswerStarted(text(event.question));
}
void Controller::show(const AnswerText& event) {
    window_.appendAnswer(text(event.text));
}
void Controller::show(const AnswerFinished& event) {
    window_.showAnswerFinished(event.exchange);
}

void Controller::show(const AnswerAbandoned&) {
    window_.showAnswerAbandoned(
        QStringLiteral("Stopped before the answer. What was read is kept; ask again to go on."));
}

void Controller::show(const ReportWritten& event) {
    window_.showNotice(
        QStringLiteral("Answers and timings were written to %1.").arg(text(event.file.string())));
}

void Controller::show(const Problem& event) {
    window_.showProblem(text(event.sentence));
}

void Controller::show(const Notice& event) {
    window_.showNotice(text(event.sentence));
}

void Controller::show(const Idle&) {
    set_busy(false);
    if (closing_)
        window_.allowClose();
    Q_EMIT idle();
}

} // namespace longview::app
