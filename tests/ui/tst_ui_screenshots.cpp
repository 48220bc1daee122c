// Pictures of the window in its states, for people to look at: writes PNG files into $LONGVIEW_SCREENSHOTS.
// QT_SCALE_FACTOR=2 gives them at twice the density.

#include <QAction>
#include <QApplication>
#include <QDir>
#include <QLineEdit>
#include <QMenu>
#include <QStyle>
#include <QStyleFactory>

#include "scene.h"
#include "ui/reader_view.h"

using namespace longview;

namespace {

QPalette darkPalette() {
    QPalette dark(QColor(0x2b, 0x2d, 0x30), QColor(0x2b, 0x2d, 0x30));
    dark.setColor(QPalette::Window, QColor(0x24, 0x26, 0x29));
    dark.setColor(QPalette::Base, QColor(0x1c, 0x1e, 0x20));
    dark.setColor(QPalette::AlternateBase, QColor(0x26, 0x28, 0x2b));
    for (const auto role :
         {QPalette::Text, QPalette::WindowText, QPalette::ButtonText, QPalette::ToolTipText})
        dark.setColor(role, QColor(0xe6, 0xe6, 0xe6));
    dark.setColor(QPalette::Highlight, QColor(0x2a, 0x82, 0xda));
    dark.setColor(QPalette::HighlightedText, Qt::white);
    return dark;
}

void half(ui::MainWindow& window) {
    const auto document = scene::sample();
    window.showModel(scene::model());
    window.showDocument(document);
    window.showDocumentSummary(scene::summary(*document, 31, 6));
    window.showReadingStarted();
    window.showProgress(scene::progress(31, 6, 8, 14));
}

void finished(ui::MainWindow& window) {
    const auto document = scene::sample();
    window.showModel(scene::model());
    window.showDocument(document);
    window.showDocumentSummary(scene::summary(*document, 31, 0));
    window.showReadingStarted();
    window.showProgress(scene::progress(31, 0, 8, 38));
    window.showReadingFinished({31, 0, 8, Schedule::diagonal, 38, false}, false,
                               QStringLiteral("Read 31 segments in 6.4 s, 1,243 tokens/s."));
    window.showSuggestions({QStringLiteral("Where is Feruvek?"),
                            QStringLiteral("What instrument does Rort play?"),
                            QStringLiteral("Where is Bruce?")});
    auto bruce = scene::exchange("Where is Bruce?", "kitchen");
    bruce.mentions = {{100, 128, "line 2", "Bruce walked to the kitchen."}};
    auto winslow = scene::exchange("What instrument does Mrs. Winslow play?", "trumpet");
    winslow.mentions = {{1500, 1530, "line 16", "Mrs. Winslow plays the trumpet."}};
    window.showConversation({bruce, winslow});
}

std::vector<ui::LibraryEntry> library() {
    const QString path = QStringLiteral("/home/reader/Books/%1");
    return {{QStringLiteral("Moby-Dick; or, The Whale"),
             QStringLiteral("11/24/26 · 312,044 tokens · ") + path.arg(QStringLiteral("moby-dick.epub")),
             path.arg(QStringLiteral("moby-dick.epub"))},
            {QStringLiteral("Emma"),
             QStringLiteral("11/23/26 · 211,370 tokens · ") + path.arg(QStringLiteral("emma.epub")),
             path.arg(QStringLiteral("emma.epub"))},
            {QStringLiteral("“Where is Bruce?”"),
             QStringLiteral("kitchen — alice.txt, as of segment 12 of 33, line 86, 11/24/26"),
             path.arg(QStringLiteral("alice.txt"))}};
}

} // namespace

class Screenshots : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void pictures_data();
    void pictures();

private:
    void keep(ui::MainWindow& window, const QString& name);
    QDir folder_;
    QString suffix_;
};

void Screenshots::initTestCase() {
    const QString folder = qEnvironmentVariable("LONGVIEW_SCREENSHOTS");
    if (folder.isEmpty())
        QSKIP("LONGVIEW_SCREENSHOTS names no folder");
    folder_ = QDir(folder);
    QVERIFY(folder_.mkpath(QStringLiteral(".")));
    QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
}

