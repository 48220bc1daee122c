#include <QtTest>

#include "app/importers/markdown.h"

using namespace longview;

namespace {

/// "1 Title@0; 2 Other@12" for the headings of `text`.
QString headings(const std::string& text) {
    QStringList list;
    for (const auto& section : app::markdown_headings(text))
        list += QStringLiteral("%1 %2@%3")
                    .arg(section.level)
                    .arg(QString::fromStdString(section.title))
                    .arg(section.begin);
    return list.join("; ");
}

} // namespace

class TestMarkdown : public QObject {
    Q_OBJECT
private slots:
    void headingsOf_data();
    void headingsOf();
};

void TestMarkdown::headingsOf_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char* name, const char* text, const char* expected) {
        QTest::newRow(name) << QString::fromUtf8(text) << QString::fromUtf8(expected);
    };
    row("levels", "# A\n## B\n###### F\n####### no\n", "1 A@0; 2 B@4; 6 F@9");
    row("needs a space", "#no\n#\tyes\n", "1 yes@4");
    row("closing marks", "# A ##\n# B#\n# C # #\n# #\n", "1 A@0; 1 B#@7; 1 C #@12");
    row("empty", "#\n##  \n", "");
    row("indented", "   # A\n    # code\n\t# code\n", "1 A@0");
    row("no newline at the end", "x\n\n# A", "1 A@3");
    row("not ASCII", "é\n\n# Café\n", "1 Café@4");
    row("setext", "Title\n=====\nSub\n---\n", "1 Title@0; 2 Sub@12");
    row("setext of two lines", "Two\nlines\n===\n", "1 Two lines@0");
    row("thematic break is none", "text\n\n---\nmore\n\n***\n- - -\nend\n", "");
    row("setext after a break", "***\nTitle\n===\n", "1 Title@4");
    row("list, quote, table", "- item\n---\n\n> quote\n===\n\n1. one\n---\n\n| a |\n---\n", "");
    row("underline with a blank above", "text\n\n===\n", "");
    row("heading ends a paragraph", "text\n# A\n===\n", "1 A@5");
    row("fence", "```sh\n# no\n```\n# A\n", "1 A@15");
    row("longer fence", "````\n```\n# no\n````\n# A\n", "1 A@19");
    row("tilde fence", "~~~\n```\n# no\n~~~\n# A\n", "1 A@17");
    row("unclosed fence", "# A\n```\n# no\n", "1 A@0");
    row("code span is no fence", "``` a ``` b\n# A\n", "1 A@12");
    row("front matter", "---\ntitle: x\n---\n# A\n", "1 A@17");
    row("break is no front matter", "---\n# A\n", "1 A@4");
    row("nothing", "", "");
}

void TestMarkdown::headingsOf() {
    QFETCH(QString, text);
    QFETCH(QString, expected);
    QCOMPARE(headings(text.toStdString()), expected);
}

QTEST_GUILESS_MAIN(TestMarkdown)
#include "tst_markdown.moc"
