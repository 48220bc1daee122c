#pragma once
// The widgets and states of MainWindow; included by its own sources only.

#include <QPointer>

#include "ui/main_window.h"

class QAction;
class QFileDialog;
class QLabel;
class QSplitter;
class QStackedWidget;

namespace longview::ui {

class AskBar;
class Button;
class ConversationView;
class DocumentPanel;
class DropOverlay;
class MessageStrip;
class ReadingPanel;
class ToneLabel;
class WelcomePage;

struct MainWindow::Parts {
    enum class ModelState { none, loading, ready, failed };

    MessageStrip* strip = nullptr;
    QStackedWidget* pages = nullptr;
    WelcomePage* welcome = nullptr;
    QSplitter* splitter = nullptr;
    DocumentPanel* document = nullptr;
    ReadingPanel* reading = nullptr;
    ConversationView* conversation = nullptr;
    AskBar* ask = nullptr;
    Button* exportButton = nullptr;
    DropOverlay* overlay = nullptr;
    ToneLabel* modelStatus = nullptr;
    ToneLabel* place = nullptr;

    QAction* open = nullptr;
    QAction* openFolder = nullptr;
    QAction* exportAnswers = nullptr;
    QAction* quit = nullptr;
    QAction* read = nullptr;
    QAction* stop = nullptr;
    QAction* find = nullptr;
    QAction* findNext = nullptr;
    QAction* findPrevious = nullptr;
    QAction* focusQuestion = nullptr;
    QAction* focusReader = nullptr;
    QAction* focusWavefront = nullptr;
    QAction* library = nullptr;

    QPointer<QFileDialog> dialog;
    std::shared_ptr<const Document> shown;
    DocumentSummary summary;
    bool summaryKnown = false;
    std::optional<PointSummary> point; ///< of the scope that is chosen now
    ModelState modelState = ModelState::none;
    ModelSummary model;
    QString modelName, modelProblem, lastFolder;
    QStringList suggestions, asked;
    bool answering = false;
    bool stopping = false;
    bool busy = false;
    bool mayClose = false;

    void build(MainWindow* window);
    QWidget* buildRight(MainWindow* window);
    void buildMenus(MainWindow* window);
    void buildStatusBar(MainWindow* window);
    void orderTabs(MainWindow* window);
    void join(MainWindow* window);

    void showOpenDialog(MainWindow* window);
    void showFolderDialog(MainWindow* window);
    void showExportDialog(MainWindow* window);
    void showSegment(qlonglong segment);
    void showLibrary(MainWindow* window);
    void leaveLibrary();
    void stopWork(MainWindow* window);
    void stopSettled();
    void offerSuggestions(); ///< those that were not asked yet
    /// Makes every control agree with the states above.
    void refresh();
    QString readHindrance() const;
    QString askHindrance() const;
    QString askNote() const;
};

} // namespace longview::ui
