#include <QtTest>
#include <random>

#include "storage/document_store.h"
#include "storage/passages.h"
#include "storage/source_store.h"
#include "storage/speed_store.h"

using namespace longview;
using namespace longview::storage;

namespace {

Document document_of(std::string text, std::vector<Section> sections = {}) {
    Document document;
    document.path = "/books/" + std::to_string(std::hash<std::string>()(text));
    document.title = text.substr(0, 5);
    document.content_hash = document.path;
    document.text = std::move(text);
    document.sections = std::move(sections);
    document.line_starts = line_starts_of(document.text);
    return document;
}

} // namespace

class TestStorageSourceStore : public QObject {
    Q_OBJECT
private slots:
    void init() {
        directory_ = std::make_unique<QTemporaryDir>();
        library_ = std::make_unique<Database>(directory_->filePath("library.sqlite").toStdString());
    }
    void keepsTheSourceMap();
    void findsWithLocations();
    void findsInAndAcrossDocuments();
    void whateverIsTyped_data();
    void whateverIsTyped();
    void wordsTogether();
    void ideographs();
    void forgetsWithTheDocument();
    void passagesCoverEveryByte();
    void speeds();

private:
    std::int64_t keep(const Document& document) {
        DocumentRecord record;
        record.content_hash = document.content_hash;
        record.path = document.path;
        record.title = document.title;
        const auto id = DocumentStore(*library_).remember(record);
        SourceStore(*library_).put(id, document);
        return id;
    }
    std::vector<SearchHit> search(const std::string& typed, std::optional<std::int64_t> id = {}) {
        return SourceStore(*library_).search(typed, id, 100);
    }
    std::unique_ptr<QTemporaryDir> directory_;
    std::unique_ptr<Database> library_;
};

void TestStorageSourceStore::keepsTheSourceMap() {
    const std::vector<Section> sections{{SectionKind::file, "a.c", 1, 0, 3},
                                        {SectionKind::page, "iv", 2, 4, 1}};
    const auto id = keep(document_of("some words", sections));
    QCOMPARE(SourceStore(*library_).sections(id), sections);
    SourceStore(*library_).put(id, document_of("some words")); // kept once
    QCOMPARE(SourceStore(*library_).sections(id), sections);
    QCOMPARE(search("words").size(), std::size_t{1});
}

/// Every word of a random text is found where it is.
void TestStorageSourceStore::findsWithLocations() {
    std::mt19937 random(11);
    std::string text;
    for (int i = 0; i < 3000; ++i)
        text += "w" + std::to_string(i) + "x" +
                (random() % 9 == 0   ? "\n\n"
                 : random() % 7 == 0 ? "\n"
                                     : " é ");
    const auto document =
        document_of(text, {{SectionKind::page, "1", 1, 0, 1}, {SectionKind::page, "2", 1, 9000, 1}});
    keep(document);
    for (int i = 0; i < 3000; i += 37) {
        const auto word = "w" + std::to_string(i) + "x";
        const auto hits = search(word);
        QCOMPARE(hits.size(), std::size_t{1});
        const auto at = text.find(word);
        QCOMPARE(hits[0].begin, at);
        QCOMPARE(hits[0].end, at + word.size());
        QCOMPARE(hits[0].location, document.location(at, at + word.size()));
        QCOMPARE(hits[0].matches.size(), std::size_t{1});
        const auto [begin, end] = hits[0].matches[0];
        QCOMPARE(hits[0].snippet.substr(begin, end - begin), word);
    }
}

void TestStorageSourceStore::findsInAndAcrossDocuments() {
    const auto first = keep(document_of("The Mouse swam away."));
    keep(document_of("A mouse slept.\nCafé au lait."));
    QCOMPARE(search("mouse").size(), std::size_t{2});
    QCOMPARE(search("mouse", first).size(), std::size_t{1});
    QCOMPARE(search("MOUSE slept").size(), std::size_t{1});
    QCOMPARE(search("\"mouse swam\"").size(), std::size_t{1});
    QCOMPARE(search("\"swam mouse\"").size(), std::size_t{0});
    QCOMPARE(search("sle*").size(), std::size_t{1});
    QCOMPARE(search("cafe").at(0).location, std::string("line 2"));
    QCOMPARE(SourceStore(*library_).search("mouse", {}, 1).size(), std::size_t{1});
}

void TestStorageSourceStore::whateverIsTyped_data() {
    QTest::addColumn<QString>("typed");
    for (const char* typed : {"", " ", "\"", "\"\"", "*", "AND", "a OR", "text:", "(", "NEAR(", "^a", "a\"b",
                              "-", "{x}", "'; --", "é*\""})
        QTest::newRow(typed) << typed;
}

