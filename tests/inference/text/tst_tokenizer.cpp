#include <QFile>
#include <QtTest>
#include <algorithm>
#include <sentencepiece_processor.h>

#include "default_model.h"
#include "inference/text/text_normalizer.h"
#include "inference/values/error.h"

using namespace longview;

namespace {

std::string bytes_of(const char* path) {
    QFile file(QString::fromUtf8(path));
    if (!file.open(QIODevice::ReadOnly))
        qFatal("%s is missing", path);
    return file.readAll().toStdString();
}

bool holds_marker(const TokenizedText& tokens) {
    return std::any_of(tokens.ids.begin(), tokens.ids.end(), [](TokenId id) { return id < 5; });
}

} // namespace

class TestTokenizer : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void knownSentences_data();
    void knownSentences();
    void wholeDocumentsAsTheLibraryDoes();
    void recordedIdsOfABook();
    void randomTextAsTheLibraryDoes();
    void roundTripOfAnyText();
    void rangesCoverTheSource();
    void rangesSpellTheirTokens();
    void anyBytes();
    void textNeverBecomesAMarker();
    void markersAreNotShown();
    void decodeOnlyGrows();
    void refusesForeignIds();
    void oneEndlessWord();

private:
    std::unique_ptr<Tokenizer> tokenizer_, plain_;
    sentencepiece::SentencePieceProcessor library_;
};

void TestTokenizer::initTestCase() {
    tokenizer_ = default_tokenizer(default_config());
    plain_ = default_tokenizer(plain_config());
    QVERIFY(library_.LoadFromSerializedProto(tokenizer_->file_bytes()).ok());
    QCOMPARE(tokenizer_->vocab_size(), 8192);
}

/// Ids as Python's sentencepiece 0.2.3 gives them for this model.
void TestTokenizer::knownSentences_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<std::vector<TokenId>>("ids");
    const auto row = [](const char* text, std::vector<TokenId> ids) {
        QTest::newRow(text) << QByteArray(text) << ids;
    };
    row("It was the best of times, it was the worst of times.",
        {571, 331, 266, 1388, 288, 1695, 8118, 335, 331, 266, 5060, 288, 1695, 8120});
    row("def add(a, b):\n    return a + b  # 42", {824, 870, 8129, 8101, 8118, 275, 1251, 5, 297, 1144, 502,
                                                   264, 1647, 275, 271, 8181, 8098, 8162, 8133});
    row("Zoë's naïve café -- \"1.5 €\"\n中文 and 😀",
        {1156, 8102, 201,  177, 8126, 8105, 302,  8101, 201, 181, 320, 1242, 8113,
         201,  175,  1837, 310, 8149, 8120, 8165, 8098, 232, 136, 178, 8123, 5,
         234,  190,  179,  236, 156,  141,  289,  8098, 246, 165, 158, 134});
    row("kitchen", {5776});
    row("What instrument does Rort play?", {1444, 5424, 2944, 1189, 444, 462, 1384, 8161});
    row("", {});
}

void TestTokenizer::knownSentences() {
    QFETCH(QByteArray, text);
    QFETCH(std::vector<TokenId>, ids);
    const auto tokens = tokenizer_->encode(text.toStdString());
    QCOMPARE(tokens.ids, ids);
    QCOMPARE(QByteArray::fromStdString(tokenizer_->decode(ids)), text);
}

void TestTokenizer::wholeDocumentsAsTheLibraryDoes() {
    for (const char* path : {FIXTURES "/books/alice.txt", RESOURCES "/samples/book.txt",
                             RESOURCES "/samples/manual.txt", RESOURCES "/samples/code/recorder/record.c"}) {
        const auto text = bytes_of(path);
        const auto normal = normalize(text).text;
        const auto tokens = tokenizer_->encode(text);
        QCOMPARE(tokens.ids, library_.EncodeAsIds(normal));
        QVERIFY(tokenizer_->decode(tokens.ids) == normal);
        QCOMPARE(tokens.replaced_bytes, std::size_t{0});
    }
}

/// The same through Python's sentencepiece 0.2.3 and the training script's clean_code: FNV-1a over the ids.
void TestTokenizer::recordedIdsOfABook() {
    const auto tokens = tokenizer_->encode(bytes_of(FIXTURES "/books/alice.txt"));
    QCOMPARE(tokens.ids.size(), std::size_t{8471});
    std::uint64_t hash = 0xcbf29ce484222325U;
    for (const auto id : tokens.ids)
        hash = (hash ^ static_cast<std::uint64_t>(id)) * 0x100000001b3U;
    QCOMPARE(hash, std::uint64_t{0x3849977180512d9bU});
}

void TestTokenizer::randomTextAsTheLibraryDoes() {
    std::mt19937 random(21);
    for (int round = 0; round < 500; ++round) {
        auto text = random_text(random, random() % 30);
        for (const std::string special : {"<q>", "<a>", "\u2581"}) // where we differ on purpose
            for (auto at = text.find(special); at != std::string::npos; at = text.find(special))
                text.erase(at, special.size());
        QCOMPARE(plain_->encode(text).ids, library_.EncodeAsIds(text));
    }
}

void TestTokenizer::roundTripOfAnyText() {
    std::mt19937 random(22);
    for (int round = 0; round < 500; ++round) {
        const auto text = random_text(random, random() % 40);
        QCOMPARE(plain_->decode(plain_->encode(text).ids), text);
        QCOMPARE(tokenizer_->decode(tokenizer_->encode(text).ids), normalize(text).text);
    }
}

