#include "app/core/evaluation.h"

#include <map>

#include "app/importers/import.h"
#include "support.h"

using namespace longview;
using namespace longview::app;
using namespace longview::app::test;

class TestEvaluation : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void parsesItems();
    void refusesBadLines_data();
    void refusesBadLines();
    void refusesMissingFiles();
    void countsExactMatches();
    void typographyIsNoMistake();
    void documentsBesideTheQuestions();
    void missingDocumentIsAnInputError();
    void samplesHoldTheirAnswers();
    void stopKeepsWhatWasAnswered();

private:
    std::vector<EvaluationItem> load(const std::string& lines) const {
        put_file(path_of(directory_) / "q.jsonl", lines);
        return load_evaluation(path_of(directory_) / "q.jsonl");
    }

    QTemporaryDir directory_;
    std::optional<Model> model_;
    std::optional<storage::Database> library_;
};

namespace {

const std::string story = "John moved to the hallway. Bruce walked to the kitchen. The boy was glad.";

EvaluationItem item(const std::string& question, const std::string& answer, const std::string& family) {
    return {"", story, question, answer, family};
}

} // namespace

void TestEvaluation::initTestCase() {
    model_ = open_model(RESOURCES "/models/default", "cpu", 0);
    library_.emplace(path_of(directory_) / "library.sqlite");
}

void TestEvaluation::parsesItems() {
    const auto items =
        load("{\"doc\": \"a.txt\", \"question\": \"q1\", \"answer\": \"x\", \"family\": \"f\", \"more\": 1}\n"
             "\n"
             "{\"text\": \"t\", \"question\": \"q2\", \"answer\": \"y\"}\r\n"
             "{\"document\": \"b.txt\", \"question\": \"q3\", \"answer\": \"z\"}");
    QCOMPARE(items.size(), std::size_t{3});
    QCOMPARE(items[0].document, std::string("a.txt"));
    QCOMPARE(items[0].family, std::string("f"));
    QCOMPARE(items[1].text, std::string("t"));
    QCOMPARE(items[1].family, std::string());
    QCOMPARE(items[2].document, std::string("b.txt"));
    QCOMPARE(items[2].answer, std::string("z"));
}

void TestEvaluation::refusesBadLines_data() {
    QTest::addColumn<QString>("line");
    QTest::addColumn<QString>("named");
    QTest::newRow("no JSON") << "question?"
                             << "JSON";
    QTest::newRow("cut off") << "{\"doc\": \"a\""
                             << "JSON";
    QTest::newRow("a list") << "[1]"
                            << "JSON object";
    QTest::newRow("no question") << R"({"doc": "a", "answer": "x"})"
                                 << "question";
    QTest::newRow("no answer") << R"({"doc": "a", "question": "x"})"
                               << "answer";
    QTest::newRow("no document") << R"({"question": "a", "answer": "x"})"
                                 << "doc";
    QTest::newRow("both documents") << R"({"doc": "d", "text": "t", "question": "a", "answer": "x"})"
                                    << "doc";
    QTest::newRow("a number") << R"({"doc": "d", "question": 7, "answer": "x"})"
                              << "question";
}

void TestEvaluation::refusesBadLines() {
    QFETCH(QString, line);
    QFETCH(QString, named);
    const std::string good = R"({"doc": "a", "question": "q", "answer": "x"})";
    const auto error = error_of([&] { load(good + "\n" + line.toStdString() + "\n"); });
    QVERIFY(error);
    QCOMPARE(error->kind, ErrorKind::input);
    QVERIFY(contains(error->sentence, "q.jsonl, line 2"));
    QVERIFY2(contains(error->sentence, named.toStdString()), error->sentence.c_str());
}

void TestEvaluation::refusesMissingFiles() {
    for (const auto& path : {path_of(directory_) / "absent.jsonl", path_of(directory_)}) {
        const auto error = error_of([&] { load_evaluation(path); });
        QVERIFY(error);
        QCOMPARE(error->kind, ErrorKind::input);
    }
    const auto empty = error_of([&] { load("\n \n"); });
    QVERIFY(empty);
    QVERIFY(contains(empty->sentence, "no question"));
}

