#include <QtTest>
#include <fstream>
#include <random>
#include <sstream>

#include "app/importers/import.h"
#include "inference/values/error.h"
#include "zip_writer.h"

using namespace longview;
using namespace longview::app::test;

namespace {

std::string bytes_of(const std::string& fixture) {
    std::ifstream file(std::string(FIXTURES "/documents/") + fixture, std::ios::binary);
    std::ostringstream bytes;
    bytes << file.rdbuf();
    return bytes.str();
}

std::string text_of(const std::string& bytes, const std::string& name = "page.html") {
    return app::import_bytes(bytes, name).text;
}

std::string refusal_of(const std::string& bytes, const app::ImportOptions& options = {}) {
    try {
        app::import_bytes(bytes, "the book", options);
    } catch (const Error& error) {
        return error.kind() == ErrorKind::input ? error.what() : "wrong kind of error";
    }
    return "not refused";
}

bool contains(const std::string& sentence, const std::string& part) {
    if (sentence.find(part) == std::string::npos)
        qWarning("\"%s\" lacks \"%s\"", sentence.c_str(), part.c_str());
    return sentence.find(part) != std::string::npos;
}

std::string location_of_words(const Document& document, const std::string& words) {
    const auto at = document.text.find(words);
    return at == std::string::npos ? "missing" : document.location(at, at + words.size());
}

} // namespace

class TestFormats : public QObject {
    Q_OBJECT
private slots:
    void html_data();
    void html();
    void damagedHeadings();
    void htmlEncodings();
    void sameBookInEveryFormat_data();
    void sameBookInEveryFormat();
    void identityDependsOnTheExtractor();
    void spineOrderAndChapters();
    void damagedEpubs();
    void protectedEpub();
    void entriesOutside();
    void bombs();
    void office();
    void packedText();
    void cutShort_data();
    void cutShort();
    void pdf();
    void pdfThatCannotBeRead();
};

void TestFormats::html_data() {
    QTest::addColumn<QString>("body");
    QTest::addColumn<QString>("text");
    const auto row = [](const char* name, const char* body, const char* text) {
        QTest::newRow(name) << body << text;
    };
    row("white space", "<p> a \n b</p>\n<p>c<br>d</p>", "a b\n\nc\nd\n");
    row("inline marks do not divide words", "<p>un<b>der</b>stand</p>", "understand\n");
    row("scripts and styles",
        "<style>p{}</style><p>a</p><script>if (1 < 2) b();</script><template>c</template>", "a\n");
    row("nested in what is dropped", "<svg><svg><text>x</text></svg>y</svg><p>a</p>", "a\n");
    row("entities", "<p>caf&eacute; &amp; &#8212; &lt;b&gt; x&nbsp;y</p>", "café & — <b> x y\n");
    row("soft hyphens and ligatures", "<p>co&shy;op \uFB01ne \uFB03x</p>", "coop fine ffix\n");
    row("a table is lines", "<table><tr><th>a<th>b</tr><tr><td>1</td><td>2 3</td></tr></table>",
        "a | b\n1 | 2 3\n");
    row("code stays", "<pre>\nint a;\n\n    return  a;\n</pre><p>b</p>", "int a;\n\n    return  a;\n\nb\n");
    row("lists", "<ul><li>a</li><li><p>b</p></li></ul><ol start=3><li>c<li>d</ol>",
        "- a\n- b\n\n3. c\n4. d\n");
    row("right to left, combining", "<p>שלום e\u0301 नमस्ते</p>", "שלום e\u0301 नमस्ते\n");
    row("ruby", "<p><ruby>漢<rp>[</rp><rt>kan</rt><rp>]</rp></ruby>字</p>", "漢(kan)字\n");
    row("hidden", "<p hidden>no</p><p>yes</p>", "yes\n");
    row("numbers of lists",
        "<ol start=0><li>a<li>b</ol><ol type=A start=2><li>c<li>d</ol><ol start=x><li>e</ol>",
        "0. a\n1. b\n\nB. c\nC. d\n\n1. e\n");
    row("alternatives of pictures", "<p><img src=x alt='A cat'> sat</p>", "A cat sat\n");
    row("a drop cap", "<p><img src=x alt='O'>nce</p>", "Once\n");
    row("pictures side by side", "<p><img alt='A cat'><a><img alt=''><img alt='A mat'></a></p>",
        "A cat A mat\n");
    row("broken marks", "<p>a<b>b</p></div><p>c &unknown; d<", "ab\n\nc &unknown; d<\n");
}

