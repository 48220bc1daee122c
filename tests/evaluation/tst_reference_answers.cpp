#include "app/core/evaluation.h"

#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QtTest>

using namespace longview;
using namespace longview::app;

/// The whole path from text to answer, against what reference_answers.py, which shares no code with it,
/// answered.
class TestReferenceAnswers : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void answersAreTheReferences();
};

namespace {

const std::string here = FIXTURES "/../evaluation/";
constexpr int longest_document = 1200; ///< tokens: several segments, and still a quick test

std::vector<QJsonObject> reference_lines() {
    std::vector<QJsonObject> lines;
    QFile file(QString::fromStdString(here + "small_reference.jsonl"));
    if (!file.open(QIODevice::ReadOnly))
        return lines;
    while (!file.atEnd())
        lines.push_back(QJsonDocument::fromJson(file.readLine()).object());
    return lines;
}

} // namespace

void TestReferenceAnswers::answersAreTheReferences() {
    const std::vector<EvaluationItem> items = load_evaluation(here + "small.jsonl");
    const std::vector<QJsonObject> lines = reference_lines();
    QCOMPARE(lines.size(), items.size());
    std::vector<EvaluationItem> asked;
    std::vector<QJsonObject> expected;
    for (std::size_t i = 0; i < items.size(); ++i) {
        QCOMPARE(lines[i]["question"].toString().toStdString(), items[i].question);
        if (lines[i]["document_tokens"].toInt() > longest_document)
            continue;
        asked.push_back(items[i]);
        expected.push_back(lines[i]);
    }
    QVERIFY(asked.size() > 40);

    const QTemporaryDir directory;
    Model model = open_model(RESOURCES "/models/default", "cpu", 0);
    storage::Database library(directory.path().toStdString() + "/library.sqlite");
    Session session(model, library);
    const Evaluation evaluation = evaluate(session, here, asked, {.quote = false}, {}, {});
    QCOMPARE(evaluation.answers.size(), asked.size());
    for (std::size_t i = 0; i < asked.size(); ++i) {
        const Evaluation::Answer& answer = evaluation.answers[i];
        QCOMPARE(answer.document_tokens, expected[i]["document_tokens"].toInteger());
        QVERIFY2(answer.given == expected[i]["given"].toString().toStdString(), answer.item.question.c_str());
        QCOMPARE(answer.right, expected[i]["right"].toBool());
    }
}

QTEST_GUILESS_MAIN(TestReferenceAnswers)
#include "tst_reference_answers.moc"
