#include "app/core/as_of.h"

#include <random>

#include "support.h"

using namespace longview;
using namespace longview::app;
using namespace longview::app::test;

namespace {

/// 100 bytes; tokens of three bytes, the last of one.
struct Book {
    Document document;
    TokenizedText tokens;
    Book() {
        document.path = "book";
        document.text = std::string(100, 'x');
        document.text[49] = '\n';
        document.line_starts = line_starts_of(document.text);
        for (std::size_t at = 0; at < 100; at += 3) {
            tokens.ids.push_back(1);
            tokens.begin.push_back(at);
            tokens.end.push_back(std::min<std::size_t>(at + 3, 100));
        }
    }
    void add(SectionKind kind, std::size_t begin, const std::string& title, int level = 1) {
        Section section;
        section.kind = kind;
        section.title = title;
        section.level = level;
        section.begin = begin;
        document.sections.push_back(section);
    }
    std::size_t before(const char* point) const {
        return tokens_before(parse_as_of(point), document, tokens, 4);
    }
    std::string refusal(const char* point) const {
        const auto caught = error_of([&] { before(point); });
        return caught && caught->kind == ErrorKind::input ? caught->sentence : std::string();
    }
};

} // namespace

class TestAsOf : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void formsAreRead() {
        QVERIFY((parse_as_of("segment:12") == AsOf{AsOf::Unit::segment, 12}));
        QVERIFY((parse_as_of("page:40") == AsOf{AsOf::Unit::page, 40}));
        QVERIFY((parse_as_of("chapter:3") == AsOf{AsOf::Unit::chapter, 3}));
        QVERIFY((parse_as_of("12.5%") == AsOf{AsOf::Unit::percent, 12.5}));
        QVERIFY((parse_as_of("100%") == AsOf{AsOf::Unit::percent, 100}));
    }

    void anythingElseIsRefused() {
        for (const char* text : {"",         "%",       "0%",        "101%",
                                 "nan%",     "inf%",    "-1%",       "5",
                                 "page",     "page:",   "page:0",    "page:-1",
                                 "page:1.5", "page: 1", "page:1 ",   "page:99999999999",
                                 "Page:1",   "line:3",  "segment12", "50 %",
                                 "1e3%"}) {
            const auto caught = error_of([&] { parse_as_of(text); });
            QVERIFY2(caught, text);
            QCOMPARE(caught->kind, ErrorKind::usage);
        }
    }

    void anyBytesAreReadOrRefused() {
        const unsigned seed = 20260101;
        std::mt19937 random(seed);
        const std::string alphabet = "segmntpaghcr:%.0123456789-+e \xff";
        for (int i = 0; i < 20'000; ++i) {
            std::string text(random() % 12, ' ');
            for (char& c : text)
                c = alphabet[random() % alphabet.size()];
            const auto caught = error_of([&] { QVERIFY(parse_as_of(text).number > 0); });
            QVERIFY2(!caught || caught->kind == ErrorKind::usage, qPrintable(QString("seed %1").arg(seed)));
        }
    }

    void segmentsAndShares() {
        const Book book; // 34 tokens, 8 segments of 4
        QCOMPARE(book.before("segment:1"), std::size_t{4});
        QCOMPARE(book.before("segment:8"), std::size_t{32});
        QVERIFY(contains(book.refusal("segment:9"), "8 full segments"));
        QCOMPARE(book.before("50%"), std::size_t{17});
        QCOMPARE(book.before("100%"), std::size_t{34});
        QCOMPARE(book.before("1%"), std::size_t{0});
    }

    void aTokenOverTheEndOfAPageIsLeftOut() {
        Book book;
        book.add(SectionKind::page, 0, "i");
        book.add(SectionKind::page, 31, "1");
        book.add(SectionKind::page, 60, "2");
        QCOMPARE(book.before("page:1"), std::size_t{20});
        QCOMPARE(book.before("page:2"), std::size_t{34});
        QVERIFY(contains(book.refusal("page:3"), "no page 3"));
        QVERIFY(contains(book.refusal("chapter:1"), "no chapters"));
        QCOMPARE(place_after(book.document, book.tokens, 1), std::string("page i"));
        QCOMPARE(place_after(book.document, book.tokens, 20), std::string("page 1"));
        QCOMPARE(place_after(book.document, book.tokens, 34), std::string("page 2"));
    }

    void pagesWithoutNumbersAreCounted() {
        Book book;
        for (const std::size_t begin : {0, 30, 60})
            book.add(SectionKind::page, begin, "");
        QCOMPARE(book.before("page:1"), std::size_t{10});
        QCOMPARE(place_after(book.document, book.tokens, 11), std::string("page 2 of 3"));
    }

    void theTitleIsNoChapter() {
        Book book;
        book.add(SectionKind::heading, 0, "The Book", 1);
        book.add(SectionKind::heading, 12, "One", 2);
        book.add(SectionKind::heading, 30, "Aside", 3);
        book.add(SectionKind::heading, 45, "Two", 2);
        QCOMPARE(book.before("chapter:1"), std::size_t{15});
        QCOMPARE(book.before("chapter:2"), std::size_t{34});
        QCOMPARE(place_after(book.document, book.tokens, 12), std::string("chapter 1 of 2"));
        book.add(SectionKind::chapter, 60, "Real", 1);
        QCOMPARE(book.before("chapter:1"), std::size_t{34});
    }

    void withoutSectionsThereAreLines() {
        const Book book;
        QCOMPARE(place_after(book.document, book.tokens, 1), std::string("line 1"));
        QCOMPARE(place_after(book.document, book.tokens, 34), std::string("line 2"));
        QCOMPARE(place_after(book.document, book.tokens, 0), std::string("line 1"));
    }
};

QTEST_GUILESS_MAIN(TestAsOf)
#include "tst_as_of.moc"
