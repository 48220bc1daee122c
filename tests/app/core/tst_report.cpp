#include "app/core/report.h"

#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "support.h"

using namespace longview;
using namespace longview::app;
using namespace longview::app::test;
namespace fs = std::filesystem;

namespace {

storage::DocumentRecord record() {
    storage::DocumentRecord document;
    document.content_hash = "00ff";
    document.path = "/books/a_b*c.txt";
    document.title = "A *bold* title # with | signs";
    document.bytes = 1234;
    document.tokens = 321;
    return document;
}

Exchange exchange(const std::string& question, const std::string& answer) {
    Exchange made;
    made.question = question;
    made.answer = answer;
    made.asked_at = "2025-01-31T12:00:00Z";
    made.model = "default";
    made.device = "CPU, 2 threads";
    made.stopped_because = StopReason::max_tokens;
    made.answer_tokens = 7;
    made.as_of = "segment 1 of 4, page 7";
    made.document_tokens = 321;
    made.segments_total = 5;
    made.segments_computed = 2;
    made.segments_reused = 3;
    made.time_to_first_token_ms = 12.34;
    made.tokens_per_second = 56.78;
    made.total_ms = 910.25;
    made.confidence = 0.625;
    made.mentions = {{40, 47, "page 3", "the *big* kitchen"}};
    return made;
}

std::size_t files_in(const fs::path& directory) {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(directory), fs::directory_iterator()));
}

} // namespace

class TestReport : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void markdownHoldsEverything();
    void markdownEscapes();
    void markdownKeepsLines();
    void markdownWithoutQuestions();
    void jsonHoldsEverything();
    void jsonOfInvalidText();
    void writesAndReplaces();
    void failureLeavesNothing();
    void linksKeepPointing();
};

void TestReport::markdownHoldsEverything() {
    const std::string text = markdown_report(record(), {exchange("Where is Bruce?", "kitchen")});
    for (const char* part :
         {"## Where is Bruce?", "> kitchen", "2025-01-31T12:00:00Z", "default on CPU, 2 threads", "| 2 / 3 |",
          "| As of | segment 1 of 4, page 7 |", "7 tokens", "max\\_tokens", "12.3 ms", "56.8", "910.2 ms",
          "| The model is | fairly sure, 62 % |", "1234 bytes", "- page 3: the \\*big\\* kitchen\n"})
        QVERIFY2(contains(text, part), part);
}

void TestReport::markdownEscapes() {
    const std::string text =
        markdown_report(record(), {exchange("Is a|b <script>?", "# no heading\n- no list\n1. no list")});
    QVERIFY(contains(text, "# A \\*bold\\* title \\# with \\| signs\n"));
    QVERIFY(contains(text, "/books/a\\_b\\*c.txt"));
    QVERIFY(contains(text, "## Is a\\|b \\<script\\>?\n"));
    QVERIFY(contains(text, "> \\# no heading\\\n> \\- no list\\\n> 1\\. no list\n"));
}

void TestReport::markdownKeepsLines() {
    const std::string text = markdown_report(record(), {exchange("two\nlines?", "first\n\n      third")});
    QVERIFY(contains(text, "## two lines?\n"));
    QVERIFY(contains(text, "> first\\\n>\n> third\n"));
}

void TestReport::markdownWithoutQuestions() {
    Exchange whole = exchange("What?", "That.");
    whole.as_of.clear();
    whole.confidence.reset();
    QVERIFY(!contains(markdown_report(record(), {whole}), "The model is"));
    whole.mentions.clear();
    QVERIFY(!contains(markdown_report(record(), {whole}), "Mentioned"));
    QVERIFY(!contains(markdown_report(record(), {whole}), "As of"));
    QVERIFY(contains(markdown_report(record(), {}), "Nothing has been asked yet."));
    QVERIFY(contains(markdown_report(record(), {exchange("What?", "")}), "*No answer.*"));
}

void TestReport::jsonHoldsEverything() {
    const std::string answer = "\"quoted\" \\ and\nline \xE2\x82\xAC";
    const auto report =
        nlohmann::json::parse(json_report(record(), {exchange("a?", answer), exchange("b?", "")}));
    QCOMPARE(report.at("document").at("tokens").get<int>(), 321);
    QCOMPARE(report.at("document").at("path").get<std::string>(), record().path);
    QCOMPARE(report.at("exchanges").size(), std::size_t{2});
    const auto& first = report.at("exchanges").at(0);
    QCOMPARE(first.at("answer").get<std::string>(), answer);
    QCOMPARE(first.at("stopped_because").get<std::string>(), std::string("max_tokens"));
    QCOMPARE(first.at("time_to_first_token_ms").get<double>(), 12.34);
    QCOMPARE(first.at("segments_reused").get<int>(), 3);
    QCOMPARE(first.at("as_of").get<std::string>(), std::string("segment 1 of 4, page 7"));
    QCOMPARE(first.at("answer_token_count").get<int>(), 7);
    QCOMPARE(first.at("confidence").get<double>(), 0.625);
    QCOMPARE(first.at("mentions").size(), std::size_t{1});
    QCOMPARE(first.at("mentions").at(0).at("location").get<std::string>(), std::string("page 3"));
    QCOMPARE(first.at("mentions").at(0).at("begin").get<int>(), 40);
}

void TestReport::jsonOfInvalidText() {
    const auto report = nlohmann::json::parse(json_report(record(), {exchange("a?", "bad \xFF byte")}));
    QCOMPARE(report.at("exchanges").at(0).at("answer").get<std::string>(),
             std::string("bad \xEF\xBF\xBD byte"));
}

void TestReport::writesAndReplaces() {
    const QTemporaryDir directory;
    const fs::path file = path_of(directory) / "report.md";
    write_file(file, "first, and longer");
    write_file(file, "second");
    QCOMPARE(file_bytes(file), std::string("second"));
    QCOMPARE(files_in(path_of(directory)), std::size_t{1});
    const mode_t mask = umask(0);
    umask(mask);
    struct stat status {};
    QCOMPARE(stat(file.c_str(), &status), 0);
    QCOMPARE(status.st_mode & 0777, 0666 & ~mask);
}

void TestReport::failureLeavesNothing() {
    const QTemporaryDir directory;
    const fs::path taken = path_of(directory) / "taken";
    fs::create_directories(taken / "inside");
    const auto onto_directory = error_of([&] { write_file(taken, "text"); });
    QVERIFY(onto_directory);
    QCOMPARE(onto_directory->kind, ErrorKind::storage);
    QVERIFY(contains(onto_directory->sentence, taken.string()));
    QCOMPARE(files_in(path_of(directory)), std::size_t{1}); // no temporary file stays

    const auto no_folder = error_of([&] { write_file(path_of(directory) / "absent/report.md", "text"); });
    QVERIFY(no_folder);
    QCOMPARE(no_folder->kind, ErrorKind::storage);
}

void TestReport::linksKeepPointing() {
    const QTemporaryDir directory;
    const fs::path target = path_of(directory) / "target.md", link = path_of(directory) / "link.md";
    put_file(target, "old");
    fs::create_symlink(target, link);
    write_file(link, "new");
    QVERIFY(fs::is_symlink(link));
    QCOMPARE(file_bytes(target), std::string("new"));
}

QTEST_GUILESS_MAIN(TestReport)
#include "tst_report.moc"