/// Nothing that a person types is a mistake in a query language.
void TestStorageSourceStore::whateverIsTyped() {
    QFETCH(QString, typed);
    keep(document_of("some text"));
    search(typed.toStdString());
    std::mt19937 random(static_cast<unsigned>(typed.size()));
    for (int i = 0; i < 50; ++i) {
        std::string bytes;
        for (int j = 0; j < 6; ++j)
            bytes += "\"* a-(\xC3"[random() % 8];
        search(bytes);
    }
}

void TestStorageSourceStore::wordsTogether() {
    const std::string text =
        "Bruce sat. " + std::string(100, '-') + "\nIn the kitchen Donna met Bruce: \u732B\u3067.\n";
    const auto id = keep(document_of(text));
    keep(document_of("Another Bruce in another kitchen"));
    SourceStore sources(*library_);
    const auto hits = sources.together({"kitchen"}, {"piano", "bruce"}, id, text.size(), 5);
    QCOMPARE(hits.size(), std::size_t{1});
    QCOMPARE(hits[0].begin, std::size_t{0}); // within twenty words: dashes are none
    QCOMPARE(text.substr(hits[0].end - 5, 5), std::string("Bruce"));
    QCOMPARE(hits[0].location, std::string("lines 1\u20132"));
    QCOMPARE(sources.together({"kitchen", "donna"}, {}, id, text.size(), 5).size(), std::size_t{1});
    QCOMPARE(sources.together({"donna"}, {"\u732B\u3067"}, id, text.size(), 5).size(), std::size_t{1});
    QCOMPARE(sources.together({"kitchen"}, {"bruce"}, id, hits[0].end - 1, 5).size(), std::size_t{0});
    QCOMPARE(sources.together({"kitchen"}, {"piano"}, id, text.size(), 5).size(), std::size_t{0});
    QCOMPARE(sources.together({"-"}, {"bruce"}, id, text.size(), 5).size(), std::size_t{0});
    QCOMPARE(sources.together({"bruce"}, {"\""}, id, text.size(), 5).size(), std::size_t{0});
}

void TestStorageSourceStore::ideographs() {
    const std::string text = "前の行\n吾輩は猫である。名前はまだ無い。";
    keep(document_of(text));
    const auto hits = search("猫である");
    QCOMPARE(hits.size(), std::size_t{1});
    QCOMPARE(hits[0].begin, text.find("猫である"));
    QCOMPARE(hits[0].location, std::string("line 2"));
    QVERIFY(hits[0].snippet.find("吾輩は猫である") != std::string::npos);
    QCOMPARE(search("犬").size(), std::size_t{0});
}

void TestStorageSourceStore::forgetsWithTheDocument() {
    const auto id = keep(document_of("words to forget"));
    keep(document_of("words to keep"));
    QVERIFY(DocumentStore(*library_).remove(id));
    QCOMPARE(search("words").size(), std::size_t{1});
    QVERIFY(SourceStore(*library_).sections(id).empty());
}

void TestStorageSourceStore::passagesCoverEveryByte() {
    std::mt19937 random(2);
    for (int round = 0; round < 200; ++round) {
        std::string text;
        const auto kind = random() % 4;
        for (auto size = random() % 20000; size > 0; --size)
            text += kind == 0            ? "x"
                    : kind == 1          ? "漢"
                    : random() % 40 == 0 ? "\n\n"
                    : random() % 6 == 0  ? " "
                                         : "ab";
        std::size_t at = 0;
        for (const auto& passage : passages_of(text)) {
            QCOMPARE(passage.begin, at);
            QVERIFY(passage.end > passage.begin && passage.end - passage.begin <= 4100);
            QCOMPARE(passage.line,
                     1 + static_cast<std::size_t>(
                             std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n')));
            at = passage.end;
            QVERIFY(at == text.size() || (static_cast<unsigned char>(text[at]) & 0xC0U) != 0x80);
        }
        QCOMPARE(at, text.size());
        QCOMPARE(without_breaks(with_breaks(text)), text);
    }
}

void TestStorageSourceStore::speeds() {
    SpeedStore speeds(*library_);
    QVERIFY(!speeds.find({"m", "n", "d"}));
    speeds.put({"m", "n", "d"}, 10);
    speeds.put({"m", "n", "d"}, 20);
    QCOMPARE(speeds.find({"m", "n", "d"}).value_or(0), 20.0);
    QVERIFY(!speeds.find({"m", "n", "other"}));
}

QTEST_GUILESS_MAIN(TestStorageSourceStore)
#include "tst_storage_source_store.moc"
