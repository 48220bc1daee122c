// The window's flows, driven through its widgets by mouse and keyboard.

#include <QAccessible>
#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QDir>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMenu>
#include <QMimeData>
#include <QPushButton>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTextEdit>
#include <QTimer>

#include "scene.h"
#include "ui/conversation_view.h"
#include "ui/exchange_card.h"
#include "ui/message_strip.h"
#include "ui/reader_view.h"
#include "ui/wavefront_view.h"

using namespace longview;

namespace {

ui::LibraryEntry entry(const char* title, const char* detail, const char* path) {
    return {QString::fromUtf8(title), QString::fromUtf8(detail), QString::fromUtf8(path)};
}

} // namespace

class WindowTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();
    void startsWithAnInvitation();
    void openDialogEmitsThePath();
    void dropEmitsThePath();
    void dropOfTextIsRefused();
    void readButtonFollowsTheStates();
    void readingReportsProgress();
    void stopIsAskedOnceAndSaysSo();
    void answerStreamsAndKeepsItsTimings();
    void stoppedAnswerSaysWhy();
    void asksOnlyWhenItCan();
    void askingMayReadFirst();
    void markupStaysLiteral();
    void longWordsDoNotWiden();
    void aMentionShowsItsPlace();
    void exportAsksForAPlace();
    void problemStaysNoticeGoes();
    void closingWhileBusyWaits();
    void keyboardAloneIsEnough();
    void everyStopHasAName();
    void suggestionsFillTheField();
    void aQuestionCanEndWhereOneReads();
    void aQuestionCanEndWithAChapter();
    void conversationOfThousandsIsCutIntoPages();
    void theLibraryIsSearchedAndOpened();
    void theLibraryIsReachedFromADocument();
    void aFoundAnswerIsShown();

private:
    template <class T>
    T* get(const char* name) {
        T* found = window_->findChild<T*>(QString::fromLatin1(name));
        if (found == nullptr)
            qFatal("no widget %s", name);
        return found;
    }
    void ready(std::int64_t segments = 31, std::int64_t known = 0);
    std::unique_ptr<ui::MainWindow> window_;
    std::shared_ptr<const Document> document_;
};

void WindowTest::init() {
    window_ = std::make_unique<ui::MainWindow>();
    window_->show();
    QVERIFY(QTest::qWaitForWindowExposed(window_.get()));
    window_->activateWindow();
}

void WindowTest::cleanup() {
    window_.reset();
}

void WindowTest::ready(std::int64_t segments, std::int64_t known) {
    document_ = scene::sample();
    window_->showModel(scene::model());
    window_->showDocument(document_);
    window_->showDocumentSummary(scene::summary(*document_, segments, known));
}

void WindowTest::startsWithAnInvitation() {
    QVERIFY(get<QPushButton>("welcomeOpenButton")->isVisible());
    QVERIFY(!get<ui::ReaderView>("reader")->isVisible());
    window_->showModelLoading(QStringLiteral("tiny"));
    QVERIFY(get<QLabel>("modelStatus")->text().contains(QStringLiteral("tiny")));
    QVERIFY(!get<QAction>("exportAction")->isEnabled());
    QVERIFY(!get<QAction>("readAction")->isEnabled());
    window_->showModelProblem(QStringLiteral("The model directory is missing."));
    QCOMPARE(get<QLabel>("messageText")->text(), QStringLiteral("The model directory is missing."));
    QCOMPARE(get<QLabel>("modelStatus")->text(), QStringLiteral("No model"));
}

void WindowTest::openDialogEmitsThePath() {
    QSignalSpy opened(window_.get(), &ui::MainWindow::openRequested);
    QTest::mouseClick(get<QPushButton>("welcomeOpenButton"), Qt::LeftButton);
    auto* dialog = get<QFileDialog>("openDialog");
    const QString path = QFINDTESTDATA("tst_window.cpp");
    Q_EMIT dialog->fileSelected(path);
    QCOMPARE(opened.size(), 1);
    QCOMPARE(opened.at(0).at(0).toString(), path);
}

