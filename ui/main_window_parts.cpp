#include "ui/main_window_parts.h"

#include <QAction>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QMenuBar>
#include <QSplitter>
#include <QStackedWidget>
#include <QStatusBar>
#include <QVBoxLayout>

#include "ui/ask_bar.h"
#include "ui/button.h"
#include "ui/conversation_view.h"
#include "ui/document_panel.h"
#include "ui/drop_overlay.h"
#include "ui/find_bar.h"
#include "ui/format.h"
#include "ui/message_strip.h"
#include "ui/reader_view.h"
#include "ui/reading_panel.h"
#include "ui/scope_button.h"
#include "ui/tone_label.h"
#include "ui/welcome_page.h"

namespace longview::ui {

void MainWindow::Parts::build(MainWindow* window) {
    auto* centre = new QWidget(window);
    auto* all = new QVBoxLayout(centre);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(0);
    strip = new MessageStrip(centre);
    pages = new QStackedWidget(centre);
    welcome = new WelcomePage(pages);
    splitter = new QSplitter(Qt::Horizontal, pages);
    splitter->setObjectName(QStringLiteral("splitter"));
    splitter->setChildrenCollapsible(false);
    splitter->setHandleWidth(14);
    splitter->setContentsMargins(14, 12, 14, 6);
    document = new DocumentPanel(splitter);
    splitter->addWidget(document);
    splitter->addWidget(buildRight(window));
    splitter->setStretchFactor(0, 11);
    splitter->setStretchFactor(1, 9);
    splitter->setSizes({550, 450});
    pages->addWidget(welcome);
    pages->addWidget(splitter);
    all->addWidget(strip);
    all->addWidget(pages, 1);
    window->setCentralWidget(centre);
    overlay = new DropOverlay(window);
    buildMenus(window);
    buildStatusBar(window);
    orderTabs(window);
    join(window);
    refresh();
}

QWidget* MainWindow::Parts::buildRight(MainWindow* window) {
    auto* right = new QWidget(splitter);
    right->setMinimumWidth(380);
    reading = new ReadingPanel(right);
    conversation = new ConversationView(right);
    ask = new AskBar(right);
    exportButton = new Button(Button::Kind::quiet, MainWindow::tr("&Export…"), right);
    exportButton->setObjectName(QStringLiteral("exportButton"));
    exportButton->setAccessibleDescription(
        MainWindow::tr("Saves the answers and their timings as Markdown."));
    auto* all = new QVBoxLayout(right);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(8);
    all->addWidget(reading);
    all->addSpacing(6);
    auto* head = new QHBoxLayout;
    head->addWidget(
        new ToneLabel(ToneLabel::Tone::text, ToneLabel::Size::heading, MainWindow::tr("Conversation"), right),
        1);
    head->addWidget(exportButton);
    all->addLayout(head);
    all->addWidget(conversation, 1);
    all->addWidget(ask);
    Q_UNUSED(window)
    return right;
}

namespace {

QAction* add(QMenu* menu, const QString& text, const QList<QKeySequence>& keys, const QString& name) {
    QAction* action = menu->addAction(text);
    action->setShortcuts(keys);
    action->setObjectName(name);
    return action;
}

} // namespace

void MainWindow::Parts::buildMenus(MainWindow* window) {
    QMenu* file = window->menuBar()->addMenu(MainWindow::tr("&File"));
    open =
        add(file, MainWindow::tr("&Open…"), {QKeySequence(QKeySequence::Open)}, QStringLiteral("openAction"));
    openFolder = add(file, MainWindow::tr("Open &folder…"), {QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_O)},
                     QStringLiteral("openFolderAction"));
    exportAnswers = add(file, MainWindow::tr("&Export answers…"), {QKeySequence(Qt::CTRL | Qt::Key_E)},
                        QStringLiteral("exportAction"));
    file->addSeparator();
    quit = add(file, MainWindow::tr("&Quit"), {QKeySequence(Qt::CTRL | Qt::Key_Q)},
               QStringLiteral("quitAction"));