void Screenshots::pictures_data() {
    QTest::addColumn<bool>("dark");
    QTest::addColumn<QSize>("size");
    QTest::newRow("light-1000") << false << QSize(1000, 640);
    QTest::newRow("dark-1000") << true << QSize(1000, 640);
    QTest::newRow("light-1600") << false << QSize(1600, 1000);
    QTest::newRow("dark-1600") << true << QSize(1600, 1000);
}

void Screenshots::keep(ui::MainWindow& window, const QString& name) {
    QTest::qWait(60);
    const QString path = folder_.filePath(name + suffix_ + QStringLiteral(".png"));
    QVERIFY2(window.grab().save(path), qPrintable(path));
}

void Screenshots::pictures() {
    QFETCH(bool, dark);
    QFETCH(QSize, size);
    static const QPalette light = QStyleFactory::create(QStringLiteral("Fusion"))->standardPalette();
    QApplication::setPalette(dark ? darkPalette() : light);
    const qreal scale = qApp->devicePixelRatio();
    suffix_ = QStringLiteral("-%1%2").arg(QString::fromLatin1(QTest::currentDataTag()),
                                          scale > 1 ? QStringLiteral("@%1x").arg(scale) : QString());
    const auto fresh = [size] {
        auto window = std::make_unique<ui::MainWindow>();
        window->resize(size);
        window->show();
        return window;
    };
    auto empty = fresh();
    empty->showModelLoading(QStringLiteral("default"));
    keep(*empty, QStringLiteral("1-empty"));
    empty->showLibrary({}, library());
    keep(*empty, QStringLiteral("1-library"));
    auto unread = fresh();
    const auto document = scene::sample();
    unread->showModel(scene::model());
    unread->showDocument(document);
    unread->showDocumentSummary(scene::summary(*document, 31, 0));
    unread->showSuggestions({QStringLiteral("Where is Feruvek?"), QStringLiteral("Where is Bruce?")});
    keep(*unread, QStringLiteral("2-unread"));
    auto reading = fresh();
    half(*reading);
    keep(*reading, QStringLiteral("3-reading"));
    auto done = fresh();
    finished(*done);
    keep(*done, QStringLiteral("4-conversation"));
    auto* scope = done->findChild<QMenu*>(QStringLiteral("scopeMenu"));
    Q_EMIT scope->aboutToShow();
    done->findChild<QAction*>(QStringLiteral("scopeHere"))->trigger();
    done->showPoint(
        {done->findChild<ui::ReaderView*>(QStringLiteral("reader"))->visibleBytes().second, 5, 2, 31});
    QTest::keyClicks(done->findChild<QLineEdit*>(QStringLiteral("questionField")),
                     QStringLiteral("Where is Feruvek?"));
    Exchange early = scene::exchange("Where is Bruce?", "hallway");
    early.confidence = 0.31;
    early.as_of = "segment 5 of 31, page 12, chapter 2 of 9";
    done->showAnswerFinished(early);
    keep(*done, QStringLiteral("4-scope"));
    scope->popup(done->mapToGlobal(QPoint(0, 0)));
    QTest::qWait(60);
    QVERIFY(
        scope->grab().save(folder_.filePath(QStringLiteral("4-menu") + suffix_ + QStringLiteral(".png"))));
    scope->hide();
    done->showAnswerStarted(QStringLiteral("Where is Feruvek?"));
    done->appendAnswer(QStringLiteral("bedr"));
    QTest::mouseClick(done->findChild<QWidget*>(QStringLiteral("wavefront")), Qt::LeftButton, {},
                      QPoint(200, 40));
    keep(*done, QStringLiteral("5-answering"));
    auto problem = fresh();
    half(*problem);
    problem->showReadingFinished({31, 6, 8, Schedule::diagonal, 14, false}, true, {});
    problem->showProblem(
        QStringLiteral("scan.pdf has no text layer on 12 of 12 pages: it holds pictures of pages; recognise "
                       "the text first, for example with ocrmypdf."));
    keep(*problem, QStringLiteral("6-problem"));
    auto big = fresh();
    big->showModel(scene::model(16));
    big->showDocument(document);
    big->showDocumentSummary(scene::summary(*document, 3000, 400));
    big->showReadingStarted();
    big->showProgress(scene::progress(3000, 400, 16, 900));
    keep(*big, QStringLiteral("7-long"));
}

QTEST_MAIN(Screenshots)
#include "tst_ui_screenshots.moc"
