#include "cli_runner.h"

using namespace longview::cli::test;

class TestCliCommands : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() { home_ = std::make_unique<Home>(); }

    void helpAndVersion();
    void answersOnStandardOutput();
    void quietSaysNothingElse();
    void standardInput();
    void readThenAsk();
    void textSummaries();
    void asOfAPoint();
    void verifiesGoldenCases();
    void brokenBoundIsExitOne();
    void evaluatesQuestions();
    void exportsAnswers();
    void modelsAndDevices();
    void cache();
    void cacheUpkeep();
    void cacheExportAndImport();
    void optionsBeforeAndAfterTheCommand();
    void questionNamedLikeACommand();
    void samplingBySeed();

private:
    static void verifyKeys(const QJsonObject& object, const QStringList& keys) {
        for (const QString& key : keys)
            QVERIFY2(object.contains(key), qPrintable(key));
    }
    std::unique_ptr<Home> home_;
};

void TestCliCommands::helpAndVersion() {
    const Result version = home_->run({"--version"});
    QCOMPARE(version.code, 0);
    QVERIFY(QRegularExpression("^longview-cli \\d+\\.\\d+\\.\\d+\n$").match(version.out).hasMatch());
    const Result help = home_->run({"--help"});
    QCOMPARE(help.code, 0);
    QVERIFY(help.out.contains("Exit codes"));
    QVERIFY(help.out.contains("LONGVIEW_DATABASE"));
    for (const char* command :
         {"read", "ask", "verify", "evaluate", "export", "models", "devices", "cache"}) {
        QVERIFY2(help.out.contains(command), command);
        const Result one = home_->run({command, "--help"});
        QCOMPARE(one.code, 0);
        QVERIFY(!one.out.isEmpty() && one.err.isEmpty());
    }
    QVERIFY(!QFile::exists(home_->library()));
}

void TestCliCommands::answersOnStandardOutput() {
    const Result result = home_->run({"ask", home_->write("story.txt", story), "Where is Bruce?"});
    QCOMPARE(result.code, 0);
    QCOMPARE(result.out, QString("kitchen\n"));
    QVERIFY(result.err.contains("tokens/s"));
    QVERIFY(
        result.err.contains(QRegularExpression("^The model is (sure|fairly sure|unsure), [0-9]+ %\\.\n")));
    QVERIFY(result.err.contains("Mentioned, found by the words of question and answer:\n"
                                "  line 1: Bruce walked to the kitchen.\n"));
    QCOMPARE(result.err.count('\n'), 4); // those, the timing line, and no progress
}

void TestCliCommands::quietSaysNothingElse() {
    const Result result = home_->run({"--quiet", "ask", home_->write("story.txt", story), "Where is Bruce?"});
    QCOMPARE(result.out, QString("kitchen\n"));
    QCOMPARE(result.err, QString());
}

void TestCliCommands::standardInput() {
    const Result result = home_->run({"ask", "-", "Where is John?", "--json"}, story);
    QCOMPARE(result.code, 0);
    QCOMPARE(result.json()["answer"].toString(), QString("hallway"));
    QCOMPARE(result.json()["document"].toString(), QString("-"));
}