    QMenu* work = window->menuBar()->addMenu(MainWindow::tr("&Document"));
    read = add(work, MainWindow::tr("&Read"), {QKeySequence(Qt::CTRL | Qt::Key_R)},
               QStringLiteral("readAction"));
    stop = add(work, MainWindow::tr("&Stop"), {QKeySequence(Qt::Key_Escape)}, QStringLiteral("stopAction"));
    work->addSeparator();
    find =
        add(work, MainWindow::tr("&Find…"), {QKeySequence(QKeySequence::Find)}, QStringLiteral("findAction"));
    findNext =
        add(work, MainWindow::tr("Find &next"), {QKeySequence(Qt::Key_F3)}, QStringLiteral("findNextAction"));
    findPrevious = add(work, MainWindow::tr("Find &previous"), {QKeySequence(Qt::SHIFT | Qt::Key_F3)},
                       QStringLiteral("findPreviousAction"));

    QMenu* view = window->menuBar()->addMenu(MainWindow::tr("&View"));
    QAction* larger = add(view, MainWindow::tr("&Larger text"),
                          {QKeySequence(Qt::CTRL | Qt::Key_Plus), QKeySequence(Qt::CTRL | Qt::Key_Equal)},
                          QStringLiteral("zoomInAction"));
    QAction* smaller = add(view, MainWindow::tr("&Smaller text"), {QKeySequence(Qt::CTRL | Qt::Key_Minus)},
                           QStringLiteral("zoomOutAction"));
    QAction* normal = add(view, MainWindow::tr("&Normal text"), {QKeySequence(Qt::CTRL | Qt::Key_0)},
                          QStringLiteral("zoomResetAction"));
    QObject::connect(larger, &QAction::triggered, document->reader(), &ReaderView::zoomIn);
    QObject::connect(smaller, &QAction::triggered, document->reader(), &ReaderView::zoomOut);
    QObject::connect(normal, &QAction::triggered, document->reader(), &ReaderView::resetZoom);
    view->addSeparator();
    focusQuestion = add(view, MainWindow::tr("Go to the &question"), {QKeySequence(Qt::CTRL | Qt::Key_L)},
                        QStringLiteral("focusQuestionAction"));
    focusReader = add(view, MainWindow::tr("Go to the &document"), {QKeySequence(Qt::CTRL | Qt::Key_D)},
                      QStringLiteral("focusReaderAction"));
    focusWavefront = add(view, MainWindow::tr("Go to the &wavefront"), {QKeySequence(Qt::CTRL | Qt::Key_W)},
                         QStringLiteral("focusWavefrontAction"));
    library = add(view, MainWindow::tr("Go to the l&ibrary"),
                  {QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_F)}, QStringLiteral("libraryAction"));
}

void MainWindow::Parts::buildStatusBar(MainWindow* window) {
    modelStatus = new ToneLabel(ToneLabel::Tone::muted, ToneLabel::Size::small);
    modelStatus->setObjectName(QStringLiteral("modelStatus"));
    place = new ToneLabel(ToneLabel::Tone::muted, ToneLabel::Size::small);
    place->setObjectName(QStringLiteral("place"));
    window->statusBar()->setSizeGripEnabled(false);
    window->statusBar()->setContentsMargins(12, 0, 12, 2);
    window->statusBar()->addWidget(modelStatus, 1);
    window->statusBar()->addPermanentWidget(place);
}

void MainWindow::Parts::orderTabs(MainWindow* window) {
    QWidget* before = nullptr;
    for (const char* name :
         {"welcomeOpenButton", "backButton",   "libraryField", "libraryList",   "openButton",    "findField",
          "findPrevious",      "findNext",     "findClose",    "reader",        "readButton",    "stopButton",
          "wavefront",         "exportButton", "conversation", "earlierButton", "questionField", "askButton",
          "stopAnswerButton",  "scopeButton",  "dismissButton"}) {
        auto* next = window->findChild<QWidget*>(QString::fromLatin1(name));
        if (before != nullptr && next != nullptr)
            QWidget::setTabOrder(before, next);
        before = next;
    }
}