void TestFormats::html() {
    QFETCH(QString, body);
    QFETCH(QString, text);
    QCOMPARE(QString::fromStdString(
                 text_of("<!DOCTYPE html><html><body>" + body.toStdString() + "</body></html>")),
             text);
}

void TestFormats::damagedHeadings() {
    const auto titles = [](const std::string& body) {
        std::vector<std::string> all;
        for (const auto& section : app::import_bytes("<!DOCTYPE html><html><body>" + body, "a").sections)
            all.push_back(section.title);
        return all;
    };
    // The parser ends a heading where the next one begins only in some of these.
    QCOMPARE(titles("<h1>One<h2>Two</h2></h1><p>text"), (std::vector<std::string>{"One", "Two"}));
    QCOMPARE(titles("<h1><h2>Two</h2>One</h1><p>text"), (std::vector<std::string>{"Two"}));
    QCOMPARE(titles("<p>text<h1>One"), (std::vector<std::string>{"One"}));
    QCOMPARE(titles("<p>text<h1>"), std::vector<std::string>());
}

void TestFormats::htmlEncodings() {
    QCOMPARE(
        text_of("<html><head><meta charset=windows-1251></head><body>\xCF\xF0\xE8\xE2\xE5\xF2</body></html>"),
        std::string("Привет\n"));
    QCOMPARE(text_of("<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><html><body>caf\xE9</body></html>"),
             std::string("café\n"));
    QCOMPARE(text_of("<html><meta charset=latin1><body>caf\xC3\xA9</body></html>"), std::string("café\n"));
    std::string wide = "\xFF\xFE";
    for (const char c : std::string("<html><body>hi</body></html>"))
        wide += {c, '\0'};
    QCOMPARE(text_of(wide), std::string("hi\n"));
    QCOMPARE(app::import_bytes("<html><title> A  page</title><body>x</body></html>", "a").title,
             std::string("A page"));
}

void TestFormats::sameBookInEveryFormat_data() {
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("extractor");
    for (const auto& [file, extractor] : {std::pair("small.html", "html 2"),
                                          {"small.epub", "epub 2"},
                                          {"small-2.epub", "epub 2"},
                                          {"small.docx", "docx 1"},
                                          {"small.odt", "odt 1"}})
        QTest::newRow(file) << file << extractor;
}

void TestFormats::sameBookInEveryFormat() {
    QFETCH(QString, file);
    QFETCH(QString, extractor);
    const auto document = app::import_bytes(bytes_of(file.toStdString()), "no hint in the name");
    QCOMPARE(QString::fromStdString(document.extractor), extractor);
    QCOMPARE(document.title, std::string("A small book"));
    for (const char* words :
         {"Alice was beginning to get very tired", "There was nothing so very remarkable in that;",
          "“Oh dear! Oh dear! I shall be late!”", "- a watch\n- a waistcoat-pocket",
          "jar | shelf\nkey | table", "void fall(int depth) {\n    down();\n}", "It was late.",
          "第一章。猫がいた。"})
        QVERIFY2(document.text.find(words) != std::string::npos, words);
    QVERIFY(contains(location_of_words(document, "Alice was"), "“Down the Rabbit-Hole”, line "));
    QVERIFY(contains(location_of_words(document, "waistcoat"), "“The Rabbit”, line "));
    QVERIFY(contains(location_of_words(document, "Curiouser"), "“The Pool of Tears”, line "));
}

void TestFormats::identityDependsOnTheExtractor() {
    const auto page = app::import_bytes("<html><body>one</body></html>", "a");
    const auto plain = app::import_bytes("one\n", "a");
    QCOMPARE(page.text, plain.text);
    QVERIFY(page.content_hash != plain.content_hash);
    QCOMPARE(plain.content_hash, app::import_bytes("one\r\n", "b").content_hash);
}

void TestFormats::spineOrderAndChapters() {
    const auto bytes = zip_of(epub_entries(
        opf(item("two", "p%202.xhtml") + item("one", "one.xhtml") + item("nav", "nav.xhtml", "nav"),
            "<itemref idref='nav'/><itemref idref='one'/><itemref idref='two'/><itemref idref='gone'/>"),
        {{"OPS/p 2.xhtml", page("<p>second</p><p id='mid'>middle</p>")},
         {"OPS/one.xhtml", page("<h1>Head</h1><p>first</p>")},
         {"OPS/nav.xhtml",
          page("<nav epub:type='toc'><ol><li><a href='one.xhtml'>I</a></li><li><a "
               "href='p%202.xhtml'>II</a><ol><li><a href='p%202.xhtml#mid'>II b</a></li></ol></li>"
               "</ol></nav>")}}));
    const auto document = app::import_bytes(bytes, "book");
    QCOMPARE(document.text, std::string("Head\n\nfirst\n\nsecond\n\nmiddle\n"));
    QCOMPARE(document.title, std::string("The Book"));
    QCOMPARE(document.sections, (std::vector<Section>{{SectionKind::chapter, "I", 1, 0, 1},
                                                      {SectionKind::chapter, "II", 1, 13, 1},
                                                      {SectionKind::chapter, "II b", 2, 21, 1}}));
    QCOMPARE(document.notes.size(), std::size_t{1});
    QVERIFY(contains(document.notes.front(), "gone is missing"));
}

