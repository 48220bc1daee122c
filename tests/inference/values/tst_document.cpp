#include <QtTest>
#include <algorithm>
#include <random>

#include "inference/values/document.h"

using namespace longview;

class TestDocument : public QObject {
    Q_OBJECT
private slots:
    void startsOfLines();
    void lineOfEveryByte();
    void locationNamesTheLines();
};

void TestDocument::startsOfLines() {
    using Starts = std::vector<std::size_t>;
    QCOMPARE(line_starts_of(""), Starts{});
    QCOMPARE(line_starts_of("a"), Starts{0});
    QCOMPARE(line_starts_of("\n"), Starts{0});
    QCOMPARE(line_starts_of("a\nb"), (Starts{0, 2}));
    QCOMPARE(line_starts_of("a\nb\n"), (Starts{0, 2})); // a final newline ends a line, it begins none
    QCOMPARE(line_starts_of("\n\na"), (Starts{0, 1, 2}));
}

void TestDocument::lineOfEveryByte() {
    std::mt19937 random(7);
    for (int round = 0; round < 200; ++round) {
        Document document;
        const auto size = 1 + random() % 60;
        for (std::size_t i = 0; i < size; ++i)
            document.text += random() % 4 == 0 ? '\n' : 'x';
        document.line_starts = line_starts_of(document.text);
        for (std::size_t offset = 0; offset < size; ++offset) {
            const auto before = std::count(document.text.begin(),
                                           document.text.begin() + static_cast<std::ptrdiff_t>(offset), '\n');
            QCOMPARE(document.line_at(offset), static_cast<std::size_t>(before) + 1);
        }
        QCOMPARE(document.line_at(size + 5), document.line_starts.size()); // past the end: the last line
    }
}

void TestDocument::locationNamesTheLines() {
    Document document;
    document.text = "one\ntwo\nthree";
    document.line_starts = line_starts_of(document.text);
    QCOMPARE(document.location(0, 3), std::string("line 1"));
    QCOMPARE(document.location(0, 4), std::string("line 1")); // its newline belongs to it
    QCOMPARE(document.location(0, 5), std::string("lines 1–2"));
    QCOMPARE(document.location(4, 13), std::string("lines 2–3"));
    QCOMPARE(document.location(4, 4), std::string("line 2"));
    QCOMPARE(Document().location(0, 0), std::string("line 1"));
}

QTEST_GUILESS_MAIN(TestDocument)
#include "tst_document.moc"
