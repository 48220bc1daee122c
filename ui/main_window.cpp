#include "ui/main_window.h"

#include <QAction>
#include <QCloseEvent>
#include <QDragEnterEvent>
#include <QFileInfo>
#include <QIcon>
#include <QInputDialog>
#include <QMimeData>
#include <QStackedWidget>
#include <QUrl>

#include <cmath>

#include "ui/ask_bar.h"
#include "ui/button.h"
#include "ui/conversation_view.h"
#include "ui/document_panel.h"
#include "ui/drop_overlay.h"
#include "ui/format.h"
#include "ui/main_window_parts.h"
#include "ui/message_strip.h"
#include "ui/reader_view.h"
#include "ui/reading_panel.h"
#include "ui/scope_button.h"
#include "ui/tone_label.h"
#include "ui/welcome_page.h"

static void initialiseResources() { // the macro must stand outside every namespace
    Q_INIT_RESOURCE(ui);
}

namespace longview::ui {
namespace {

/// The one local file that is dragged, or an empty path.
QString draggedFile(const QMimeData* data) {
    for (const QUrl& url : data->urls()) {
        if (url.isLocalFile())
            return url.toLocalFile();
    }
    return {};
}

} // namespace

MainWindow::MainWindow(QWidget* parent) : QMainWindow(parent), parts_(std::make_unique<Parts>()) {
    initialiseResources();
    setObjectName(QStringLiteral("mainWindow"));
    setWindowTitle(tr("Longview"));
    setWindowIcon(QIcon(QStringLiteral(":/longview/icons/longview.svg")));
    setAcceptDrops(true);
    resize(1180, 760);
    setMinimumSize(760, 520);
    parts_->build(this);
    parts_->welcome->openButton()->setFocus();
}

MainWindow::~MainWindow() = default;

void MainWindow::showModelLoading(const QString& name) {
    parts_->modelState = Parts::ModelState::loading;
    parts_->modelName = name;
    parts_->refresh();
}

void MainWindow::showModel(const ModelSummary& model) {
    parts_->modelState = Parts::ModelState::ready;
    parts_->model = model;
    parts_->modelName = model.name;
    parts_->reading->setLayers(model.layers);
    parts_->ask->setLimits(model.limits);
    parts_->refresh();
}

void MainWindow::showModelProblem(const QString& sentence) {
    parts_->modelState = Parts::ModelState::failed;
    parts_->modelProblem = sentence;
    parts_->strip->showProblem(sentence);
    parts_->refresh();
}

void MainWindow::showDocument(std::shared_ptr<const Document> document) {
    parts_->strip->dismiss();
    parts_->shown = std::move(document);
    parts_->summary = {};
    parts_->summaryKnown = false;
    parts_->answering = parts_->stopping = false;
    parts_->ask->setAnswering(false);
    parts_->suggestions.clear();
    showConversation({});
    parts_->reading->reset();
    parts_->document->setDocument(parts_->shown);
    parts_->ask->scope()->setDocument(parts_->shown);
    const bool first = parts_->pages->currentWidget() == parts_->welcome;
    parts_->pages->setCurrentIndex(1);
    parts_->welcome->setCanGoBack(true);
    if (first)
        parts_->document->reader()->setFocus();
    const QFileInfo file(fromUtf8(parts_->shown->path));
    if (file.exists())
        parts_->lastFolder = file.absolutePath();
    setWindowTitle(tr("%1 – Longview").arg(fromUtf8(parts_->shown->title).simplified()));
    parts_->refresh();
}

void MainWindow::showDocumentSummary(const DocumentSummary& summary) {
    parts_->summary = summary;
    parts_->summaryKnown = true;
    parts_->document->setTokens(summary.tokens);
    parts_->reading->setSummary(summary);
    parts_->refresh();
}

void MainWindow::showPoint(const PointSummary& point) {
    if (parts_->ask->scope()->upTo() != point.upTo)
        return; // another one was chosen meanwhile
    parts_->point = point;
    parts_->summary.knownSegments = point.knownOfAll;
    parts_->reading->setSummary(parts_->summary);
    parts_->refresh();
}

void MainWindow::showConversation(const std::vector<Exchange>& exchanges) {
    parts_->asked.clear();
    for (const Exchange& exchange : exchanges)
        parts_->asked << fromUtf8(exchange.question);
    parts_->conversation->setExchanges(exchanges);
    parts_->offerSuggestions();
}

void MainWindow::showSuggestions(const QStringList& questions) {
    parts_->suggestions = questions;
    parts_->offerSuggestions();
}

void MainWindow::showReadingStarted() {
    parts_->stopping = false;
    parts_->strip->dismiss();
    parts_->reading->start();
    parts_->refresh();
}

void MainWindow::showProgress(const ReadProgress& progress) {
    const bool alreadyReading = parts_->reading->isReading();
    parts_->reading->setProgress(progress);
    if (parts_->answering) {
        const double total = static_cast<double>(std::max<std::int64_t>(1, progress.tokens_total));
        const int percent =
            static_cast<int>(std::floor(100 * static_cast<double>(progress.tokens_done) / total));
        parts_->conversation->setStatus(tr("Reading what is missing first: %1 %").arg(percent));
    }
    if (!alreadyReading) // asking may read first, without a word
        parts_->refresh();
}

void MainWindow::showReadingFinished(const WavefrontSnapshot& wavefront, bool stopped,
                                     const QString& summary) {
    if (!parts_->answering)
        parts_->stopping = false;
    parts_->reading->finish(wavefront, stopped, summary);
    parts_->conversation->setStatus(tr("Recalling…"));
    parts_->refresh();
}

void MainWindow::showAnswerStarted(const QString& question) {
    parts_->answering = true;
    parts_->stopping = false;
    parts_->strip->dismiss();
    parts_->ask->setAnswering(true);
    parts_->conversation->start(question);
    parts_->asked << question;
    parts_->offerSuggestions();
    parts_->refresh();
}

void MainWindow::appendAnswer(const QString& piece) {
    parts_->conversation->append(piece);
}

void MainWindow::showAnswerFinished(const Exchange& exchange) {
    parts_->conversation->finish(exchange);
    parts_->stopSettled();
    parts_->refresh();
}

void MainWindow::showAnswerAbandoned(const QString& sentence) {
    if (parts_->answering)
        parts_->conversation->abandon(sentence);
    parts_->stopSettled();
    parts_->refresh();
}

void MainWindow::showLibrary(const QString& words, const std::vector<LibraryEntry>& entries) {
    parts_->welcome->library()->setEntries(words, entries);
}

void MainWindow::showLibraryProblem(const QString& sentence) {
    parts_->welcome->library()->setProblem(sentence);
}

void MainWindow::showProblem(const QString& sentence) {
    parts_->strip->showProblem(sentence);
    showAnswerAbandoned(tr("No answer: see the message above."));
}

void MainWindow::askPassword(const QString& path, bool again) {
    auto* dialog = new QInputDialog(this);
    dialog->setObjectName(QStringLiteral("passwordDialog"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(tr("Open an encrypted document"));
    dialog->setLabelText((again ? tr("That is not the password of %1. Try again:")
                                : tr("%1 is encrypted. Its password, which is not kept:"))
                             .arg(QFileInfo(path).fileName()));
    dialog->setTextEchoMode(QLineEdit::Password);
    connect(dialog, &QInputDialog::textValueSelected, this,
            [this, path](const QString& password) { Q_EMIT passwordGiven(path, password); });
    dialog->open();
}

void MainWindow::showNotice(const QString& sentence) {
    parts_->strip->showNotice(sentence);
}

void MainWindow::setBusy(bool busy) {
    parts_->busy = busy;
}

void MainWindow::allowClose() {
    parts_->mayClose = true;
    parts_->busy = false;
    close();
}

void MainWindow::closeEvent(QCloseEvent* event) {
    if (!parts_->busy || parts_->mayClose) {
        event->accept();
        return;
    }
    event->ignore();
    parts_->reading->setStopping();
    parts_->strip->showNotice(
        tr("Closing: finishing what is under way, so that nothing that was read is lost…"));
    Q_EMIT closeRequested();
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
    const QString file = draggedFile(event->mimeData());
    if (file.isEmpty())
        return;
    event->acceptProposedAction();
    parts_->overlay->showFor(QFileInfo(file).fileName());
}

void MainWindow::dragLeaveEvent(QDragLeaveEvent*) {
    parts_->overlay->hide();
}

void MainWindow::dropEvent(QDropEvent* event) {
    parts_->overlay->hide();
    const QString file = draggedFile(event->mimeData());
    if (file.isEmpty())
        return;
    event->acceptProposedAction();
    parts_->lastFolder = QFileInfo(file).absolutePath();
    Q_EMIT openRequested(file);
}

void MainWindow::Parts::offerSuggestions() {
    QStringList left = suggestions;
    left.removeIf([this](const QString& question) { return asked.contains(question); });
    ask->setSuggestions(left);
}

void MainWindow::Parts::stopSettled() {
    answering = stopping = false;
    ask->setAnswering(false);
    if (reading->isReading()) // a reading that an answer needed ends with it
        reading->finish(WavefrontSnapshot(reading->wavefront()), false, {});
}

QString MainWindow::Parts::readHindrance() const {
    switch (modelState) {
    case ModelState::none:
        return MainWindow::tr("No model is loaded.");
    case ModelState::loading:
        return MainWindow::tr("The model is loading…");
    case ModelState::failed:
        return MainWindow::tr("There is no model to read with.");
    case ModelState::ready:
        break;
    }
    return answering ? MainWindow::tr("An answer is being written.") : QString();
}

QString MainWindow::Parts::askHindrance() const {
    if (modelState != ModelState::ready)
        return readHindrance();
    if (!summaryKnown)
        return MainWindow::tr("The document is being prepared…");
    if (reading->isReading() && !answering)
        return MainWindow::tr("Reading: ask when it is done, or stop it first");
    return {};
}

QString MainWindow::Parts::askNote() const {
    const bool whole = !ask->scope()->upTo();
    if (!summaryKnown || !(whole || point))
        return {};
    const std::int64_t missing = whole ? reading->missingSegments() : point->segments - point->knownSegments;
    if (missing <= 0)
        return {};
    if (!whole)
        return missing == 1 ? MainWindow::tr("Asking reads 1 of the %1 segments up to there first.")
                                  .arg(wholeNumber(point->segments))
                            : MainWindow::tr("Asking reads %1 of the %2 segments up to there first.")
                                  .arg(wholeNumber(missing), wholeNumber(point->segments));
    return missing == 1 ? MainWindow::tr("Asking reads the 1 segment that is missing first.")
                        : MainWindow::tr("Asking reads the %1 segments that are missing first.")
                              .arg(wholeNumber(missing));
}

void MainWindow::Parts::refresh() {
    QString status;
    switch (modelState) {
    case ModelState::none:
        break;
    case ModelState::loading:
        status = MainWindow::tr("Loading model %1…").arg(modelName);
        break;
    case ModelState::ready:
        status = MainWindow::tr("Model %1 · %2").arg(model.name, model.device);
        break;
    case ModelState::failed:
        status = MainWindow::tr("No model: %1").arg(modelProblem);
        break;
    }
    const bool failed = modelState == ModelState::failed;
    modelStatus->setText(failed ? MainWindow::tr("No model") : status);
    modelStatus->setTone(failed ? ToneLabel::Tone::problem : ToneLabel::Tone::muted);

    reading->setHindrance(readHindrance());
    ask->setHindrance(askHindrance());
    ask->setNote(askNote());
    ask->scope()->setEnabled(summaryKnown);
    conversation->setEmptyText(MainWindow::tr("Answers appear here, with what was measured for each."));
    read->setEnabled(shown != nullptr && reading->canRead());
    stop->setEnabled(!stopping && (reading->isReading() || answering));
    const bool hasDocument = shown != nullptr;
    exportAnswers->setEnabled(hasDocument && conversation->exchanges() > 0);
    exportButton->setEnabled(hasDocument && conversation->exchanges() > 0);
    for (QAction* action : {find, findNext, findPrevious, focusQuestion, focusReader, focusWavefront})
        action->setEnabled(hasDocument);
}

} // namespace longview::ui
