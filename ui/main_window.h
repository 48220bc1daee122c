#pragma once
// Longview's window: the document on the left, the wavefront and the conversation on the right. It shows
// values and says what the person wants; it knows no engine, no database and no thread.

#include <QMainWindow>
#include <QString>
#include <QStringList>

#include <memory>
#include <optional>
#include <vector>

#include "inference/values/document.h"
#include "inference/values/exchange.h"
#include "inference/values/progress.h"
#include "ui/library_list.h"

namespace longview::ui {

/// What the status bar and the empty states say about the model.
struct ModelSummary {
    QString name;
    QString device; ///< "CPU, 2 threads"
    QString limits; ///< one plain sentence: what this model can and cannot answer
    int layers = 0;
    int segmentSize = 0;
};

/// What is known about the open document before anything is read.
struct DocumentSummary {
    std::int64_t tokens = 0;
    std::int64_t segments = 0;                                     ///< full ones
    std::int64_t knownSegments = 0;                                ///< whose memory is stored already
    std::vector<std::pair<std::size_t, std::size_t>> segmentBytes; ///< source bytes of each, for locations
};

/// What a question as of some point of the document needs.
struct PointSummary {
    std::size_t upTo = 0;           ///< byte of the text
    std::int64_t segments = 0;      ///< full ones before it
    std::int64_t knownSegments = 0; ///< of those, known already
    std::int64_t knownOfAll = 0;    ///< of the whole document
};

class MainWindow : public QMainWindow {
    Q_OBJECT
public:
    explicit MainWindow(QWidget* parent = nullptr);
    ~MainWindow() override;

public Q_SLOTS:
    // The model, in the background.
    void showModelLoading(const QString& name);
    void showModel(const longview::ui::ModelSummary& model);
    void showModelProblem(const QString& sentence);

    // The document.
    void showDocument(std::shared_ptr<const longview::Document> document);
    /// The document is encrypted: answers with passwordGiven(), or not at all. `again`: the last one was
    /// wrong.
    void askPassword(const QString& path, bool again);
    void showDocumentSummary(const longview::ui::DocumentSummary& summary);
    void showPoint(const longview::ui::PointSummary& point);
    void showConversation(const std::vector<longview::Exchange>& exchanges);
    /// Questions to try; a click puts one into the question field.
    void showSuggestions(const QStringList& questions);

    // Reading.
    void showReadingStarted();
    void showProgress(const longview::ReadProgress& progress);
    void showReadingFinished(const longview::WavefrontSnapshot& wavefront, bool stopped,
                             const QString& summary);

    // Asking.
    void showAnswerStarted(const QString& question);
    void appendAnswer(const QString& piece);
    void showAnswerFinished(const longview::Exchange& exchange);
    /// Stopped before there was any answer; `sentence` stands in its place.
    void showAnswerAbandoned(const QString& sentence);

    // The library.
    void showLibrary(const QString& words, const std::vector<longview::ui::LibraryEntry>& entries);
    void showLibraryProblem(const QString& sentence);

    /// One clear sentence, not modal: stays until dismissed or the next action.
    void showProblem(const QString& sentence);
    void showNotice(const QString& sentence); ///< good news and hints: fades by itself

Q_SIGNALS:
    void openRequested(const QString& path);
    void passwordGiven(const QString& path, const QString& password);
    void librarySearched(const QString& words); ///< answer with showLibrary(); no words: what was opened last
    void readRequested();
    void stopRequested(); ///< reading or answering, whichever runs
    /// `upTo`: the byte after which nothing is to be known; nothing: the whole document is.
    void askRequested(const QString& question, std::optional<std::size_t> upTo);
    /// What asking as of that byte needs is wanted: answer with showPoint().
    void pointChosen(std::optional<std::size_t> upTo);
    void exportRequested(const QString& path);
    void closeRequested(); ///< the window was closed while work runs: it hides when told by allowClose()

public:
    /// While true, closing emits closeRequested() and waits; the controller stops the work and calls
    /// allowClose().
    void setBusy(bool busy);
    void allowClose();

protected:
    void closeEvent(QCloseEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dragLeaveEvent(QDragLeaveEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

} // namespace longview::ui

Q_DECLARE_METATYPE(longview::ui::ModelSummary)
Q_DECLARE_METATYPE(longview::ui::DocumentSummary)
Q_DECLARE_METATYPE(longview::ui::PointSummary)