void WindowTest::dropEmitsThePath() {
    QSignalSpy opened(window_.get(), &ui::MainWindow::openRequested);
    QMimeData data;
    data.setUrls({QUrl::fromLocalFile(QStringLiteral("/library/a book.txt"))});
    QDragEnterEvent enter(QPoint(50, 50), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(window_.get(), &enter);
    QVERIFY(enter.isAccepted());
    QVERIFY(get<QWidget>("dropOverlay")->isVisible());
    QDropEvent drop(QPointF(50, 50), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(window_.get(), &drop);
    QCOMPARE(opened.size(), 1);
    QCOMPARE(opened.at(0).at(0).toString(), QStringLiteral("/library/a book.txt"));
    QVERIFY(!get<QWidget>("dropOverlay")->isVisible());
}

void WindowTest::dropOfTextIsRefused() {
    QMimeData data;
    data.setText(QStringLiteral("only words"));
    QDragEnterEvent enter(QPoint(50, 50), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    enter.ignore();
    QApplication::sendEvent(window_.get(), &enter);
    QVERIFY(!enter.isAccepted());
}

void WindowTest::readButtonFollowsTheStates() {
    document_ = scene::sample();
    window_->showModelLoading(QStringLiteral("default"));
    window_->showDocument(document_);
    auto* read = get<QPushButton>("readButton");
    QVERIFY(read->isVisible() && !read->isEnabled());
    window_->showModel(scene::model());
    window_->showDocumentSummary(scene::summary(*document_, 31, 0));
    QVERIFY(read->isEnabled());
    QVERIFY(read->text().contains(QStringLiteral("31")));
    window_->showDocumentSummary(scene::summary(*document_, 31, 6));
    QVERIFY(read->text().contains(QStringLiteral("25")));
    window_->showDocumentSummary(scene::summary(*document_, 31, 31));
    QVERIFY(!read->isEnabled());
    QVERIFY(read->text().contains(QStringLiteral("✓")));

    window_->showDocumentSummary(scene::summary(*document_, 31, 0));
    QSignalSpy requested(window_.get(), &ui::MainWindow::readRequested);
    QTest::mouseClick(read, Qt::LeftButton);
    QCOMPARE(requested.size(), 1);
    window_->showReadingStarted();
    QVERIFY(!read->isVisible());
    QVERIFY(get<QPushButton>("stopButton")->isVisible());
}

void WindowTest::readingReportsProgress() {
    ready(31, 6);
    window_->showReadingStarted();
    window_->showProgress(scene::progress(31, 6, 8, 14));
    QCOMPARE(get<QLabel>("rateFigure")->text(), QStringLiteral("1,243"));
    QCOMPARE(get<QLabel>("leftFigure")->text(), QStringLiteral("0:34"));
    // 6 × 8 restored cells and 14 + 13 + … + 7 computed ones, of 31 × 8.
    QCOMPARE(get<QLabel>("percentFigure")->text(), QStringLiteral("%1 %").arg((48 + 84) * 100 / 248));
    const QString told = get<QWidget>("wavefront")->accessibleDescription();
    QVERIFY2(told.contains(QStringLiteral("53 percent")) && told.contains(QStringLiteral("6 restored")) &&
                 told.contains(QStringLiteral("7 done")) && told.contains(QStringLiteral("8 running")) &&
                 told.contains(QStringLiteral("10 waiting")),
             qPrintable(told));
    window_->showReadingFinished({31, 6, 8, Schedule::diagonal, 32, false}, false,
                                 QStringLiteral("Read it all."));
    QCOMPARE(get<QLabel>("percentFigure")->text(), QStringLiteral("100 %"));
    QCOMPARE(get<QLabel>("readingSentence")->text(), QStringLiteral("Read it all."));
    // The summary that follows does not repaint what was just read as restored.
    window_->showDocumentSummary(scene::summary(*document_, 31, 31));
    QCOMPARE(get<ui::WavefrontView>("wavefront")->snapshot().restored, std::int64_t{6});
}

void WindowTest::stopIsAskedOnceAndSaysSo() {
    ready();
    QSignalSpy stopped(window_.get(), &ui::MainWindow::stopRequested);
    QTest::keyClick(window_.get(), Qt::Key_Escape);
    QCOMPARE(stopped.size(), 0);
    window_->showReadingStarted();
    QTest::keyClick(window_.get(), Qt::Key_Escape);
    QTest::keyClick(window_.get(), Qt::Key_Escape);
    QCOMPARE(stopped.size(), 1);
    QVERIFY(get<QLabel>("readingSentence")->text().startsWith(QStringLiteral("Stopping")));
    QVERIFY(!get<QPushButton>("stopButton")->isEnabled());
    window_->showReadingFinished({31, 0, 8, Schedule::diagonal, 17, false}, true, {});
    QVERIFY(get<QPushButton>("readButton")->text().contains(QStringLiteral("21")));
    QVERIFY(get<QLabel>("readingSentence")->text().contains(QStringLiteral("10 of 31")));
}

void WindowTest::answerStreamsAndKeepsItsTimings() {
    ready(31, 31);
    QSignalSpy asked(window_.get(), &ui::MainWindow::askRequested);
    auto* field = get<QLineEdit>("questionField");
    QTest::keyClicks(field, QStringLiteral("  Where is Bruce? "));
    QTest::keyClick(field, Qt::Key_Return);
    QCOMPARE(asked.size(), 1);
    QCOMPARE(asked.at(0).at(0).toString(), QStringLiteral("Where is Bruce?"));
    window_->showAnswerStarted(QStringLiteral("Where is Bruce?"));
    QVERIFY(get<QPushButton>("stopAnswerButton")->isVisible());
    window_->appendAnswer(QStringLiteral("kit"));
    window_->appendAnswer(QStringLiteral("chen"));
    QCOMPARE(get<QTextEdit>("answer")->toPlainText(), QStringLiteral("kitchen"));
    window_->showAnswerFinished(scene::exchange("Where is Bruce?", "kitchen"));
    QCOMPARE(
        get<QLabel>("timings")->text(),
        QStringLiteral("12 tokens · first after 38 ms · 310 tokens/s · memory: 31 of 31 segments reused · "
                       "CPU, 2 threads"));
    QVERIFY(!get<QPushButton>("stopAnswerButton")->isVisible());
    QTest::mouseClick(get<QPushButton>("copyButton"), Qt::LeftButton);
    QCOMPARE(QApplication::clipboard()->text(), QStringLiteral("kitchen"));
}

void WindowTest::stoppedAnswerSaysWhy() {
    ready(31, 31);
    window_->showAnswerStarted(QStringLiteral("Why?"));
    QSignalSpy stopped(window_.get(), &ui::MainWindow::stopRequested);
    QTest::mouseClick(get<QPushButton>("stopAnswerButton"), Qt::LeftButton);
    QCOMPARE(stopped.size(), 1);
    Exchange exchange = scene::exchange("Why?", "Because");
    exchange.stopped_because = StopReason::cancelled;
    window_->showAnswerFinished(exchange);
    auto* why = get<QLabel>("stopped");
    QVERIFY(why->isVisible());
    QVERIFY(why->text().contains(QStringLiteral("Stopped")));
}

void WindowTest::asksOnlyWhenItCan() {
    QSignalSpy asked(window_.get(), &ui::MainWindow::askRequested);
    window_->showModelLoading(QStringLiteral("default"));
    window_->showDocument(scene::sample());
    auto* field = get<QLineEdit>("questionField");
    QTest::keyClicks(field, QStringLiteral("Where?"));
    QTest::keyClick(field, Qt::Key_Return);
    QCOMPARE(asked.size(), 0);
    QVERIFY(!get<QPushButton>("askButton")->isEnabled());
    QVERIFY(get<QLabel>("askNote")->text().contains(QStringLiteral("loading")));
    window_->showModel(scene::model());
    window_->showDocumentSummary(scene::summary(*scene::sample(), 31, 31));
    QTest::keyClick(field, Qt::Key_Return);
    QCOMPARE(asked.size(), 1);
}

void WindowTest::askingMayReadFirst() {
    ready(31, 0);
    auto* field = get<QLineEdit>("questionField");
    QTest::keyClicks(field, QStringLiteral("Where?"));
    QVERIFY(get<QLabel>("askNote")->text().contains(QStringLiteral("31 segments")));
    window_->showAnswerStarted(QStringLiteral("Where?"));
    window_->showProgress(scene::progress(31, 0, 8, 22)); // nobody announced a reading
    QVERIFY(get<QLabel>("timings")->text().contains(QStringLiteral("48 %")));
    window_->showProgress(scene::progress(31, 0, 8, 38));
    window_->showAnswerFinished(scene::exchange("Where?", "there"));
    QVERIFY(get<QPushButton>("readButton")->text().contains(QStringLiteral("✓")));
    QVERIFY(!get<QPushButton>("stopButton")->isVisible());
}

void WindowTest::markupStaysLiteral() {
    const std::string markup = "<b>bold</b> <img src=\"http://example.invalid/x.png\"> &amp; **stars**";
    document_ = scene::document(markup, "<i>title</i>");
    window_->showModel(scene::model());
    window_->showDocument(document_);
    window_->showConversation({scene::exchange(markup, markup)});
    const QString expected = QString::fromStdString(markup);
    QCOMPARE(get<QTextEdit>("answer")->toPlainText(), expected);
    QCOMPARE(get<QTextEdit>("question")->toPlainText(), expected);
    QCOMPARE(get<QLabel>("documentTitle")->textFormat(), Qt::PlainText);
    window_->showAnswerStarted(expected);
    window_->appendAnswer(QStringLiteral("<u>x</u>"));
    const auto answers = window_->findChildren<QTextEdit*>(QStringLiteral("answer"));
    QCOMPARE(answers.last()->toPlainText(), QStringLiteral("<u>x</u>"));
    window_->showProblem(QStringLiteral("<b>no</b>"));
    QCOMPARE(get<QLabel>("messageText")->textFormat(), Qt::PlainText);
    auto* reader = get<ui::ReaderView>("reader");
    reader->selectAll();
    QCOMPARE(reader->selectedText(), expected);
}

void WindowTest::longWordsDoNotWiden() {
    ready(31, 31);
    const std::string word(3000, 'x');
    window_->showConversation({scene::exchange(word, word)});
    QApplication::processEvents();
    auto* answer = get<QTextEdit>("answer");
    auto* list = get<ui::ConversationView>("conversation");
    QVERIFY(answer->width() <= list->viewport()->width());
    QVERIFY(answer->height() > 4 * answer->fontMetrics().height());
}

void WindowTest::aMentionShowsItsPlace() {
    ready(31, 31);
    window_->showConversation({scene::exchange("Where is Bruce?", "kitchen")});
    QVERIFY(!get<QWidget>("mentions")->isVisible());
    window_->showAnswerStarted(QStringLiteral("Where is Donna?"));
    auto exchange = scene::exchange("Where is Donna?", "stable");
    exchange.mentions = {{200, 230, "page 3 (“A & B”)", "<b>Donna</b> is in the stable."},
                         {4000, 4010, "page 9", "The stable, Donna."}};
    window_->showAnswerFinished(exchange);
    const auto mentions = window_->findChildren<QPushButton*>(QStringLiteral("mention"));
    QCOMPARE(mentions.size(), 2);
    QVERIFY(mentions[0]->isVisible());
    QCOMPARE(mentions[0]->text(), QStringLiteral("page 3 (“A && B”)"));
    QVERIFY(mentions[0]->toolTip().contains(QStringLiteral("&lt;b&gt;Donna")));
    QCOMPARE(mentions[0]->accessibleDescription(), QStringLiteral("<b>Donna</b> is in the stable."));
    QTest::mouseClick(mentions[1], Qt::LeftButton);
    QCOMPARE(get<ui::ReaderView>("reader")->markedBytes(), (std::pair<std::size_t, std::size_t>{4000, 4010}));
    window_->findChildren<QTextEdit*>(QStringLiteral("answer")).last()->setFocus();
    for (const char* next : {"mention", "mention", "copyButton"}) {
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
        QCOMPARE(QApplication::focusWidget()->objectName(), QString::fromLatin1(next));
    }
}

void WindowTest::exportAsksForAPlace() {
    ready(31, 31);
    QVERIFY(!get<QPushButton>("exportButton")->isEnabled());
    window_->showConversation({scene::exchange("Where is Bruce?", "kitchen")});
    QVERIFY(get<QPushButton>("exportButton")->isEnabled());
    QSignalSpy exported(window_.get(), &ui::MainWindow::exportRequested);
    QTest::keyClick(window_.get(), Qt::Key_E, Qt::ControlModifier);
    auto* dialog = get<QFileDialog>("exportDialog");
    QCOMPARE(dialog->acceptMode(), QFileDialog::AcceptSave);
    Q_EMIT dialog->fileSelected(QStringLiteral("/library/answers.md"));
    QCOMPARE(exported.size(), 1);
    QCOMPARE(exported.at(0).at(0).toString(), QStringLiteral("/library/answers.md"));
}

void WindowTest::problemStaysNoticeGoes() {
    auto* strip = get<ui::MessageStrip>("messageStrip");
    strip->setNoticeSeconds(0.05);
    window_->showNotice(QStringLiteral("Exported."));
    QVERIFY(strip->isVisible());
    QTRY_VERIFY(!strip->isVisible());
    window_->showProblem(QStringLiteral("Cannot open it."));
    window_->showNotice(QStringLiteral("Exported."));
    QTest::qWait(200);
    QVERIFY(strip->isVisible());
    QCOMPARE(strip->text(), QStringLiteral("Cannot open it."));
    QTest::mouseClick(get<QPushButton>("dismissButton"), Qt::LeftButton);
    QVERIFY(!strip->isVisible());
}

void WindowTest::closingWhileBusyWaits() {
    QSignalSpy closing(window_.get(), &ui::MainWindow::closeRequested);
    window_->setBusy(true);
    QVERIFY(!window_->close());
    QCOMPARE(closing.size(), 1);
    QVERIFY(window_->isVisible());
    window_->allowClose();
    QVERIFY(!window_->isVisible());
}

void WindowTest::keyboardAloneIsEnough() {
    ready(31, 0);
    window_->showConversation({scene::exchange("Where is Bruce?", "kitchen")});
    window_->showSuggestions({QStringLiteral("Who?")});
    QSignalSpy read(window_.get(), &ui::MainWindow::readRequested);
    QTest::keyClick(window_.get(), Qt::Key_R, Qt::ControlModifier);
    QCOMPARE(read.size(), 1);
    QTest::keyClick(window_.get(), Qt::Key_L, Qt::ControlModifier);
    QCOMPARE(QApplication::focusWidget()->objectName(), QStringLiteral("questionField"));
    QTest::keyClick(window_.get(), Qt::Key_D, Qt::ControlModifier);
    QCOMPARE(QApplication::focusWidget()->objectName(), QStringLiteral("reader"));

    QTest::keyClick(window_.get(), Qt::Key_W, Qt::ControlModifier);
    auto* wavefront = get<ui::WavefrontView>("wavefront");
    QCOMPARE(QApplication::focusWidget(), wavefront);
    QSignalSpy activated(wavefront, &ui::WavefrontView::segmentActivated);
    QTest::keyClick(wavefront, Qt::Key_Home);
    for (int i = 0; i < 9; ++i)
        QTest::keyClick(wavefront, Qt::Key_Right);
    QTest::keyClick(wavefront, Qt::Key_Down);
    QVERIFY(get<QLabel>("cellDescription")
                ->text()
                .startsWith(QStringLiteral("Segment 10 of 31, layer 2 of 8: waiting")));
    QTest::keyClick(wavefront, Qt::Key_Return);
    QCOMPARE(activated.size(), 1);
    QCOMPARE(activated.at(0).at(0).toLongLong(), 9);
    const auto marked = get<ui::ReaderView>("reader")->markedBytes();
    QCOMPARE(marked, scene::summary(*document_, 31, 0).segmentBytes[9]);

    QStringList stops;
    get<QWidget>("openButton")->setFocus();
    for (int i = 0; i < 40; ++i) {
        stops << QApplication::focusWidget()->objectName();
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
        if (QApplication::focusWidget()->objectName() == QStringLiteral("openButton"))
            break;
    }
    const QStringList expected{
        QStringLiteral("openButton"),    QStringLiteral("reader"),       QStringLiteral("readButton"),
        QStringLiteral("wavefront"),     QStringLiteral("exportButton"), QStringLiteral("conversation"),
        QStringLiteral("answer"),        QStringLiteral("copyButton"),   QStringLiteral("suggestion"),
        QStringLiteral("questionField"), QStringLiteral("scopeButton")};
    QVERIFY2(stops == expected, qPrintable(stops.join(QLatin1Char(' '))));
}

void WindowTest::everyStopHasAName() {
    ready(31, 3);
    window_->showConversation({scene::exchange("Where is Bruce?", "kitchen")});
    window_->showSuggestions({QStringLiteral("Who?")});
    int checked = 0;
    for (QWidget* widget : window_->findChildren<QWidget*>()) {
        if ((widget->focusPolicy() & Qt::TabFocus) == 0 ||
            widget->objectName().startsWith(QStringLiteral("qt_")))
            continue;
        QAccessibleInterface* reached = QAccessible::queryAccessibleInterface(widget);
        QVERIFY(reached != nullptr);
        QVERIFY2(!reached->text(QAccessible::Name).isEmpty(), qPrintable(widget->objectName()));
        ++checked;
    }
    QVERIFY(checked >= 10);
}

void WindowTest::suggestionsFillTheField() {
    ready(31, 31);
    window_->showSuggestions({QStringLiteral("Who & why?"), QStringLiteral("Where?")});
    QTest::mouseClick(get<QPushButton>("suggestion"), Qt::LeftButton);
    QCOMPARE(get<QLineEdit>("questionField")->text(), QStringLiteral("Who & why?"));
    window_->showAnswerStarted(QStringLiteral("Who & why?"));
    QApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    const auto left = window_->findChildren<QPushButton*>(QStringLiteral("suggestion"));
    QCOMPARE(left.size(), 1);
    QCOMPARE(left.first()->text(), QStringLiteral("Where?"));
}

void WindowTest::aQuestionCanEndWhereOneReads() {
    ready(31, 31);
    auto* scope = get<QPushButton>("scopeButton");
    auto* field = get<QLineEdit>("questionField");
    QSignalSpy asked(window_.get(), &ui::MainWindow::askRequested);
    QSignalSpy chosen(window_.get(), &ui::MainWindow::pointChosen);
    const auto up_to = [&](QSignalSpy& spy, int argument) {
        return spy.takeLast().at(argument).value<std::optional<std::size_t>>();
    };
    QVERIFY(scope->text().contains(QStringLiteral("the whole document")));
    QTest::keyClicks(field, QStringLiteral("Where?"));
    QTest::keyClick(field, Qt::Key_Return);
    QVERIFY(!up_to(asked, 1));

    const std::size_t here = get<ui::ReaderView>("reader")->visibleBytes().second;
    QVERIFY(here > 0 && here < document_->text.size() / 2);
    // Menu keys: the whole document, then "where I am".
    QTimer::singleShot(0, window_.get(), [&] {
        auto* menu = get<QMenu>("scopeMenu");
        QTest::keyClick(menu, Qt::Key_Down);
        QTest::keyClick(menu, Qt::Key_Down);
        QTest::keyClick(menu, Qt::Key_Return);
    });
    QTest::keyClick(scope, Qt::Key_Space);
    QTRY_COMPARE(chosen.size(), 1);
    QCOMPARE(up_to(chosen, 0), std::optional(here));
    QVERIFY2(scope->text().contains(QStringLiteral("only up to")), qPrintable(scope->text()));
    QVERIFY(scope->accessibleName().contains(QStringLiteral("only up to")));
    QTest::keyClick(field, Qt::Key_Return);
    QCOMPARE(up_to(asked, 1), std::optional(here));

    window_->showPoint({here + 1, 9, 1, 31}); // of a point that is not chosen any more
    QVERIFY(!get<QLabel>("askNote")->isVisible());
    window_->showPoint({here, 5, 2, 31});
    QVERIFY(get<QLabel>("askNote")->isVisible());
    QVERIFY(get<QLabel>("askNote")->text().contains(QStringLiteral("3 of the 5 segments")));
    Exchange answered = scene::exchange("Where?", "there");
    answered.as_of = "segment 5 of 31, page 4";
    answered.confidence = 0.3125;
    window_->showAnswerFinished(answered);
    auto* certainty = window_->findChildren<QLabel*>(QStringLiteral("certainty")).last();
    QVERIFY(certainty->isVisible());
    QCOMPARE(certainty->text(), QStringLiteral("The model is unsure (31 %): check it in the text."));
    window_->showAnswerFinished(scene::exchange("Who?", "not stated"));
    QVERIFY(window_->findChildren<QLabel*>(QStringLiteral("certainty")).last()->isHidden());
    QVERIFY(get<QLabel>("timings")->text().startsWith(QStringLiteral("As of segment 5 of 31, page 4")));

    window_->showDocument(scene::document("Another book.", "another.txt"));
    QVERIFY(scope->text().contains(QStringLiteral("the whole document")));
}

void WindowTest::aQuestionCanEndWithAChapter() {
    auto book = std::make_shared<Document>(*scene::document("One & all.\nTwo is here.\n", "book.txt"));
    book->sections = {{SectionKind::chapter, "One & all", 1, 0, 1}, {SectionKind::chapter, "Two", 1, 11, 1}};
    window_->showModel(scene::model());
    window_->showDocument(book);
    window_->showDocumentSummary({20, 1, 1, {{0, 10}}});
    QSignalSpy chosen(window_.get(), &ui::MainWindow::pointChosen);
    auto* menu = get<QMenu>("scopeMenu");
    Q_EMIT menu->aboutToShow();
    auto* chapters = get<QMenu>("scopeChapters");
    Q_EMIT chapters->aboutToShow();
    QCOMPARE(chapters->actions().size(), 2);
    QCOMPARE(chapters->actions().at(0)->text(), QStringLiteral("1  One && all"));
    chapters->actions().at(0)->trigger();
    QCOMPARE(chosen.takeLast().at(0).value<std::optional<std::size_t>>(), std::optional<std::size_t>(11));
    const QString told = get<QPushButton>("scopeButton")->text();
    QVERIFY2(told.contains(QStringLiteral("chapter 1 of 2")), qPrintable(told));
    Q_EMIT menu->aboutToShow();
    QVERIFY(get<QAction>("scopeChosen")->isChecked() && !get<QAction>("scopeWhole")->isChecked());
    get<QAction>("scopeWhole")->trigger();
    QVERIFY(!chosen.takeLast().at(0).value<std::optional<std::size_t>>());
}

void WindowTest::conversationOfThousandsIsCutIntoPages() {
    ready(31, 31);
    window_->showConversation(std::vector<Exchange>(2000, scene::exchange("Where?", "there")));
    QCOMPARE(window_->findChildren<QWidget*>(QStringLiteral("exchange")).size(), 50);
    auto* earlier = get<QPushButton>("earlierButton");
    QVERIFY(earlier->isVisible());
    QTest::keyClick(earlier, Qt::Key_Space);
    QCOMPARE(window_->findChildren<QWidget*>(QStringLiteral("exchange")).size(), 100);
}

void WindowTest::theLibraryIsSearchedAndOpened() {
    QSignalSpy searched(window_.get(), &ui::MainWindow::librarySearched);
    QSignalSpy opened(window_.get(), &ui::MainWindow::openRequested);
    auto* field = get<QLineEdit>("libraryField");
    auto* list = get<QListWidget>("libraryList");
    window_->showLibrary({}, {}); // nothing was ever opened: nothing to search
    QVERIFY(!field->isVisible());
    window_->showLibrary(
        {}, {entry("Emma", "read", "/books/emma.txt"), entry("Dune", "read", "/books/dune.txt")});
    QVERIFY(field->isVisible() && list->isVisible());
    QCOMPARE(list->count(), 2);
    QTest::mouseClick(list->viewport(), Qt::LeftButton, {}, list->visualItemRect(list->item(1)).center());
    QCOMPARE(opened.takeFirst().at(0).toString(), QStringLiteral("/books/dune.txt"));

    QTest::keyClicks(field, QStringLiteral("whale"));
    QTRY_COMPARE(searched.size(), 1); // once for all the letters
    QCOMPARE(searched.at(0).at(0).toString(), QStringLiteral("whale"));
    window_->showLibrary(QStringLiteral("wha"), {}); // late: not what stands in the field
    QCOMPARE(list->count(), 2);
    window_->showLibrary(QStringLiteral("whale"), {entry("Moby-Dick", "read", "/m.txt"),
                                                   entry("“Which whale?”", "the white one", "/a.txt")});
    QTest::keyClick(field, Qt::Key_Down);
    QTest::keyClick(field, Qt::Key_Return);
    QCOMPARE(opened.takeFirst().at(0).toString(), QStringLiteral("/a.txt"));
    QVERIFY(list->item(1)->data(Qt::AccessibleTextRole).toString().contains(QStringLiteral("the white one")));
    list->setFocus();
    QTest::keyClick(list, Qt::Key_Up);
    QTest::keyClick(list, Qt::Key_Return);
    QCOMPARE(opened.takeFirst().at(0).toString(), QStringLiteral("/m.txt"));
    window_->showLibrary(QStringLiteral("whale"), {});
    QVERIFY(get<QLabel>("libraryOutcome")->isVisible() && field->isVisible());
    window_->showLibraryProblem(QStringLiteral("It is locked."));
    QCOMPARE(get<QLabel>("libraryOutcome")->text(), QStringLiteral("It is locked."));
}

void WindowTest::theLibraryIsReachedFromADocument() {
    QSignalSpy searched(window_.get(), &ui::MainWindow::librarySearched);
    QSignalSpy opened(window_.get(), &ui::MainWindow::openRequested);
    QTest::keyClick(window_.get(), Qt::Key_F, Qt::ControlModifier | Qt::ShiftModifier);
    QVERIFY(!get<QLineEdit>("libraryField")->isVisible()); // nothing was opened yet
    QVERIFY(!get<QPushButton>("backButton")->isVisible());
    searched.clear();
    ready();
    auto* reader = get<ui::ReaderView>("reader");
    for (const char* way : {"escape", "button", "entry", "question"}) {
        QTest::keyClick(window_.get(), Qt::Key_F, Qt::ControlModifier | Qt::ShiftModifier);
        QVERIFY(!reader->isVisible());
        auto* field = get<QLineEdit>("libraryField");
        QCOMPARE(QApplication::focusWidget(), field);
        if (way == std::string_view("escape"))
            QTest::keyClick(field, Qt::Key_Escape);
        else if (way == std::string_view("button"))
            QTest::mouseClick(get<QPushButton>("backButton"), Qt::LeftButton);
        else if (way == std::string_view("question"))
            QTest::keyClick(window_.get(), Qt::Key_L, Qt::ControlModifier);
        else {
            window_->showLibrary({}, {entry("alice", "read", "/library/alice.txt")});
            QTest::keyClick(field, Qt::Key_Return); // the document that is open
        }
        QVERIFY2(reader->isVisible(), way);
    }
    QCOMPARE(searched.size(), 4);
    QCOMPARE(opened.size(), 0);
}

/// A found answer stands at the top of the conversation, however long ago it was, in the document that is
/// open as in one that opens for it, until somebody asks on.
void WindowTest::aFoundAnswerIsShown() {
    std::vector<Exchange> exchanges;
    for (int i = 0; i < 130; ++i) {
        exchanges.push_back(scene::exchange("Where?", "there"));
        exchanges.back().asked_at = "2026-01-01T00:00:" + std::to_string(i) + "Z";
    }
    const auto show = [&] {
        ready(31, 31);
        window_->showConversation(exchanges);
    };
    auto* list = get<QListWidget>("libraryList");
    auto* conversation = get<ui::ConversationView>("conversation");
    const auto top = [&] { return conversation->viewport()->mapTo(window_.get(), QPoint()).y(); };
    const auto cardOf = [&](int i) { // nothing when it is not shown yet
        const auto cards = window_->findChildren<QWidget*>(QStringLiteral("exchange"));
        const auto at = QString::fromStdString(exchanges[static_cast<std::size_t>(i)].asked_at);
        const auto it = std::find_if(cards.begin(), cards.end(), [&](QWidget* card) {
            return static_cast<ui::ExchangeCard*>(card)->isOf(QStringLiteral("Where?"), at);
        });
        return it == cards.end() ? nullptr : *it;
    };
    const auto isAtTop = [&](int i) {
        QWidget* card = cardOf(i);
        return card != nullptr && std::abs(card->mapTo(window_.get(), QPoint()).y() - top()) < 3;
    };
    const auto open = [&](int i, const QString& path) {
        QTest::keyClick(window_.get(), Qt::Key_F, Qt::ControlModifier | Qt::ShiftModifier);
        const auto at = QString::fromStdString(exchanges[static_cast<std::size_t>(i)].asked_at);
        window_->showLibrary(
            {}, {{QStringLiteral("“Where?”"), QStringLiteral("there"), path, QStringLiteral("Where?"), at}});
        QTest::mouseClick(list->viewport(), Qt::LeftButton, {}, list->visualItemRect(list->item(0)).center());
    };
    show();
    const QString here = QString::fromStdString(document_->path);
    open(100, here);
    QTRY_VERIFY(isAtTop(100));
    open(3, here); // it was not even made into a card
    QTRY_VERIFY(isAtTop(3));
    window_->resize(window_->width(), window_->height() - 40);
    QTRY_VERIFY(isAtTop(3));
    show(); // the same document was opened anew
    QTRY_VERIFY(isAtTop(3));
    auto given = std::make_shared<Document>(*document_); // opened by a path that is not absolute
    given->path = "./story.txt";
    window_->showDocument(given);
    window_->showConversation(exchanges);
    QSignalSpy opened(window_.get(), &ui::MainWindow::openRequested);
    open(70, QDir::current().absoluteFilePath(QStringLiteral("story.txt")));
    QTRY_VERIFY(isAtTop(70));
    QCOMPARE(opened.size(), 0);
    for (Exchange& exchange : exchanges) // another document's
        exchange.asked_at[3] = '5';
    open(60, QStringLiteral("/books/other.txt"));
    show();
    QTRY_VERIFY(isAtTop(60));
    window_->showAnswerStarted(QStringLiteral("And now?"));
    QTRY_COMPARE(conversation->verticalScrollBar()->value(), conversation->verticalScrollBar()->maximum());
    show(); // of its own accord, nothing is looked for any more
    QTRY_COMPARE(conversation->verticalScrollBar()->value(), conversation->verticalScrollBar()->maximum());
}

QTEST_MAIN(WindowTest)
#include "tst_ui_window.moc"