void TestEvaluation::countsExactMatches() {
    Session session(*model_, *library_);
    std::vector<std::pair<std::size_t, std::size_t>> progress;
    const Evaluation evaluation =
        evaluate(session, {},
                 {item("Where is Bruce?", " kitchen\n", "right"), item("Where is Bruce?", "kitche", "wrong"),
                  item("Where is John?", "hallway", "right")},
                 {}, [&](std::size_t done, std::size_t total) { progress.emplace_back(done, total); }, {});
    QCOMPARE(evaluation.all.total, 3);
    QCOMPARE(evaluation.all.right, 2);
    QCOMPARE(evaluation.by_family.at("right").right, 2);
    QCOMPARE(evaluation.by_family.at("wrong").right, 0);
    QCOMPARE(evaluation.by_family.at("wrong").total, 1);
    QCOMPARE(evaluation.answers.size(), std::size_t{3});
    QCOMPARE(evaluation.answers[1].given, std::string("kitchen"));
    QVERIFY(!evaluation.answers[1].right);
    const std::int64_t tokens = evaluation.answers[0].document_tokens;
    QVERIFY(tokens > 16 && tokens <= 32);
    QCOMPARE(evaluation.by_length.at(32).total, 3);
    QCOMPARE(evaluation.by_family_and_length.at({"right", 32}).right, 2);
    QCOMPARE(progress, (std::vector<std::pair<std::size_t, std::size_t>>{{1, 3}, {2, 3}, {3, 3}}));
    QVERIFY(!evaluation.cancelled);
    std::int64_t told = 0; // each quoted answer is counted under how sure the model was
    for (const auto& [certainty, score] : evaluation.by_certainty)
        told += score.total;
    QCOMPARE(told, 3);
    QVERIFY(*evaluation.answers[0].confidence > 0);
}

void TestEvaluation::typographyIsNoMistake() {
    Session session(*model_, *library_);
    const std::string text = "The lunch with Ruth Pall was at 2 o’clock. Bruce walked to the kitchen.";
    const Evaluation evaluation =
        evaluate(session, {},
                 {{"", text, "When was the lunch with Ruth Pall?", "2 o’clock", ""},
                  {"", text, "When was the lunch with Ruth Pall?", "2 o'clock", ""},
                  {"", text, "When was the lunch with Ruth Pall?", "2 o clock", ""}},
                 {}, {}, {});
    QCOMPARE(evaluation.answers[0].given, std::string("2 o'clock"));
    QVERIFY(evaluation.answers[0].right && evaluation.answers[1].right && !evaluation.answers[2].right);
}

void TestEvaluation::documentsBesideTheQuestions() {
    put_file(path_of(directory_) / "texts/story.txt", story);
    Session session(*model_, *library_);
    const Evaluation evaluation = evaluate(session, path_of(directory_) / "texts",
                                           {{"story.txt", "", "Where is John?", "hallway", ""}}, {}, {}, {});
    QCOMPARE(evaluation.all.right, 1);
}

void TestEvaluation::missingDocumentIsAnInputError() {
    Session session(*model_, *library_);
    const auto error = error_of([&] {
        evaluate(session, path_of(directory_), {{"absent.txt", "", "q?", "a", ""}}, {}, {}, {});
    });
    QVERIFY(error);
    QCOMPARE(error->kind, ErrorKind::input);
}

/// The samples can be read, and say what the questions about them ask for, in these words.
void TestEvaluation::samplesHoldTheirAnswers() {
    const std::filesystem::path samples = RESOURCES "/samples";
    const auto items = load_evaluation(samples / "questions.jsonl");
    std::map<std::string, std::string> texts;
    for (const EvaluationItem& item : items) {
        std::string& text = texts[item.document];
        if (text.empty())
            text = import_path(samples / item.document).document.text;
        const bool answerable = item.family != "unans";
        QCOMPARE(item.answer == "not stated", !answerable);
        QVERIFY2(!answerable || contains(text, item.answer), item.question.c_str());
    }
    QCOMPARE(texts.size(), std::size_t{4});
    QVERIFY(items.size() >= 40);
}

void TestEvaluation::stopKeepsWhatWasAnswered() {
    Session session(*model_, *library_);
    std::stop_source stop;
    const Evaluation evaluation = evaluate(
        session, {}, {item("Where is Bruce?", "kitchen", "a"), item("Where is John?", "hallway", "a")}, {},
        [&](std::size_t, std::size_t) { stop.request_stop(); }, stop.get_token());
    QVERIFY(evaluation.cancelled);
    QCOMPARE(evaluation.all.total, 1);
    QCOMPARE(evaluation.answers.size(), std::size_t{1});
}

QTEST_GUILESS_MAIN(TestEvaluation)
#include "tst_evaluation.moc"