void TestCliCommands::readThenAsk() {
    const QString book = home_->book("book.txt", 3'000);
    const Result read = home_->run({"read", book, "--json", "--schedule", "sequential"});
    QCOMPARE(read.code, 0);
    const QJsonObject reading = read.json();
    verifyKeys(reading, {"segments_total", "segments_computed", "segments_reused", "read_ms",
                         "tokens_per_second", "diagonals", "schedule"});
    const int segments = reading["segments_total"].toInt();
    QVERIFY(segments >= 3);
    QCOMPARE(reading["segments_computed"].toInt(), segments);
    QCOMPARE(reading["diagonals"].toInt(), segments * 12); // groups of one cell: twelve layers
    QCOMPARE(reading["schedule"].toString(), QString("sequential"));
    QVERIFY(reading["tokens_per_second"].toDouble() > 0);

    const Result ask = home_->run({"ask", book, "Where is Bruce?", "--json"});
    QCOMPARE(ask.code, 0);
    const QJsonObject answer = ask.json();
    verifyKeys(answer, {"answer", "answer_tokens", "document_tokens", "segments_total", "segments_computed",
                        "segments_reused", "confidence", "time_to_first_token_ms", "tokens_per_second",
                        "model", "device", "stopped_because"});
    QCOMPARE(answer["segments_computed"].toInt(), 0);
    QCOMPARE(answer["segments_reused"].toInt(), segments);
    QVERIFY(answer["answer_tokens"].isArray() && !answer["answer_tokens"].toArray().isEmpty());
    QCOMPARE(answer["stopped_because"].toString(), QString("stop_token"));
    QCOMPARE(answer["model"].toString(), QString("default"));
}

void TestCliCommands::textSummaries() {
    const QString book = home_->book("book.txt", 1'500);
    const Result first = home_->run({"read", book});
    QCOMPARE(first.code, 0);
    QVERIFY(first.out.contains("1 segments read, 0 reused, of 1"));
    QCOMPARE(first.err, QString("longview-cli: Nothing is known yet: 1 segment to read.\n"));
    const Result second = home_->run({"read", book});
    QVERIFY(second.out.contains("0 segments read, 1 reused"));
    QVERIFY(second.err.isEmpty());
    const Result more = home_->run({"read", home_->book("book.txt", 3'000)});
    QVERIFY(more.err.contains(QRegularExpression("1 of \\d segments are known; \\d to read\\.")));
}

void TestCliCommands::asOfAPoint() {
    const QByteArray filler = "Nothing happened on that day, and the day was long. ";
    const QString book = home_->write("book.md", "# Book\n\n## One\n\n" + story + "\n## Two\n\n" +
                                                     filler.repeated(60) + "Bruce walked to the garden.\n");
    const QJsonObject first =
        home_->run({"ask", book, "Where is Bruce?", "--as-of", "chapter:1", "--json"}).json();
    QCOMPARE(first["answer"].toString(), QString("kitchen"));
    QVERIFY(first["as_of"].toString().endsWith("chapter 1 of 2"));
    QCOMPARE(first["segments_computed"].toInt(), 0);
    const Result half = home_->run({"ask", "--as-of=50%", book, "Where is Bruce?"});
    QCOMPARE(half.code, 0);
    QVERIFY(half.err.contains("; as of segment 1 of "));
    QVERIFY(home_->run({"ask", book, "Where is Bruce?", "--json"}).json()["as_of"].isNull());
    const QJsonArray kept = home_->run({"export", book, "--json"}).json()["exchanges"].toArray();
    QCOMPARE(kept[0].toObject()["as_of"], first["as_of"]);
    QVERIFY(kept[2].toObject()["as_of"].isNull());
    const Result missing = home_->run({"ask", book, "Where is Bruce?", "--as-of", "chapter:7"});
    QCOMPARE(missing.code, 3);
    QVERIFY(missing.err.contains("has 2 chapters"));
    const Result nonsense = home_->run({"ask", book, "Where is Bruce?", "--as-of", "soon"});
    QCOMPARE(nonsense.code, 2);
    QVERIFY(is_one_sentence(nonsense.err));
}

void TestCliCommands::verifiesGoldenCases() {
    const QString tiny = FIXTURES "/tiny";
    const Result json = home_->run({"verify", tiny, tiny + "/expected.safetensors", "--json"});
    QCOMPARE(json.code, 0);
    verifyKeys(json.json(),
               {"logits", "A", "z", "generated_logits", "tokens_equal", "schedules_bit_identical"});
    QVERIFY(json.json()["tokens_equal"].toBool());
    QVERIFY(json.json()["schedules_bit_identical"].toBool());
    QVERIFY(json.json()["logits"].toDouble() <= 5e-6);
    const Result text = home_->run(
        {"verify", tiny, tiny + "/expected.safetensors", "--schedule", "diagonal", "--device", "cpu"});
    QCOMPARE(text.code, 0);
    QVERIFY(text.out.contains("Passed"));
    QVERIFY(!text.out.contains("schedules_bit_identical"));
    QVERIFY(!QFile::exists(home_->library()));
}

void TestCliCommands::brokenBoundIsExitOne() {
    QFile expected(FIXTURES "/tiny/expected.safetensors");
    QVERIFY(expected.open(QFile::ReadOnly));
    QByteArray bytes = expected.readAll();
    bytes[bytes.size() - 4] = static_cast<char>(bytes[bytes.size() - 4] ^ 1); // the last input token
    const Result result =
        home_->run({"verify", FIXTURES "/tiny", home_->write("changed.safetensors", bytes), "--json"});
    QCOMPARE(result.code, 1);
    QVERIFY(!result.json()["passed"].toBool());
}

void TestCliCommands::evaluatesQuestions() {
    home_->write("story.txt", story);
    const QString questions =
        home_->write("q.jsonl", "{\"doc\": \"story.txt\", \"question\": \"Where is Bruce?\", \"answer\": "
                                "\"kitchen\", \"family\": \"where\"}\n"
                                "{\"doc\": \"story.txt\", \"question\": \"Where is John?\", \"answer\": "
                                "\"moon\", \"family\": \"moon\"}\n");
    const Result json =
        home_->run({"evaluate", questions, "--json", "--output", home_->path("answers.jsonl")});
    QCOMPARE(json.code, 0);
    QCOMPARE(json.json()["all"].toObject()["right"].toInt(), 1);
    QCOMPARE(json.json()["all"].toObject()["total"].toInt(), 2);
    QCOMPARE(json.json()["by_family"].toObject()["where"].toObject()["accuracy"].toDouble(), 1.0);
    QCOMPARE(
        json.json()["by_family_and_length"].toObject()["moon"].toObject()["32"].toObject()["right"].toInt(),
        0);
    QFile answers(home_->path("answers.jsonl"));
    QVERIFY(answers.open(QFile::ReadOnly));
    const QList<QByteArray> lines = answers.readAll().trimmed().split('\n');
    QCOMPARE(lines.size(), 2);
    QCOMPARE(QJsonDocument::fromJson(lines[1]).object()["given"].toString(), QString("hallway"));
    QVERIFY(!QFile::exists(home_->library())); // the person's own library is left alone

    const Result text = home_->run({"evaluate", questions});
    QVERIFY(text.out.contains("where"));
    QVERIFY(text.out.contains("1 of 2 answers are right"));
    QVERIFY(text.out.contains("Right when the model is "));
    QVERIFY(!json.json()["by_certainty"].toObject().isEmpty());

    QVERIFY(json.json()["quoted"].toBool());
    const Result free = home_->run({"evaluate", questions, "--free", "--json"});
    QCOMPARE(free.code, 0);
    QVERIFY(!free.json()["quoted"].toBool());
}

void TestCliCommands::exportsAnswers() {
    const QString file = home_->write("story.txt", story);
    QCOMPARE(home_->run({"ask", file, "Where is Bruce?"}).code, 0);
    const Result markdown = home_->run({"export", file});
    QCOMPARE(markdown.code, 0);
    QVERIFY(markdown.out.contains("## Where is Bruce?\n\n> kitchen\n"));
    QVERIFY(markdown.out.contains("- line 1: Bruce walked to the kitchen.\n"));
    const Result json = home_->run({"export", file, "--format", "json"});
    QCOMPARE(json.json()["exchanges"].toArray()[0].toObject()["answer"].toString(), QString("kitchen"));
    QCOMPARE(home_->run({"export", file, "--json"}).out, json.out);

    const Result to_file = home_->run({"export", file, "-o", home_->path("report.md")});
    QCOMPARE(to_file.code, 0);
    QVERIFY(to_file.out.isEmpty());
    QFile report(home_->path("report.md"));
    QVERIFY(report.open(QFile::ReadOnly));
    QCOMPARE(QString::fromUtf8(report.readAll()), markdown.out);

    QVERIFY(QFile::remove(file)); // its answers are still known by its path
    QCOMPARE(home_->run({"export", file}).out, markdown.out);
}

void TestCliCommands::modelsAndDevices() {
    const QJsonArray models = home_->run({"models", "--json"}).list();
    QVERIFY(!models.isEmpty());
    bool usable = false;
    for (const auto& model : models)
        usable |= model.toObject()["name"].toString() == "default" && model.toObject()["usable"].toBool();
    QVERIFY(usable);
    QVERIFY(home_->run({"models"}).out.contains("default"));
    const QJsonArray devices = home_->run({"devices", "--json"}).list();
    QCOMPARE(devices[0].toObject()["id"].toString(), QString("cpu"));
    QVERIFY(devices[0].toObject()["usable"].toBool());
    QVERIFY(home_->run({"devices"}).out.contains("cpu"));
}

void TestCliCommands::cache() {
    QCOMPARE(home_->run({"cache", "path"}).out, home_->library() + "\n");
    QCOMPARE(
        home_->run({"cache", "path", "--database", "/x/y.sqlite", "--json"}).json()["database"].toString(),
        QString("/x/y.sqlite"));
    QCOMPARE(home_->run({"cache", "list"}).code, 0);
    QVERIFY(home_->run({"cache", "list", "--json"}).list().isEmpty());
    QVERIFY(!QFile::exists(home_->library())); // looking does not create

    const QString one = home_->book("one.txt", 1'500), two = home_->book("two.txt", 1'600);
    QCOMPARE(home_->run({"read", one}).code, 0);
    QCOMPARE(home_->run({"read", two}).code, 0); // the same first segment: one memory serves both
    const QJsonArray list = home_->run({"cache", "list", "--json"}).list();
    QCOMPARE(list.size(), 1);
    QCOMPARE(list[0].toObject()["segments"].toInt(), 1);
    QVERIFY(list[0].toObject()["bytes"].toInt() > 0);
    QVERIFY(home_->run({"cache", "list"}).out.contains("one.txt"));

    QCOMPARE(home_->run({"cache", "remove", one, "--json"}).json()["removed"].toInt(), 0); // "two" needs it
    QCOMPARE(home_->run({"cache", "remove", two, "--json"}).json()["removed"].toInt(), 1);
    QVERIFY(home_->run({"cache", "list", "--json"}).list().isEmpty());
    QCOMPARE(home_->run({"read", one}).code, 0);
    QVERIFY(home_->run({"cache", "remove", "--all"}).out.contains("1 memory removed"));
    QCOMPARE(home_->run({"read", one, "--json"}).json()["segments_computed"].toInt(), 1);
}

void TestCliCommands::cacheUpkeep() {
    QCOMPARE(home_->run({"cache", "prune"}).code, 0);
    QCOMPARE(home_->run({"cache", "verify"}).code, 0);
    QCOMPARE(home_->run({"cache", "vacuum"}).code, 0);
    QVERIFY(!QFile::exists(home_->library())); // there was nothing to do

    const QString book = home_->book("one.txt", 1'500);
    QCOMPARE(home_->run({"read", book}).code, 0);
    QCOMPARE(home_->run({"cache", "budget", "--json"}).json()["budget_bytes"].toInteger(), 10'000'000'000);
    QVERIFY(home_->run({"cache", "budget", "20GB"}).out.contains("20.0 GB"));
    QVERIFY(home_->run({"cache", "list"}).out.contains("of 20.0 GB"));
    QCOMPARE(home_->run({"cache", "budget", "plenty"}).code, 2);

    QCOMPARE(home_->run({"cache", "verify", "--json"}).json()["sound"].toInt(), 1);
    QVERIFY(home_->run({"cache", "pin", book}).out.contains("never pruned"));
    QVERIFY(home_->run({"cache", "list", "--json"}).list()[0].toObject()["pinned"].toBool());
    QCOMPARE(home_->run({"cache", "prune", "--to", "0", "--json"}).json()["removed"].toInt(), 0);
    QCOMPARE(home_->run({"cache", "unpin", book, "--json"}).json()["pinned"].toBool(true), false);
    QCOMPARE(home_->run({"cache", "prune", "--to", "0", "--json"}).json()["removed"].toInt(), 1);
    const QJsonObject vacuum = home_->run({"cache", "vacuum", "--json"}).json();
    QVERIFY(vacuum["bytes"].toInt() < vacuum["bytes_before"].toInt());
    QCOMPARE(home_->run({"cache", "pin", home_->path("nowhere.txt")}).code, 3);
}

void TestCliCommands::cacheExportAndImport() {
    const QString book = home_->book("one.txt", 1'500), file = home_->path("one.lvmem");
    QCOMPARE(home_->run({"cache", "export", book, "-o", file}).code, 3);
    QCOMPARE(home_->run({"read", book}).code, 0);
    const Result exported = home_->run({"cache", "export", book, "-o", file});
    QCOMPARE(exported.code, 0);
    QVERIFY(exported.err.contains("A memory can tell what its document says"));

    const QString other = home_->path("other.sqlite");
    const Result imported = home_->run({"cache", "import", file, "--database", other});
    QCOMPARE(imported.code, 0);
    QVERIFY(imported.out.contains("one.txt"));
    const QJsonObject read = home_->run({"read", book, "--database", other, "--json"}).json();
    QCOMPARE(read["segments_computed"].toInt(), 0);
    QCOMPARE(read["segments_reused"].toInt(), 1);

    QFile damaged(file);
    QVERIFY(damaged.open(QFile::ReadWrite) && damaged.seek(5'000) && damaged.write("x") == 1);
    damaged.close();
    const Result refused = home_->run({"cache", "import", file, "--database", other});
    QCOMPARE(refused.code, 3);
    QVERIFY2(is_one_sentence(refused.err) && refused.err.contains("checksum"), qPrintable(refused.err));
    QCOMPARE(home_->run({"cache", "import", home_->path("nothing.lvmem")}).code, 3);
}

void TestCliCommands::optionsBeforeAndAfterTheCommand() {
    const QString file = home_->write("story.txt", story), other = home_->path("other.sqlite");
    const QStringList global{"--json",   "--model",    RESOURCES "/models/default",
                             "--device", "cpu",        "--threads",
                             "1",        "--database", other};
    const Result before = home_->run(global + QStringList{"ask", file, "Where is Bruce?"});
    const Result after = home_->run(QStringList{"ask", file, "Where is Bruce?"} + global);
    for (const Result& result : {before, after}) {
        QCOMPARE(result.code, 0);
        QCOMPARE(result.json()["device"].toString(), QString("CPU, 1 thread"));
    }
    QVERIFY(QFile::exists(other));
    QVERIFY(!QFile::exists(home_->library()));
}

void TestCliCommands::questionNamedLikeACommand() {
    const Result result = home_->run({"ask", home_->write("story.txt", story), "models", "--json"});
    QCOMPARE(result.code, 0);
    QCOMPARE(result.json()["question"].toString(), QString("models"));
}

void TestCliCommands::samplingBySeed() {
    const QString file = home_->write("story.txt", story);
    const auto answer = [&](const char* seed) {
        return home_
            ->run({"ask", file, "Where is Bruce?", "--json", "--free", "--temperature", "3", "--top-p", "1",
                   "--seed", seed, "--max-tokens", "12"})
            .json()["answer_tokens"]
            .toArray();
    };
    const QJsonArray first = answer("5");
    QVERIFY(!first.isEmpty() && first.size() <= 12);
    QCOMPARE(answer("5"), first);
    QVERIFY(answer("6") != first);
}

QTEST_GUILESS_MAIN(TestCliCommands)
#include "tst_cli_commands.moc"
