#include "app/core/mentions.h"

#include <random>

#include "storage/document_store.h"
#include "support.h"

using namespace longview;
using namespace longview::app;
using namespace longview::app::test;

namespace {

using Words = std::vector<std::string>;

} // namespace

class TestMentions : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() {
        directory_.emplace();
        library_.emplace(path_of(*directory_) / "library.sqlite");
    }
    void contentWords();
    void findsWhereBothStand();
    void findsNothingRatherThanSomething_data();
    void findsNothingRatherThanSomething();
    void stopsAtTheEnd();
    void quotesOneSentence();
    void anyBytes();

private:
    std::vector<Mention> mentions(const std::string& text, const std::string& question,
                                  const std::string& answer, std::size_t end = std::string::npos) {
        Document document;
        document.path = document.content_hash = text;
        document.text = text;
        document.line_starts = line_starts_of(text);
        document.sections = {{SectionKind::page, "1", 1, 0, 1}};
        storage::DocumentRecord record;
        record.path = record.content_hash = record.title = text;
        const auto id = storage::DocumentStore(*library_).remember(record);
        storage::SourceStore sources(*library_);
        sources.put(id, document);
        Exchange exchange;
        exchange.question = question;
        exchange.answer = answer;
        return find_mentions(sources, id, document, std::min(end, text.size()), exchange);
    }

    std::optional<QTemporaryDir> directory_;
    std::optional<storage::Database> library_;
};

void TestMentions::contentWords() {
    QCOMPARE(content_words("Where is Norman Kendall\u2019s \u201Cred\u201D hat, the RED one?"),
             (Words{"norman", "kendall", "red", "hat"}));
    QCOMPARE(content_words("Mr.\u00A0King\u2014the \u2026spy"), (Words{"mr", "king", "spy"}));
    QCOMPARE(content_words("7 of 12, and I"), (Words{"7", "12"}));
    QCOMPARE(content_words("not stated"), Words{});
    QCOMPARE(content_words("\u00C9t\u00E9"), Words{"\u00C9t\u00E9"});
}

void TestMentions::findsWhereBothStand() {
    const std::string text = "Bruce is tall. The kitchen is cold.\n\n" + std::string(1500, 'x') +
                             "\n\nThen Bruce walked to the kitchen. Donna sang.\n\n" +
                             std::string(1500, 'x') + "\n\nDonna left the kitchen.\n";
    // The first paragraph counts: its words stand within a sentence's length.
    const auto found = mentions(text, "Where is Bruce?", "the kitchen");
    QCOMPARE(found.size(), std::size_t{2});
    for (const auto& mention : found) {
        const auto words = text.substr(mention.begin, mention.end - mention.begin);
        QVERIFY(words.starts_with("Bruce") && words.ends_with("kitchen"));
        QVERIFY(mention.location.starts_with("page 1"));
    }
    // An answer that says what it is about needs no word of the question.
    QCOMPARE(mentions(text, "Whom could one find singing? Donna?", "Donna sang").size(), std::size_t{1});
}

void TestMentions::findsNothingRatherThanSomething_data() {
    QTest::addColumn<QString>("question");
    QTest::addColumn<QString>("answer");
    QTest::newRow("no answer") << "Where is Bruce?"
                               << "";
    QTest::newRow("not stated") << "Where is Bruce?"
                                << "not stated";
    QTest::newRow("elsewhere") << "Where is Bruce?"
                               << "garden";
    QTest::newRow("somebody else") << "Where is Donna?"
                                   << "kitchen";
    QTest::newRow("only grammar") << "Where is he?"
                                  << "kitchen";
    QTest::newRow("an echo") << "Where is Bruce?"
                             << "Bruce";
    QTest::newRow("half of it") << "Where is Bruce?"
                                << "kitchen garden";
    QTest::newRow("a long answer") << "Where is Bruce?"
                                   << "one2 two2 three2 four2 five2 six2 seven2 kitchen bruce";
}

void TestMentions::findsNothingRatherThanSomething() {
    QFETCH(QString, question);
    QFETCH(QString, answer);
    QVERIFY(mentions("Bruce walked to the kitchen. It is not stated whether Bruce stayed.\n",
                     question.toStdString(), answer.toStdString())
                .empty());
}

void TestMentions::stopsAtTheEnd() {
    const std::string text =
        "Bruce went out and then, some time later, walked to the kitchen and to the cellar.";
    QVERIFY(mentions(text, "Where is Bruce?", "kitchen", text.find("kitchen")).empty());
    const auto found = mentions(text, "Where is Bruce?", "kitchen", text.find(" and to"));
    QCOMPARE(found.size(), std::size_t{1});
    QVERIFY(found[0].quote.ends_with("kitchen")); // and nothing of the cellar
}

void TestMentions::quotesOneSentence() {
    const auto quote = [&](const std::string& text) {
        const auto found = mentions(text, "Where is Bruce?", "kitchen");
        return found.empty() ? std::string() : found[0].quote;
    };
    QCOMPARE(quote("He left. Mr. Bruce walked\n  to the kitchen. He ate."),
             std::string("Mr. Bruce walked to the kitchen."));
    QCOMPARE(quote("A title\n\nBruce in the kitchen\n\nMore"), std::string("Bruce in the kitchen"));
    std::string words;
    for (int i = 0; i < 60; ++i)
        words += "wort" + std::to_string(i) + " ";
    const auto cut = quote(words + "Bruce kitchen " + words);
    QVERIFY(cut.starts_with("\u2026 wort") && cut.ends_with(" \u2026") && cut.size() < 400);
}

/// Whatever question, answer and text are, places lie in the text and quotes are whole code points.
void TestMentions::anyBytes() {
    std::mt19937 random(5);
    const std::vector<std::string> pieces{"a1 ",
                                          "b2",
                                          "\"",
                                          "'s",
                                          "\u2019",
                                          "\u732B",
                                          "\n\n",
                                          ". ",
                                          "*)",
                                          "\xE2\x80",
                                          "NEAR(",
                                          "\u00E9",
                                          std::string(1, '\0'),
                                          "OR "};
    const auto any = [&](std::size_t most, bool valid) {
        std::string bytes;
        for (auto count = random() % most; count > 0; --count) {
            const auto& piece = pieces[random() % pieces.size()];
            bytes += valid && piece == "\xE2\x80" ? " " : piece;
        }
        return bytes;
    };
    int found = 0;
    for (int round = 0; round < 200; ++round) {
        const std::string text = "a1 b2 " + any(60, true);
        const auto end = random() % (text.size() + 1);
        for (const auto& mention : mentions(text, any(8, false) + " a1", any(4, false) + " b2", end)) {
            QVERIFY(mention.begin < mention.end && mention.end <= end);
            QVERIFY(QString::fromStdString(mention.quote).toStdString() == mention.quote);
            ++found;
        }
    }
    QVERIFY(found > 0);
}

QTEST_GUILESS_MAIN(TestMentions)
#include "tst_mentions.moc"