void TestTokenizer::rangesCoverTheSource() {
    std::mt19937 random(23);
    for (int round = 0; round < 500; ++round) {
        const auto text = random_text(random, 1 + random() % 40) + "end";
        const auto tokens = tokenizer_->encode(text);
        QCOMPARE(tokens.begin.size(), tokens.ids.size());
        QCOMPARE(tokens.end.size(), tokens.ids.size());
        QVERIFY(trim(text.substr(0, tokens.begin.front())).empty()); // nothing but white space in front
        QCOMPARE(tokens.end.back(), text.size());
        for (std::size_t i = 0; i < tokens.ids.size(); ++i) {
            QVERIFY(tokens.begin[i] <= tokens.end[i]);
            if (i > 0)
                QCOMPARE(tokens.begin[i], tokens.end[i - 1]);
        }
    }
}

void TestTokenizer::rangesSpellTheirTokens() {
    std::mt19937 random(24);
    for (int round = 0; round < 300; ++round) {
        const auto text = random_text(random, random() % 40);
        const auto tokens = plain_->encode(text);
        for (std::size_t i = 0; i < tokens.ids.size(); ++i) {
            const auto spelled = text.substr(tokens.begin[i], tokens.end[i] - tokens.begin[i]);
            if (library_.IsByte(tokens.ids[i])) {
                QCOMPARE(spelled.size(), std::size_t{1});
                continue;
            }
            const auto piece =
                QString::fromStdString(library_.IdToPiece(tokens.ids[i])).replace(QChar(0x2581), ' ');
            const auto expected = piece.toStdString();
            QCOMPARE(i == 0 ? " " + spelled : spelled, expected); // the first holds the space that was added
        }
    }
}

void TestTokenizer::anyBytes() {
    std::mt19937 random(25);
    for (int round = 0; round < 300; ++round) {
        const auto bytes = random_bytes(random, random() % 200);
        const auto repair = repair_utf8(bytes);
        const auto tokens = plain_->encode(bytes);
        QCOMPARE(tokens.replaced_bytes, repair.replaced_bytes);
        QCOMPARE(plain_->decode(tokens.ids), repair.text);
        std::size_t last = 0;
        for (std::size_t i = 0; i < tokens.ids.size(); ++i) {
            QCOMPARE(tokens.begin[i], last);
            QVERIFY(tokens.end[i] >= last);
            last = tokens.end[i];
        }
        QCOMPARE(last, bytes.size());
    }
}

void TestTokenizer::textNeverBecomesAMarker() {
    for (const std::string text : {"<q>", "<a>", "</s>", "<s>", "<unk>", "x<q>y", " <q> Where?<a>", "<<q>><a",
                                   "<q><a><q>", "HTML: <a>link</a>", "\n<q>\n"}) {
        const auto tokens = tokenizer_->encode(text);
        QVERIFY2(!holds_marker(tokens), text.c_str());
        QVERIFY(!tokens.ids.empty());
        QCOMPARE(tokenizer_->decode(tokens.ids), normalize(text).text);
    }
    QVERIFY(!holds_marker(plain_->encode("<q>")));
    const auto injected = library_.EncodeAsIds("x<q>y"); // the library alone would have formed it
    QVERIFY(std::find(injected.begin(), injected.end(), 3) != injected.end());
    const auto tokens = plain_->encode("a <q>");
    QCOMPARE(tokens.end.back(), std::size_t{5});
    QCOMPARE(tokens.begin.back(), std::size_t{4}); // ">"
}

void TestTokenizer::markersAreNotShown() {
    const std::vector<TokenId> ids = {1, 3, 4662, 331, 4, 5776, 5, 5776, 2};
    QCOMPARE(tokenizer_->decode(ids), std::string("Where was kitchen\n kitchen"));
    const std::vector<TokenId> answer = {5776};
    QCOMPARE(tokenizer_->decode(answer), std::string("kitchen"));
}

void TestTokenizer::decodeOnlyGrows() {
    std::mt19937 random(26);
    for (int round = 0; round < 200; ++round) {
        std::vector<TokenId> ids;
        std::string shown;
        for (int i = 0; i < 30; ++i) {
            // Mostly byte pieces: unfinished and ill-formed characters.
            ids.push_back(static_cast<TokenId>(random() % (random() % 2 == 0 ? 8192U : 262U)));
            const auto text = tokenizer_->decode(ids);
            QVERIFY(text.starts_with(shown));
            QCOMPARE(repair_utf8(text).replaced_bytes, std::size_t{0});
            shown = text;
        }
    }
}

void TestTokenizer::refusesForeignIds() {
    for (const TokenId id : {-1, 8192, 1 << 30}) {
        const std::vector<TokenId> ids = {5776, id};
        try {
            tokenizer_->decode(ids);
            QFAIL("no error");
        } catch (const Error& error) {
            QVERIFY(error.kind() == ErrorKind::model);
            QVERIFY(std::string(error.what()).find(std::to_string(id)) != std::string::npos);
        }
    }
}

/// Text without any place to cut is cut anyway, so that memory stays bounded; no byte is lost.
void TestTokenizer::oneEndlessWord() {
    const std::string text = std::string(300'000, 'a') + " b";
    const auto tokens = tokenizer_->encode(text);
    QVERIFY(tokenizer_->decode(tokens.ids) == text);
    QCOMPARE(tokens.end.back(), text.size());
}

QTEST_GUILESS_MAIN(TestTokenizer)
#include "tst_tokenizer.moc"
