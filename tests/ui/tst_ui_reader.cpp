// The reader on texts of every size and shape.

#include <QAccessible>
#include <QApplication>
#include <QClipboard>
#include <QElapsedTimer>
#include <QScrollBar>
#include <QSignalSpy>

#include "scene.h"
#include "ui/reader_view.h"
#include "ui/text_blocks.h"

using namespace longview;
using ui::ReaderView;

class ReaderTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void blocksCoverTheText_data();
    void blocksCoverTheText();
    void heightsFindTheirPlace();
    void tenMegabytesOpen();
    void oneEndlessLineOpens();
    void emptyTextIsShown();
    void showsAByteRange();
    void screenReaderGetsTheTextInSight();
    void keysScrollToBothEnds();
    void selectionCopiesExactly();
    void findsForwardsBackwardsAndAround();
    void zoomKeepsThePlace();
};

void ReaderTest::blocksCoverTheText_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("one letter") << QByteArray("a");
    QTest::newRow("newlines") << QByteArray(1000, '\n');
    QTest::newRow("lines") << QByteArray("twelve bytes\n").repeated(700);
    QTest::newRow("long line without spaces") << QByteArray("é").repeated(20001);
    QTest::newRow("long line with spaces") << QByteArray("word ").repeated(9000);
    QTest::newRow("long lines between short ones") << QByteArray("short\n") +
                                                          QByteArray("word ").repeated(3000) + "\n\nshort\n" +
                                                          QByteArray("𝄞").repeated(4000);
}

void ReaderTest::blocksCoverTheText() {
    QFETCH(QByteArray, text);
    const std::string all = text.toStdString();
    const auto starts = line_starts_of(all);
    const auto blocks = ui::cutIntoBlocks(all, starts);
    std::size_t at = 0;
    for (std::size_t i = 0; i < blocks.size(); ++i) {
        const ui::TextBlock& block = blocks[i];
        QCOMPARE(block.begin, at);
        QVERIFY(block.end > block.begin);
        QVERIFY(block.end - block.begin <= 16384);
        QVERIFY(block.end == all.size() || (static_cast<unsigned char>(all[block.end]) & 0xC0U) != 0x80U);
        QVERIFY(starts[block.firstLine] <= block.begin);
        QVERIFY(block.firstLine + 1 == starts.size() || starts[block.firstLine + 1] > block.begin);
        QCOMPARE(ui::blockAt(blocks, block.begin), i);
        QCOMPARE(ui::blockAt(blocks, block.end - 1), i);
        at = block.end;
    }
    QCOMPARE(at, all.size());
}

void ReaderTest::heightsFindTheirPlace() {
    ui::HeightIndex index;
    index.assign({10, 0, 5, 20, 1});
    QCOMPARE(index.total(), std::int64_t{36});
    index.set(2, 7);
    QCOMPARE(index.before(3), std::int64_t{17});
    QCOMPARE(index.total(), std::int64_t{38});
    QCOMPARE(index.find(0), std::size_t{0});
    QCOMPARE(index.find(9), std::size_t{0});
    QCOMPARE(index.find(10), std::size_t{2});
    QCOMPARE(index.find(17), std::size_t{3});
    QCOMPARE(index.find(37), std::size_t{4});
    QCOMPARE(index.find(5000), std::size_t{4});
}

void ReaderTest::tenMegabytesOpen() {
    std::string text;
    for (int line = 0; text.size() < 10'000'000; ++line)
        text += "Line " + std::to_string(line) +
                " of a long book, with enough words in it to be wrapped somewhere.\n";
    const auto document = scene::document(text, "long.txt");
    ReaderView reader;
    reader.resize(600, 500);
    reader.show();
    QElapsedTimer timer;
    timer.start();
    reader.setDocument(document);
    reader.grab();
    qInfo("10 MB to the first paint: %lld ms", static_cast<long long>(timer.elapsed()));
    QCOMPARE(reader.visibleLine(), std::size_t{1});
    QTest::keyClick(&reader, Qt::Key_End, Qt::ControlModifier);
    QCOMPARE(reader.verticalScrollBar()->value(), reader.verticalScrollBar()->maximum());
    QCOMPARE(reader.visibleBytes().second, text.size() - 1); // the last newline has no place
    const QPoint middle(0, reader.verticalScrollBar()->maximum() / 2);
    reader.verticalScrollBar()->setValue(middle.y());
    const double share = static_cast<double>(reader.visibleBytes().first) / static_cast<double>(text.size());
    QVERIFY2(share > 0.45 && share < 0.55, qPrintable(QString::number(share)));
}