void MainWindow::Parts::join(MainWindow* window) {
    const auto openDialog = [this, window] { showOpenDialog(window); };
    const auto exportDialog = [this, window] { showExportDialog(window); };
    const auto requestRead = [this, window] {
        if (reading->canRead())
            Q_EMIT window->readRequested();
    };
    const auto requestStop = [this, window] { stopWork(window); };
    // What they act on is beside the document, not in the library; this comes before what they do.
    for (QAction* action : {find, findNext, findPrevious, focusQuestion, focusReader, focusWavefront, read})
        QObject::connect(action, &QAction::triggered, window, [this] { pages->setCurrentWidget(splitter); });
    QObject::connect(open, &QAction::triggered, window, openDialog);
    QObject::connect(openFolder, &QAction::triggered, window, [this, window] { showFolderDialog(window); });
    QObject::connect(welcome, &WelcomePage::openRequested, window, openDialog);
    QObject::connect(document, &DocumentPanel::openRequested, window, openDialog);
    QObject::connect(exportAnswers, &QAction::triggered, window, exportDialog);
    QObject::connect(exportButton, &QPushButton::clicked, window, exportDialog);
    QObject::connect(quit, &QAction::triggered, window, &QWidget::close);
    QObject::connect(read, &QAction::triggered, window, requestRead);
    QObject::connect(reading, &ReadingPanel::readRequested, window, requestRead);
    QObject::connect(stop, &QAction::triggered, window, requestStop);
    QObject::connect(reading, &ReadingPanel::stopRequested, window, requestStop);
    QObject::connect(ask, &AskBar::stopRequested, window, requestStop);
    QObject::connect(ask, &AskBar::asked, window, [this, window](const QString& question) {
        Q_EMIT window->askRequested(question, ask->scope()->upTo());
    });
    ask->scope()->setReadingPlace([this] { return document->reader()->visibleBytes().second; });
    QObject::connect(ask->scope(), &ScopeButton::changed, window, [this, window] {
        point.reset();
        refresh();
        Q_EMIT window->pointChosen(ask->scope()->upTo());
    });
    QObject::connect(conversation, &ConversationView::countChanged, window, [this] { refresh(); });
    QObject::connect(conversation, &ConversationView::placeRequested, window,
                     [this](qulonglong begin, qulonglong end) { document->reader()->showBytes(begin, end); });
    QObject::connect(reading, &ReadingPanel::segmentActivated, window,
                     [this](qlonglong segment) { showSegment(segment); });
    QObject::connect(find, &QAction::triggered, window, [this] { document->findBar()->open(); });
    QObject::connect(findNext, &QAction::triggered, window, [this] { document->findBar()->findNext(true); });
    QObject::connect(findPrevious, &QAction::triggered, window,
                     [this] { document->findBar()->findNext(false); });
    QObject::connect(focusQuestion, &QAction::triggered, window, [this] { ask->focusField(); });
    QObject::connect(focusReader, &QAction::triggered, window,
                     [this] { document->reader()->setFocus(Qt::ShortcutFocusReason); });
    QObject::connect(focusWavefront, &QAction::triggered, window, [window] {
        window->findChild<QWidget*>(QStringLiteral("wavefront"))->setFocus(Qt::ShortcutFocusReason);
    });
    QObject::connect(library, &QAction::triggered, window, [this, window] { showLibrary(window); });
    QObject::connect(welcome, &WelcomePage::backRequested, window, [this] { leaveLibrary(); });
    QObject::connect(welcome->library(), &LibraryList::searched, window, &MainWindow::librarySearched);
    QObject::connect(
        welcome->library(), &LibraryList::openRequested, window, [this, window](const LibraryEntry& entry) {
            conversation->seek(entry.question, entry.askedAt);
            // The library's paths are absolute, that of a document may be as it was given.
            if (shown != nullptr &&
                entry.path == QDir::cleanPath(QFileInfo(fromUtf8(shown->path)).absoluteFilePath()))
                leaveLibrary();
            else
                Q_EMIT window->openRequested(entry.path);
        });
    QObject::connect(document->reader(), &ReaderView::positionChanged, window,
                     [this](qulonglong line, qulonglong lines) {
                         place->setText(MainWindow::tr("Line %1 of %2")
                                            .arg(wholeNumber(static_cast<std::int64_t>(line)),
                                                 wholeNumber(static_cast<std::int64_t>(lines))));
                     });
    reading->setLocator([this](std::int64_t segment) {
        const auto index = static_cast<std::size_t>(segment);
        if (shown == nullptr || index >= summary.segmentBytes.size())
            return QString();
        const auto [begin, end] = summary.segmentBytes[index];
        return fromUtf8(shown->location(begin, end));
    });
}