void TestFormats::damagedEpubs() {
    QVERIFY(contains(
        refusal_of(zip_of(epub_entries(opf(item("a", "a.xhtml"), ""), {{"OPS/a.xhtml", page("x")}}))),
        "without a reading order"));
    QVERIFY(
        contains(refusal_of(zip_of({{"mimetype", "application/epub+zip"}})), "package document is missing"));
    QVERIFY(contains(refusal_of(zip_of(epub_entries("<package><spine>", {}))), "not well-formed"));
    const auto empty = opf(item("a", "a.xhtml"), "<itemref idref='a'/>");
    QVERIFY(contains(refusal_of(zip_of(epub_entries(empty, {{"OPS/a.xhtml", page("<p> </p>")}}))),
                     "white space only"));
}

void TestFormats::protectedEpub() {
    const auto encryption = [](const std::string& algorithm) {
        return "<encryption><EncryptedData><EncryptionMethod Algorithm='" + algorithm +
               "'/><CipherData><CipherReference "
               "URI='OPS/a.xhtml'/></CipherData></EncryptedData></encryption>";
    };
    const auto book = [&](const std::string& algorithm, const std::string& mark) {
        return zip_of(epub_entries(opf(item("a", "a.xhtml"), "<itemref idref='a'/>"),
                                   {{"OPS/a.xhtml", page("words")},
                                    {"META-INF/encryption.xml", encryption(algorithm)},
                                    {mark, "x"}}));
    };
    const std::string aes = "http://www.w3.org/2001/04/xmlenc#aes128-cbc";
    QVERIFY(contains(refusal_of(book(aes, "META-INF/rights.xml")), "Adobe DRM"));
    QVERIFY(contains(refusal_of(book(aes, "META-INF/license.lcpl")), "Readium LCP"));
    QVERIFY(contains(refusal_of(book(aes, "META-INF/sinf.xml")), "Apple FairPlay"));
    QCOMPARE(text_of(book("http://www.idpf.org/2008/embedding", "x")), std::string("words\n")); // a font's
}

void TestFormats::entriesOutside() {
    auto entries = epub_entries(
        opf(item("a", "a.xhtml") + item("b", "../../etc/passwd"), "<itemref idref='a'/><itemref idref='b'/>"),
        {{"OPS/a.xhtml", page("words")}, {"../../etc/passwd", page("secret")}});
    const auto document = app::import_bytes(zip_of(entries), "book");
    QCOMPARE(document.text, std::string("words\n"));
    QVERIFY(contains(document.notes.back(), "point outside of the book, such as \"../../etc/passwd\""));
}