void ReaderTest::oneEndlessLineOpens() {
    const auto document = scene::document(std::string(3'000'000, 'x'), "line.txt");
    ReaderView reader;
    reader.resize(500, 400);
    reader.show();
    reader.setDocument(document);
    reader.grab();
    QVERIFY(reader.verticalScrollBar()->maximum() > 100'000);
    QTest::keyClick(&reader, Qt::Key_End);
    QCOMPARE(reader.visibleBytes().second, document->text.size());
    QCOMPARE(reader.visibleLine(), std::size_t{1});
}

void ReaderTest::emptyTextIsShown() {
    ReaderView reader;
    reader.setDocument(scene::document("", "empty.txt"));
    reader.grab();
    QTest::keyClick(&reader, Qt::Key_Down);
    QTest::keyClick(&reader, Qt::Key_A, Qt::ControlModifier);
    QVERIFY(reader.selectedText().isEmpty());
    QVERIFY(!reader.find(QStringLiteral("x"), true));
}

void ReaderTest::showsAByteRange() {
    const auto document = scene::sample();
    ReaderView reader;
    reader.resize(560, 480);
    reader.show();
    reader.setDocument(document);
    const std::size_t begin = document->line_starts[120];
    const std::size_t end = document->line_starts[124];
    const QImage before = reader.grab().toImage();
    reader.showBytes(begin, end);
    const auto [from, to] = reader.visibleBytes();
    QVERIFY(from <= begin && to > begin);
    QCOMPARE(reader.markedBytes(), std::make_pair(begin, end));
    const QImage marked = reader.grab().toImage();
    reader.clearMark();
    QVERIFY(reader.grab().toImage() != marked);
    QVERIFY(before != marked);
}

void ReaderTest::screenReaderGetsTheTextInSight() {
    const auto document = scene::sample();
    ReaderView reader;
    reader.resize(560, 480);
    reader.show();
    reader.setDocument(document);
    QAccessibleInterface* reached = QAccessible::queryAccessibleInterface(&reader);
    QVERIFY(reached->text(QAccessible::Value).startsWith(QStringLiteral("'We indeed!' cried the Mouse")));
    QVERIFY(reached->state().readOnly);
    QTest::keyClick(&reader, Qt::Key_End);
    const std::string last = document->text.substr(document->text.size() - 30);
    QVERIFY(reached->text(QAccessible::Value).endsWith(QString::fromStdString(last).trimmed()));
}

void ReaderTest::keysScrollToBothEnds() {
    const auto document = scene::sample();
    ReaderView reader;
    reader.resize(560, 480);
    reader.show();
    reader.setDocument(document);
    QSignalSpy moved(&reader, &ReaderView::positionChanged);
    int pages = 0;
    std::size_t last = 0;
    for (; reader.verticalScrollBar()->value() < reader.verticalScrollBar()->maximum() && pages < 500;
         ++pages) {
        QTest::keyClick(&reader, Qt::Key_PageDown);
        QVERIFY(reader.visibleBytes().first > last);
        last = reader.visibleBytes().first;
    }
    QVERIFY(pages > 10 && pages < 500);
    QVERIFY(moved.size() >= pages);
    for (int page = 0; page < pages; ++page)
        QTest::keyClick(&reader, Qt::Key_PageUp);
    QCOMPARE(reader.verticalScrollBar()->value(), 0);
    QCOMPARE(reader.visibleLine(), std::size_t{1});
}

void ReaderTest::selectionCopiesExactly() {
    const std::string text = "Ärger über 𝄞 Musik\nzweite Zeile\n";
    ReaderView reader;
    reader.resize(500, 300);
    reader.show();
    reader.setDocument(scene::document(text, "noten.txt"));
    for (int i = 0; i < 12; ++i)
        QTest::keyClick(&reader, Qt::Key_Right, Qt::ShiftModifier);
    QCOMPARE(reader.selectedText(), QStringLiteral("Ärger über 𝄞"));
    QTest::keyClick(&reader, Qt::Key_C, Qt::ControlModifier);
    QCOMPARE(QApplication::clipboard()->text(), QStringLiteral("Ärger über 𝄞"));
    QTest::keyClick(&reader, Qt::Key_A, Qt::ControlModifier);
    QCOMPARE(reader.selectedText(), QString::fromStdString(text));
    QTest::mouseClick(reader.viewport(), Qt::LeftButton, {}, QPoint(250, 20));
    QVERIFY(reader.selectedText().isEmpty());
    QTest::mousePress(reader.viewport(), Qt::LeftButton, {}, QPoint(0, 20));
    QTest::mouseMove(reader.viewport(), QPoint(490, 200));
    QTest::mouseRelease(reader.viewport(), Qt::LeftButton, {}, QPoint(490, 200));
    QVERIFY(reader.selectedText().startsWith(QStringLiteral("Ärger über 𝄞 Musik\nzweite Zeile")));
}

void ReaderTest::findsForwardsBackwardsAndAround() {
    std::string text;
    for (int line = 0; line < 3000; ++line)
        text += line == 500 || line == 2500 ? "here is the Needle\n" : "hay\n";
    ReaderView reader;
    reader.resize(500, 300);
    reader.show();
    reader.setDocument(scene::document(text, "hay.txt"));
    const std::size_t first = text.find("Needle");
    const std::size_t second = text.rfind("Needle");
    QVERIFY(reader.find(QStringLiteral("needle"), true));
    QCOMPARE(reader.selectedBytes(), std::make_pair(first, first + 6));
    QVERIFY(reader.visibleBytes().first < first && reader.visibleBytes().second > first);
    QVERIFY(reader.find(QStringLiteral("needle"), true));
    QCOMPARE(reader.selectedBytes().first, second);
    QVERIFY(reader.find(QStringLiteral("needle"), true));
    QCOMPARE(reader.selectedBytes().first, first);
    QVERIFY(reader.find(QStringLiteral("needle"), false));
    QCOMPARE(reader.selectedBytes().first, second);
    QVERIFY(!reader.find(QStringLiteral("thread"), true));
}

void ReaderTest::zoomKeepsThePlace() {
    const auto document = scene::sample();
    ReaderView reader;
    reader.resize(560, 480);
    reader.show();
    reader.setDocument(document);
    reader.showBytes(document->line_starts[100], document->line_starts[101]);
    const std::size_t line = reader.visibleLine();
    reader.zoomIn();
    reader.zoomIn();
    QCOMPARE(reader.zoom(), 120);
    QCOMPARE(reader.visibleLine(), line);
    reader.resetZoom();
    QCOMPARE(reader.zoom(), 100);
    QCOMPARE(reader.visibleLine(), line);
}

QTEST_MAIN(ReaderTest)
#include "tst_ui_reader.moc"
