#include <QtTest>

#include <algorithm>
#include <utility>

#include "default_model.h"
#include "inference/text/text_normalizer.h"
#include "inference/text/utf8.h"

using namespace longview;

namespace {

void replace_all(std::string& text, const std::string& from, const std::string& to) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from))
        text.replace(at, from.size(), to);
}

const std::pair<std::string, std::string> typography[] = {
    {"\u2018", "'"},   {"\u2019", "'"},  {"\u201A", "'"},  {"\u201B", "'"},  {"\u201C", "\""},
    {"\u201D", "\""},  {"\u201E", "\""}, {"\u201F", "\""}, {"\u2010", "-"},  {"\u2011", "-"},
    {"\u2012", "-"},   {"\u2013", "-"},  {"\u2212", "-"},  {"\u2014", "--"}, {"\u2015", "--"},
    {"\u2026", "..."}, {"\u00A0", " "},  {"\u1680", " "},  {"\u202F", " "},  {"\u205F", " "},
    {"\u3000", " "},   {"\u2000", " "},  {"\u2001", " "},  {"\u2002", " "},  {"\u2003", " "},
    {"\u2004", " "},   {"\u2005", " "},  {"\u2006", " "},  {"\u2007", " "},  {"\u2008", " "},
    {"\u2009", " "},   {"\u200A", " "}};

/// The recipe's own steps, one after the other.
std::string recipe(std::string text) {
    for (const auto& [from, to] : typography)
        replace_all(text, from, to);
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
    row("\u201CIt\u2019s two o\u2019clock,\u201D said Mr.\u00A0King \u2014 \u2018now\u2026\u2019",
        "\"It's two o'clock,\" said Mr. King -- 'now...'");
    row("1939\u20131945, \u22125, 12\u202F000\u00A0\n\u2014x\u2003", "1939-1945, -5, 12 000\n--x");
    row("caf\u00E9 \u00AB\u2032\u00BB", "caf\u00E9 \u00AB\u2032\u00BB");
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
            const auto length = code_point_at(source, origin).length;
            const auto ascii =
                std::find_if(std::begin(typography), std::end(typography), [&](const auto& pair) {
                    return source.compare(origin, length, pair.first) == 0;
                });
            if (ascii != std::end(typography))
                QVERIFY(ascii->second.find(normal.text[at]) != std::string::npos);
            else if (source[origin] == '\t')
                QCOMPARE(normal.text[at], ' ');
            else
                QCOMPARE(normal.text[at], source[origin]);
            if (at > 0 && origin > last) // what lies between was dropped, and is white space
                QVERIFY(trim(source.substr(last, origin - last)).size() <=
                        code_point_at(source, last).length);
            last = origin;
        }
        QCOMPARE(normal.origin.at(normal.text.size()), source.size());
    }
}

QTEST_GUILESS_MAIN(TestTextNormalizer)
#include "tst_text_normalizer.moc"