void TestFormats::bombs() {
    const std::string zeros(std::size_t{70} << 20U, ' ');
    const auto book = zip_of(
        epub_entries(opf(item("a", "a.xhtml"), "<itemref idref='a'/>"), {{"OPS/a.xhtml", page(zeros)}}));
    QVERIFY(book.size() < 200'000);
    QVERIFY(contains(refusal_of(book), "times its size"));
    app::ImportOptions narrow;
    narrow.limits.text_bytes = 1U << 20U;
    QVERIFY(contains(refusal_of(book, narrow), "unpacks to more than 1 MiB"));
}

void TestFormats::office() {
    QVERIFY(contains(refusal_of(zip_of({{"[Content_Types].xml", "<x/>"}, {"xl/workbook.xml", "<x/>"}})),
                     "no text document"));
    QVERIFY(contains(refusal_of(zip_of({{"word/document.xml", "<w:document><w:body><w:p>"}})),
                     "damaged Word document"));
    QVERIFY(contains(refusal_of(zip_of({{"mimetype", "application/vnd.oasis.opendocument.spreadsheet"},
                                        {"content.xml", "<x/>"}})),
                     "no text document"));
    QVERIFY(contains(refusal_of(zip_of({{"mimetype", "application/vnd.oasis.opendocument.text"},
                                        {"content.xml", "\x01\x02"},
                                        {"META-INF/manifest.xml", "<manifest:encryption-data/>"}})),
                     "with a password"));
    const auto body = [](const std::string& inside) {
        return zip_of(
            {{"word/document.xml", "<w:document xmlns:w='w'><w:body>" + inside + "</w:body></w:document>"}});
    };
    QCOMPARE(text_of(body("<w:p><w:r><w:t>un</w:t></w:r><w:r><w:t>whole</w:t></"
                          "w:r><w:del><w:r><w:delText>gone</w:delText></w:r></w:del>"
                          "<w:moveFrom><w:r><w:t>moved</w:t></w:r></w:moveFrom></w:p><w:p><w:r><w:t>b</"
                          "w:t><w:tab/><w:t>c</w:t></w:r></w:p>")),
             std::string("unwhole\n\nb c\n"));
}

void TestFormats::packedText() {
    const auto document = app::import_bytes(bytes_of("packed.md.gz"), "packed.md.gz");
    QCOMPARE(document.text, std::string("# Title\n\nwords\n"));
    QCOMPARE(document.title, std::string("Title"));
    QCOMPARE(text_of(bytes_of("packed.txt.zst")), std::string("words\n"));
    QVERIFY(contains(refusal_of(bytes_of("packed.tar.gz")), "holds a tar archive"));
    QVERIFY(contains(refusal_of(bytes_of("packed.md.gz").substr(0, 20)), "damaged"));
}

void TestFormats::cutShort_data() {
    QTest::addColumn<QString>("file");
    for (const char* file : {"small.html", "small.epub", "small.docx", "small.odt"})
        QTest::newRow(file) << file;
}

/// A file that ends early or has a wrong byte gives a text or a sentence, never anything else.
void TestFormats::cutShort() {
    QFETCH(QString, file);
    const auto whole = bytes_of(file.toStdString());
    std::mt19937 random(3);
    for (int round = 0; round < 60; ++round) {
        auto bytes = whole;
        if (round % 2 == 0)
            bytes.resize(random() % whole.size() + 1);
        else
            for (int i = 0; i < 8; ++i)
                bytes[random() % bytes.size()] = static_cast<char>(random());
        try {
            const auto text = app::import_bytes(bytes, "book").text;
            QCOMPARE(QString::fromStdString(text).toUtf8().toStdString(), text);
        } catch (const Error& error) {
            QVERIFY(error.kind() == ErrorKind::input);
            QVERIFY(contains(error.what(), "\"book\""));
        }
    }
}

void TestFormats::pdf() {
#ifdef HAVE_PDF
    const auto document = app::import_bytes(bytes_of("small.pdf"), "no hint");
    QCOMPARE(document.extractor, std::string("pdf 1"));
    QVERIFY(contains(document.text, "Alice was beginning to get very tired"));
    QCOMPARE(location_of_words(document, "waistcoat"), std::string("page 1 (“The Rabbit”)"));
    app::ImportOptions options;
    QVERIFY(contains(refusal_of(bytes_of("encrypted.pdf")), "give its password"));
    options.password = "wrong";
    QVERIFY(contains(refusal_of(bytes_of("encrypted.pdf"), options), "not the right one"));
    options.password = "secret";
    QVERIFY(contains(app::import_bytes(bytes_of("encrypted.pdf"), "x", options).text, "Alice"));
#else
    QVERIFY(contains(refusal_of(bytes_of("small.pdf")), "this build cannot read"));
#endif
}

void TestFormats::pdfThatCannotBeRead() {
#ifdef HAVE_PDF
    auto broken = bytes_of("small.pdf");
    const auto xref = broken.rfind("startxref");
    QVERIFY(
        contains(app::import_bytes(broken.substr(0, xref), "x").text, "Alice")); // found without its table
    QVERIFY(contains(refusal_of("%PDF-1.4\nnothing that makes sense\n"), "damaged"));
    QVERIFY(contains(refusal_of(bytes_of("scan.pdf")), "no text layer on 3 of 3 pages"));
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) // with these no such limit is set
    app::ImportOptions hurried;
    hurried.limits.child_bytes = 1U << 20U; // too little for any program to start in
    QVERIFY(contains(refusal_of(bytes_of("small.pdf"), hurried), "ended the PDF reader"));
#endif
#else
    QSKIP("built without Qt");
#endif
}

QTEST_GUILESS_MAIN(TestFormats)
#include "tst_formats.moc"
