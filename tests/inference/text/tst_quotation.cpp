// What an answer may be made of: stretches of the text between borders of words, or a phrase, whole.

#include <QtTest>
#include <array>

#include "default_model.h"
#include "inference/text/quotation.h"

using namespace longview;

namespace {

const std::vector<std::string> phrases = {"not stated"};

class TestQuotation : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<Tokenizer> tokenizer_ = default_tokenizer(default_config());

    Quotation of(std::string_view text, std::span<const std::string> besides = phrases) const {
        const std::vector<TokenId> ids = tokenizer_->encode(text).ids;
        return {*tokenizer_, ids, ids.size(), besides};
    }

    /// How much of an answer is let through, with a bar where it may not stop: "salm|" is a cut word.
    std::string through(std::string_view text, std::span<const TokenId> answer) const {
        Quotation quotation = of(text);
        std::size_t taken = 0;
        while (taken < answer.size() && quotation.allows(answer[taken]))
            quotation.add(answer[taken++]);
        return tokenizer_->decode(answer.first(taken)) + (quotation.may_end() ? "" : "|");
    }
    std::string through(std::string_view text, std::string_view answer) const {
        return through(text, tokenizer_->encode(answer).ids);
    }

private slots:
    void quotes_whole_words_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("answer");
        QTest::addColumn<QByteArray>("through");
        const auto row = [](const char* name, const char* text, const char* answer, const char* through) {
            QTest::newRow(name) << QByteArray(text) << QByteArray(answer) << QByteArray(through);
        };
        row("a name", "Here lives Patricia Davis, a baker.", "Patricia Davis", "Patricia Davis");
        row("from the beginning", "Anna is in the hall.", "Anna", "Anna");
        row("to the end", "Anna is in the hall", "hall", "hall");
        row("across the end of a line", "by Patricia\nDavis", "Patricia Davis", "Patricia Davis");
        row("across indented lines", "by Patricia\n    Davis", "Patricia Davis", "Patricia Davis");
        row("between quotation marks", "name = \"salmon\";", "salmon", "salmon");
        row("between curly ones", "\u201Csalmon\u201D", "salmon", "salmon");
        row("not from inside a word", "the misalliance", "alliance", "|");
        row("nor to inside of one", "the hallway", "hall", "hall|");
        row("a number", "limit = 6.79;", "6.79", "6.79");
        row("not a part of it", "limit = 6.79;", "6", "6|");
        row("nor of a long one", "It cost 8,254 crowns.", "254", "|");
        row("two numbers", "f(10,20)", "10", "10");
        row("the second", "f(10,20)", "20", "20");
        row("a thousand more", "It cost 8,254 crowns.", "8,254", "8,254");
        row("no part of a syllable block", "\uD55C\uAD6D\uC5B4", "\uD55C\uAD6D", "\uD55C\uAD6D|");
        row("an identifier", "kMaxFish_2 = 0xa78", "0xa78", "0xa78");
        row("no part of an identifier", "max_fish", "fish", "|");
        row("letters with marks", "Er heißt Jürgen.", "Jürgen", "Jürgen");
        row("a script without spaces", "他在厨房里。", "厨房", "厨房");
        row("a phrase", "Anna is in the hall.", "not stated", "not stated");
        row("half of it", "Anna is in the hall.", "not", "not|");
        row("its other half", "Anna is in the hall.", "stated", "|");
        row("its beginning, from the text", "It was not there.", "not there", "not there");
        row("nothing else", "Anna is in the hall.", "kitchen", "|");
        row("nor a text and then a phrase", "Anna is", "is not stated", "is");
    }
    void quotes_whole_words() {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, answer);
        QFETCH(QByteArray, through);
        const std::string begun = this->through(text.toStdString(), answer.toStdString());
        if (through == "|") // pieces may reach into a word's beginning, but the answer never gets whole
            QVERIFY2(begun.ends_with("|") && begun.size() <= answer.toStdString().size(), begun.c_str());
        else
            QCOMPARE(QByteArray::fromStdString(begun), through);
    }

    void knows_the_beginning_of_an_answer() {
        Quotation quotation = of("room 5");
        QVERIFY(!quotation.may_end()); // an empty answer is none
        const TokenId space = tokenizer_->encode("5").ids.front();
        QCOMPARE(tokenizer_->bytes_of(space), std::string_view(" "));
        QVERIFY(quotation.allows(space));
        quotation.add(space);
        QVERIFY(!quotation.allows(space)); // one space, not many
        QVERIFY(!quotation.may_end());
    }

    void special_tokens_are_never_quoted() {
        const Quotation quotation = of("<q> where </s> newline\n");
        for (const TokenId special : {1, 2, 3, 4, 5})
            QVERIFY(!quotation.allows(special));
    }

    void an_empty_text_leaves_the_phrases() {
        QCOMPARE(through("", "not stated"), std::string("not stated"));
        QCOMPARE(through("", "hall"), std::string("|"));
    }

    void a_character_is_not_cut() {
        Quotation quotation = of("J\u00FCrgen");
        const auto byte = [&](unsigned char value) {
            TokenId id = 0; // the byte pieces are the only ones of one byte above 0x7F
            while (tokenizer_->bytes_of(id) != std::string(1, static_cast<char>(value)))
                ++id;
            return id;
        };
        QVERIFY(!quotation.allows(byte(0xBC))); // its second byte
        Quotation chinese = of("\u4ED6\u5728");
        QVERIFY(chinese.allows(byte(0xE4)));
        QVERIFY(!chinese.allows(byte(0xBB)));
        chinese.add(byte(0xE4));
        QVERIFY(!chinese.may_end());
        chinese.add(byte(0xBB));
        QVERIFY(!chinese.may_end());
        chinese.add(byte(0x96));
        QVERIFY(chinese.may_end());
    }

    void a_word_that_goes_on_behind_the_reach_is_no_quotation() {
        const std::string text =
            "Anna Haverstrom is in the Nethercliff sitting-room, Ruvekesh and Dolzimar too.";
        const std::vector<TokenId> ids = tokenizer_->encode(text).ids;
        std::size_t cut_words = 0;
        for (std::size_t reach = 0; reach <= ids.size(); ++reach) {
            const std::string seen = tokenizer_->decode(std::span(ids).first(reach));
            const std::string last = seen.substr(seen.find_last_of(' ') + 1);
            Quotation quotation(*tokenizer_, ids, reach, phrases);
            bool whole = !last.empty();
            for (const TokenId id : tokenizer_->encode(last).ids) {
                whole = whole && quotation.allows(id);
                if (whole)
                    quotation.add(id);
            }
            const auto letter = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
            if (last.empty() || !letter(last.back()))
                continue;
            const bool cut = seen.size() < text.size() && letter(text[seen.size()]);
            cut_words += cut ? 1 : 0;
            QVERIFY2((whole && quotation.may_end()) != cut, last.c_str());
        }
        QVERIFY(cut_words > 3);
    }

    /// Whoever takes any allowed tokens, until the answer may stop, has quoted: whatever the text.
    void whatever_is_allowed_is_quoted() {
        std::mt19937 random(3);
        int endings = 0;
        for (int round = 0; round < 60; ++round) {
            const std::string text = random_text(random, 40);
            const std::vector<TokenId> ids = tokenizer_->encode(text).ids;
            std::string spelled; // what the tokens stand for, with single spaces
            for (const TokenId id : ids)
                spelled += tokenizer_->bytes_of(id);
            for (char& c : spelled)
                c = std::string_view("\n\t\r\f\v").find(c) == std::string_view::npos ? c : ' ';
            while (spelled.find("  ") != std::string::npos)
                spelled.replace(spelled.find("  "), 2, " ");

            Quotation quotation(*tokenizer_, ids, ids.size(), phrases);
            std::string answer;
            for (int length = 0; length < 12; ++length) {
                std::vector<TokenId> allowed;
                for (TokenId id = 0; id < tokenizer_->vocab_size(); ++id)
                    if (quotation.allows(id))
                        allowed.push_back(id);
                if (allowed.empty())
                    break;
                const TokenId next = allowed[random() % allowed.size()];
                quotation.add(next);
                answer += tokenizer_->bytes_of(next);
                std::string_view quoted = answer;
                quoted.remove_prefix(quoted.starts_with(' ') ? 1 : 0);
                QVERIFY2(spelled.find(quoted) != std::string::npos || phrases[0].starts_with(quoted),
                         answer.c_str());
                if (quotation.may_end()) {
                    QCOMPARE(complete_prefix(quoted), quoted.size()); // no character is cut
                    ++endings;
                }
            }
            QVERIFY(!answer.empty()); // there is always something to begin with
        }
        QVERIFY(endings > 60);
    }

    void words_side_by_side_can_be_given() {
        std::mt19937 random(5);
        constexpr std::array words = {"Anna", "the", "hall", "7", "3.5", "Jürgen", "salmon", "x_1"};
        for (int round = 0; round < 200; ++round) {
            std::vector<std::string> taken;
            std::string text;
            for (int i = 0; i < 30; ++i) {
                taken.emplace_back(words[random() % words.size()]);
                text += (i > 0 ? " " : "") + taken.back();
            }
            const std::size_t first = random() % 28;
            const std::string answer = taken[first] + " " + taken[first + 1];
            QCOMPARE(through(text, answer), answer);
        }
    }
};

} // namespace

QTEST_GUILESS_MAIN(TestQuotation)
#include "tst_quotation.moc"
