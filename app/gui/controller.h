#pragma once
// Joins the window to the engine thread: the window's wishes become requests, the engine's events become
// calls on the window, at most about 30 times a second.

#include <QElapsedTimer>
#include <QFileSystemWatcher>
#include <QObject>
#include <QTimer>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "app/gui/engine_thread.h"
#include "ui/main_window.h"

namespace longview::app {

struct LaunchOptions {
    std::optional<std::string> model; ///< directory or name; empty: the default model
    std::filesystem::path database;
    std::string device = "auto";
    int threads = 0;
};

/// Lives in the window's thread. Owns the engine thread.
class Controller : public QObject {
    Q_OBJECT
public:
    Controller(ui::MainWindow& window, const LaunchOptions& options);
    ~Controller() override;

    /// Imports in the background and shows the document; work on another document is stopped and kept. An
    /// encrypted one opens with its password, which the window asks for.
    void open(const QString& path, const QString& password = {});

Q_SIGNALS:
    /// Nothing runs and nothing waits: the first time, the window is ready to read.
    void idle();

private:
    void join_window();
    void load_model(const LaunchOptions& options);
    struct Imported {
        std::shared_ptr<const Document> document; ///< or
        QString problem;
        bool needs_password = false;
    };
    /// In the background; `done` is not called when another document is opened meanwhile.
    void import_file(const QString& path, std::function<void(const Imported&)> done);
    void show_imported(std::shared_ptr<const Document> document);
    void look_again(const QString& path);
    void ask(const QString& question, std::optional<std::size_t> up_to);
    void search_library(const QString& words);
    void watch(const QString& path);
    void wake();
    void drain();
    void set_busy(bool busy);

    void show(const ModelReady& event);
    void show(const ModelUnusable& event);
    void show(const DocumentReady& event);
    void show(const Compared& event);
    void show(const PointReady& event);
    void show(const ReadingStarted& event);
    void show(const ReadingAwaited& event);
    void show(const ReadProgress& event);
    void show(const ReadingFinished& event);
    void show(const AnswerStarted& event);
    void show(const AnswerText& event);
    void show(const AnswerFinished& event);
    void show(const AnswerAbandoned& event);
    void show(const ReportWritten& event);
    void show(const Problem& event);
    void show(const Notice& event);
    void show(const Idle& event);

    ui::MainWindow& window_;
    std::shared_ptr<const Document> document_; ///< the one the window shows
    bool awaiting_document_ =
        false; ///< events of the document before it may still arrive: they are not shown
    bool closing_ = false;
    std::string password_;       ///< of the document that is open, if it has one; kept nowhere else
    std::stop_source importing_; ///< ends the import under way
    quint64 opening_ = 0;        ///< counts open() calls: an import that was overtaken is dropped
    std::filesystem::path library_;
    QFileSystemWatcher watcher_; ///< of the file that the window shows
    QTimer drain_timer_;
    QElapsedTimer since_drain_;
    std::unique_ptr<EngineThread> engine_; ///< last member: joined before the rest goes
};

} // namespace longview::app