void MainWindow::Parts::showOpenDialog(MainWindow* window) {
    if (dialog != nullptr)
        return;
    dialog = new QFileDialog(window, MainWindow::tr("Open a document"), lastFolder);
    dialog->setObjectName(QStringLiteral("openDialog"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    dialog->setNameFilters(
        {MainWindow::tr("Documents (*.txt *.text *.md *.markdown *.rst *.log *.html *.htm *.xhtml "
                        "*.epub *.pdf *.docx *.odt *.gz *.zst)"),
         MainWindow::tr("All files (*)")});
    QObject::connect(dialog, &QFileDialog::fileSelected, window, [this, window](const QString& path) {
        lastFolder = QFileInfo(path).absolutePath();
        Q_EMIT window->openRequested(path);
    });
    dialog->open();
}

void MainWindow::Parts::showFolderDialog(MainWindow* window) {
    if (dialog != nullptr)
        return;
    dialog = new QFileDialog(window, MainWindow::tr("Open a folder"), lastFolder);
    dialog->setObjectName(QStringLiteral("folderDialog"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::Directory);
    dialog->setOption(QFileDialog::ShowDirsOnly);
    QObject::connect(dialog, &QFileDialog::fileSelected, window, [this, window](const QString& path) {
        lastFolder = path;
        Q_EMIT window->openRequested(path);
    });
    dialog->open();
}

void MainWindow::Parts::showExportDialog(MainWindow* window) {
    if (dialog != nullptr || shown == nullptr || conversation->exchanges() == 0)
        return;
    const QString name = QFileInfo(fromUtf8(shown->path)).completeBaseName();
    dialog = new QFileDialog(window, MainWindow::tr("Export the answers"), lastFolder);
    dialog->setObjectName(QStringLiteral("exportDialog"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setNameFilters({MainWindow::tr("Markdown (*.md)"), MainWindow::tr("JSON (*.json)")});
    dialog->setDefaultSuffix(QStringLiteral("md"));
    QObject::connect(
        dialog, &QFileDialog::filterSelected, dialog, [box = dialog.data()](const QString& filter) {
            box->setDefaultSuffix(filter.contains(QStringLiteral("json")) ? QStringLiteral("json")
                                                                          : QStringLiteral("md"));
        });
    dialog->selectFile(
        MainWindow::tr("%1 answers.md").arg(name.isEmpty() ? MainWindow::tr("document") : name));
    QObject::connect(dialog, &QFileDialog::fileSelected, window, &MainWindow::exportRequested);
    dialog->open();
}

void MainWindow::Parts::showSegment(qlonglong segment) {
    const auto index = static_cast<std::size_t>(segment);
    if (segment < 0 || index >= summary.segmentBytes.size())
        return;
    const auto [begin, end] = summary.segmentBytes[index];
    document->reader()->showBytes(begin, end);
}

void MainWindow::Parts::showLibrary(MainWindow* window) {
    pages->setCurrentWidget(welcome);
    if (shown != nullptr) // then the library has something to show
        welcome->library()->show();
    if (!welcome->library()->isHidden())
        welcome->library()->focusField();
    Q_EMIT window->librarySearched(welcome->library()->words());
}

void MainWindow::Parts::leaveLibrary() {
    pages->setCurrentWidget(splitter);
    document->reader()->setFocus();
}

void MainWindow::Parts::stopWork(MainWindow* window) {
    if (stopping || !(reading->isReading() || answering))
        return;
    stopping = true;
    reading->setStopping();
    if (answering)
        ask->setStopping();
    refresh();
    Q_EMIT window->stopRequested();
}

} // namespace longview::ui
