#include <QtTest>

#include "app/importers/pdf_pages.h"

using namespace longview;
using namespace longview::app;

namespace {

std::string text_of(std::vector<std::string> pages) {
    PdfContent content;
    for (auto& page : pages)
        content.pages.push_back({"", std::move(page)});
    return assemble_pages(std::move(content)).text;
}

} // namespace

class TestPdfPages : public QObject {
    Q_OBJECT
private slots:
    void hyphens();
    void runningHeads();
    void repeatedTextStays();
    void sections();
};

void TestPdfPages::hyphens() {
    // Divided by the layout: whole again.
    QCOMPARE(text_of({"manip\uFFFEulation"}), std::string("manipulation\n\n"));
    // The document writes it with a hyphen elsewhere, or a hyphen cannot be the layout's.
    QCOMPARE(text_of({"well-known and well\uFFFEknown"}), std::string("well-known and well-known\n\n"));
    QCOMPARE(text_of({"Anglo\uFFFESaxon"}), std::string("Anglo-Saxon\n\n"));
    // Written at the end of a line: the line goes on, the hyphen goes when the whole word occurs.
    QCOMPARE(text_of({"a self-\r\ntaught man"}), std::string("a self-taught man\n\n"));
    QCOMPARE(text_of({"reading\r\nread-\r\ning on"}), std::string("reading\nreading on\n\n"));
    QCOMPARE(text_of({"pages 3-\r\n5 and Anne-\r\nMarie"}), std::string("pages 3-\n5 and Anne-\nMarie\n\n"));
}

void TestPdfPages::runningHeads() {
    const auto text =
        text_of({"Title page\r\nby me", "The Book 2\r\none\r\ntwo", "Chapter I 3\r\nthree\r\nfour",
                 "The Book 4\r\nfive\r\nsix", "Chapter I 5\r\nseven\r\neight", "The Book 6\r\nnine\r\nten",
                 "Chapter I 7\r\neleven\r\ntwelve"});
    QCOMPARE(text,
             std::string(
                 "Title page\nby me\n\none\ntwo\n\nthree\nfour\n\nfive\nsix\n\nseven\neight\n\nnine\nten\n\n"
                 "eleven\ntwelve\n\n"));
    QCOMPARE(text_of({"a\r\nb\r\n1", "c\r\nd\r\n2", "e\r\nf\r\n3"}), std::string("a\nb\n\nc\nd\n\ne\nf\n\n"));
}

void TestPdfPages::repeatedTextStays() {
    QCOMPARE(text_of({"same\r\na", "same\r\nb"}), std::string("same\na\n\nsame\nb\n\n")); // twice is chance
    QCOMPARE(text_of({"1 2\r\na", "3 4\r\nb", "5 6\r\nc"}),
             std::string("1 2\na\n\n3 4\nb\n\n5 6\nc\n\n"));            // a table
    QCOMPARE(text_of({"7", "7", "7"}), std::string("7\n\n7\n\n7\n\n")); // all there is
}

void TestPdfPages::sections() {
    PdfContent content;
    content.title = " A \n title ";
    content.pages = {{"i", "Preface\r\nwords"}, {"ii", ""}, {"", "end\r\nPart One\r\nwords"}};
    content.outline = {{"Preface", 1, 0}, {"Part One", 2, 2}, {"Nowhere", 1, 2}, {"Gone", 1, 9}};
    const auto result = assemble_pages(std::move(content));
    QCOMPARE(result.title, std::string("A title"));
    QCOMPARE(result.notes,
             std::vector<std::string>{"1 of 3 pages have no text: they are empty, or pictures."});
    std::vector<std::string> seen;
    for (const auto& section : result.sections)
        seen.push_back(section.title + "@" + std::to_string(section.begin));
    QCOMPARE(seen,
             (std::vector<std::string>{"i@0", "Preface@0", "ii@15", "3@15", "Nowhere@15", "Part One@19"}));
}

QTEST_GUILESS_MAIN(TestPdfPages)
#include "tst_pdf_pages.moc"
