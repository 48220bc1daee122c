#include "app/core/answer_stream.h"

#include <map>

#include "inference/text/utf8.h"
#include "support.h"

using namespace longview;
using namespace longview::app;

namespace {

/// Decodes as SentencePiece with byte fallback does: bytes that are no whole code point become U+FFFD.
class PieceTokenizer : public Tokenizer {
public:
    explicit PieceTokenizer(std::vector<std::string> pieces) : pieces_(std::move(pieces)) {}
    int vocab_size() const override { return static_cast<int>(pieces_.size()); }
    TokenizedText encode(std::string_view) const override { return {}; }
    std::string decode(std::span<const TokenId> ids) const override {
        std::string bytes;
        for (const TokenId id : ids)
            bytes += pieces_.at(static_cast<std::size_t>(id));
        return repair_utf8(bytes).text;
    }
    std::string_view bytes_of(TokenId id) const override { return pieces_.at(static_cast<std::size_t>(id)); }
    std::string_view file_bytes() const override { return {}; }

private:
    std::vector<std::string> pieces_;
};

struct Streamed {
    std::vector<std::string> pieces;
    std::string joined, answer, decoded;
};

Streamed stream(const std::vector<std::string>& tokens) {
    const PieceTokenizer tokenizer(tokens);
    Streamed streamed;
    AnswerStream answers(tokenizer, [&](std::string_view piece) {
        streamed.pieces.emplace_back(piece);
        streamed.joined += piece;
    });
    std::vector<TokenId> ids;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        ids.push_back(static_cast<TokenId>(i));
        answers.add(ids.back());
    }
    streamed.answer = answers.finish();
    streamed.decoded = tokenizer.decode(ids);
    return streamed;
}

} // namespace

class TestAnswerStream : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void piecesJoinToTheAnswer_data();
    void piecesJoinToTheAnswer();
    void nothingIsHeldBackWithoutNeed();
    void codePointsAreNeverSplit();
    void endsWithWhatCannotBeCompleted();
    void worksWithoutAListener();
};

void TestAnswerStream::piecesJoinToTheAnswer_data() {
    QTest::addColumn<QStringList>("hexTokens");
    QTest::newRow("none") << QStringList{};
    QTest::newRow("words") << QStringList{"6b6974", "6368656e"};
    QTest::newRow("euro, byte by byte") << QStringList{"61", "e2", "82", "ac", "62"};
    QTest::newRow("emoji, byte by byte") << QStringList{"f0", "9f", "98", "80"};
    QTest::newRow("two code points across tokens") << QStringList{"c3", "a9c3", "a9"};
    QTest::newRow("invalid in the middle") << QStringList{"61", "ff", "62"};
    QTest::newRow("unfinished before a letter") << QStringList{"e2", "82", "41"};
    QTest::newRow("unfinished at the end") << QStringList{"61", "f0", "9f"};
    QTest::newRow("a real U+FFFD") << QStringList{"61", "efbfbd", "62"};
}

void TestAnswerStream::piecesJoinToTheAnswer() {
    QFETCH(QStringList, hexTokens);
    std::vector<std::string> tokens;
    for (const QString& hex : hexTokens)
        tokens.push_back(QByteArray::fromHex(hex.toLatin1()).toStdString());
    const Streamed streamed = stream(tokens);
    QCOMPARE(streamed.answer, streamed.decoded);
    QCOMPARE(streamed.joined, streamed.answer);
    for (const std::string& piece : streamed.pieces) {
        QVERIFY(!piece.empty());
        QCOMPARE(repair_utf8(piece).replaced_bytes, std::size_t{0});
    }
}

void TestAnswerStream::nothingIsHeldBackWithoutNeed() {
    QCOMPARE(stream({"kit", "chen"}).pieces, (std::vector<std::string>{"kit", "chen"}));
}

void TestAnswerStream::codePointsAreNeverSplit() {
    QCOMPARE(stream({"\xE2", "\x82", "\xAC", "!"}).pieces, (std::vector<std::string>{"\xE2\x82\xAC", "!"}));
}

void TestAnswerStream::endsWithWhatCannotBeCompleted() {
    const Streamed streamed = stream({"a", "\xF0\x9F"});
    QCOMPARE(streamed.pieces.size(), std::size_t{2});
    QCOMPARE(streamed.pieces.front(), std::string("a"));
    QVERIFY(streamed.pieces.back().starts_with("\xEF\xBF\xBD"));
}

void TestAnswerStream::worksWithoutAListener() {
    const PieceTokenizer tokenizer({"a", "b"});
    AnswerStream answers(tokenizer, {});
    answers.add(0);
    answers.add(1);
    QCOMPARE(answers.finish(), std::string("ab"));
    QCOMPARE(answers.tokens(), (std::vector<TokenId>{0, 1}));
}

QTEST_GUILESS_MAIN(TestAnswerStream)
#include "tst_answer_stream.moc"
