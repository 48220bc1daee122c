#include <QtTest>

#include "default_model.h"
#include "inference/text/text_normalizer.h"

using namespace longview;

namespace {

void replace_all(std::string& text, const std::string& from, const std::string& to) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from))
        text.replace(at, from.size(), to);
}

/// The recipe's own steps, one after the other.
std::string recipe(std::string text) {
    replace_all(text, "\r", "");
    replace_all(text, "\t", "    ");
    replace_all(text, " \n", "\n");
    replace_all(text, "\n\n", "\n");
    return std::string(trim(text));
}

} // namespace

class TestTextNormalizer : public QObject {
    Q_OBJECT
private slots:
    void doesWhatTheRecipeDid_data();
    void doesWhatTheRecipeDid();
    void agreesWithTheRecipeOnAnything();
    void mapsEveryByte();
};

void TestTextNormalizer::doesWhatTheRecipeDid_data() {
    QTest::addColumn<QString>("source");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char* source, const char* expected) {
        QTest::newRow(expected) << QString::fromUtf8(source) << QString::fromUtf8(expected);
    };
    // Results of the training script's clean_code.
    row("a  \r\n\r\n\tb\t\n \n\n c \u00a0\n", "a\n    b\n c");
    row("\u3000\n x\ty \n", "x    y");
    row("\v\n\r\r a \r \n\r\n b", "a\n b");
    row("\n \n", "");
    row("a\u2028\n\u2028\n", "a");
    row("x\r", "x");
    row("a \r b", "a  b");
}

void TestTextNormalizer::doesWhatTheRecipeDid() {
    QFETCH(QString, source);
    QFETCH(QString, expected);
    QCOMPARE(QString::fromStdString(normalize(source.toStdString()).text), expected);
}

void TestTextNormalizer::agreesWithTheRecipeOnAnything() {
    std::mt19937 random(3);
    for (int round = 0; round < 2000; ++round) {
        const auto text = random_text(random, random() % 25);
        QCOMPARE(normalize(text).text, recipe(text));
    }
}

void TestTextNormalizer::mapsEveryByte() {
    std::mt19937 random(4);
    for (int round = 0; round < 1000; ++round) {
        const auto source = random_text(random, random() % 25);
        const auto normal = normalize(source);
        std::size_t last = 0;
        for (std::size_t at = 0; at < normal.text.size(); ++at) {
            const auto origin = normal.origin.at(at);
            QVERIFY(origin >= last && origin < source.size());
            if (source[origin] == '\t')
                QCOMPARE(normal.text[at], ' ');
            else
                QCOMPARE(normal.text[at], source[origin]);
            for (auto dropped = last + 1; at > 0 && dropped < origin; ++dropped)
                QVERIFY(std::string(" \t\r\n").find(source[dropped]) != std::string::npos);
            last = origin;
        }
        QCOMPARE(normal.origin.at(normal.text.size()), source.size());
    }
}

QTEST_GUILESS_MAIN(TestTextNormalizer)
#include "tst_text_normalizer.moc"
