#include <csignal>
#include <sys/resource.h>
#include <unistd.h>

#include "cli_runner.h"

using namespace longview::cli::test;

class TestCliBadInput : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() { home_ = std::make_unique<Home>(); }

    void usage_data();
    void usage();
    void documents_data();
    void documents();
    void unreadableDocument();
    void shortDocumentsWork_data();
    void shortDocumentsWork();
    void badQuestion();
    void models_data();
    void models();
    void unknownModel();
    void devices();
    void evaluationFiles();
    void exportOfTheUnknown();
    void exportOnto();
    void outputThatNobodyTakes();

private:
    void verifyFailure(const Result& result, int code) {
        QVERIFY2(is_one_sentence(result.err), qPrintable(result.err));
        QCOMPARE(result.code, code);
        QVERIFY(result.out.isEmpty());
    }
    std::unique_ptr<Home> home_;
};

void TestCliBadInput::usage_data() {
    QTest::addColumn<QStringList>("arguments");
    QTest::newRow("nothing") << QStringList{};
    QTest::newRow("unknown command") << QStringList{"write"};
    QTest::newRow("unknown option") << QStringList{"models", "--fast"};
    QTest::newRow("no file") << QStringList{"read"};
    QTest::newRow("no question") << QStringList{"ask", "a.txt"};
    QTest::newRow("negative threads") << QStringList{"models", "--threads", "-1"};
    QTest::newRow("threads in words") << QStringList{"models", "--threads", "two"};
    QTest::newRow("unknown schedule") << QStringList{"read", "a.txt", "--schedule", "zigzag"};
    QTest::newRow("no token") << QStringList{"ask", "a.txt", "why", "--max-tokens", "0"};
    QTest::newRow("top-p") << QStringList{"ask", "a.txt", "why", "--top-p", "1.5"};
    QTest::newRow("temperature") << QStringList{"ask", "a.txt", "why", "--temperature", "-1"};
    QTest::newRow("format") << QStringList{"export", "a.txt", "--format", "pdf"};
    QTest::newRow("cache alone") << QStringList{"cache"};
    QTest::newRow("remove nothing") << QStringList{"cache", "remove"};
    QTest::newRow("remove one and all") << QStringList{"cache", "remove", "a.txt", "--all"};
    QTest::newRow("two commands") << QStringList{"models", "devices"};
}

void TestCliBadInput::usage() {
    QFETCH(QStringList, arguments);
    verifyFailure(home_->run(arguments), 2);
    QVERIFY(!QFile::exists(home_->library()));
}

void TestCliBadInput::documents_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<bool>("exists");
    QTest::newRow("missing") << QByteArray() << false;
    QTest::newRow("empty") << QByteArray() << true;
    QTest::newRow("only white space") << QByteArray(" \n\t\n") << true;
    QTest::newRow("binary") << QByteArray("\x7f"
                                          "ELF\x02\x01\x01\0\0\0\0\0\0\x03\0\x3e\0\x01\0\0\0",
                                          21)
                                   .repeated(50)
                            << true;
}

void TestCliBadInput::documents() {
    QFETCH(QByteArray, bytes);
    QFETCH(bool, exists);
    const QString file = exists ? home_->write("document.txt", bytes) : home_->path("missing.txt");
    verifyFailure(home_->run({"read", file, "--json"}), 3);
    verifyFailure(home_->run({"ask", file, "What is it?"}), 3);
    verifyFailure(home_->run({"read", home_->path("")}), 3); // a directory
    if (exists)
        verifyFailure(home_->run({"ask", "-", "What is it?"}, bytes), 3);
}

void TestCliBadInput::unreadableDocument() {
    const QString file = home_->write("secret.txt", story);
    QVERIFY(QFile::setPermissions(file, QFile::Permissions()));
    const Result result = home_->run({"read", file}, {}, [](QProcess& process) {
        process.setChildProcessModifier([] {
            if (geteuid() == 0 && setuid(65534) != 0)
                _exit(99);
        });
    });
    if (result.code == -1 && result.err.isEmpty())
        QSKIP("the program cannot be started without root's rights here");
    verifyFailure(result, 3);
}

void TestCliBadInput::shortDocumentsWork_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("no full segment") << story;
    QTest::newRow("one token") << QByteArray("a");
    QTest::newRow("one byte of another encoding") << QByteArray("caf\xE9 au lait, garçon");
}

void TestCliBadInput::shortDocumentsWork() {
    QFETCH(QByteArray, bytes);
    const QString file = home_->write("short.txt", bytes);
    const Result read = home_->run({"read", file, "--json"});
    QCOMPARE(read.code, 0);
    QCOMPARE(read.json()["segments_total"].toInt(), 0);
    QVERIFY(read.json()["document_tokens"].toInt() > 0);
    QCOMPARE(home_->run({"ask", file, "Where is Bruce?"}).code, 0);
}

void TestCliBadInput::badQuestion() {
    const QString file = home_->book("book.txt", 2'000);
    verifyFailure(home_->run({"ask", file, ""}), 3);
    verifyFailure(home_->run({"ask", file, QString("why ").repeated(3'000)}), 3);
    QVERIFY(home_->run({"cache", "list", "--json"}).list().isEmpty()); // nothing was read for it
}

void TestCliBadInput::models_data() {
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("change");
    QTest::newRow("truncated weights") << "model.safetensors"
                                       << "cut";
    QTest::newRow("oversized tensor") << "model.safetensors"
                                      << "oversize";
    QTest::newRow("wrong dtype") << "model.safetensors"
                                 << "dtype";
    QTest::newRow("no weights") << "model.safetensors"
                                << "remove";
    QTest::newRow("missing key") << "config.json"
                                 << "missing";
    QTest::newRow("unknown variant") << "config.json"
                                     << "variant";
    QTest::newRow("other vocabulary") << "config.json"
                                      << "vocabulary";
    QTest::newRow("no JSON") << "config.json"
                             << "cut";
    QTest::newRow("no config") << "config.json"
                               << "remove";
    QTest::newRow("no tokenizer") << "tokenizer.model"
                                  << "remove";
    QTest::newRow("half a tokenizer") << "tokenizer.model"
                                      << "cut";
}

void TestCliBadInput::models() {
    QFETCH(QString, file);
    QFETCH(QString, change);
    const QString model = home_->model("broken");
    QFile original(QString(RESOURCES "/models/default/") + file);
    QVERIFY(original.open(QFile::ReadOnly));
    QByteArray bytes = original.readAll();
    if (change == "cut")
        bytes.truncate(bytes.size() / 2);
    else if (change == "oversize")
        bytes.replace(bytes.indexOf("[16,384]"), 8, "[99,384]");
    else if (change == "dtype")
        bytes.replace(bytes.indexOf("BF16"), 4, "I8  ");
    else if (change == "missing")
        bytes.replace("\"num_mem_tokens\"", "\"number_of_memories\"");
    else if (change == "variant")
        bytes.replace("\"d_mem\"", "\"gating\": true, \"d_mem\"");
    else if (change == "vocabulary")
        bytes.replace("8192", "8191");
    QVERIFY(change == "remove" || bytes != QByteArray());
    QVERIFY(QFile::remove(model + "/" + file));
    if (change != "remove")
        home_->write("broken/" + file, bytes);

    const Result result = home_->run({"read", home_->write("story.txt", story), "--model", model});
    verifyFailure(result, 4);
    QVERIFY2(result.err.contains("broken"), qPrintable(result.err)); // says where
}

void TestCliBadInput::unknownModel() {
    const QString file = home_->write("story.txt", story);
    verifyFailure(home_->run({"read", file, "--model", "no-such-model"}), 4);
    verifyFailure(home_->run({"read", file, "--model", home_->path("nowhere")}), 4);
    verifyFailure(home_->run({"verify", FIXTURES "/tiny", home_->path("nothing.safetensors")}), 4);
}

void TestCliBadInput::devices() {
    const QString file = home_->write("story.txt", story);
    verifyFailure(home_->run({"read", file, "--device", "abacus"}), 2); // no device has such a name
    for (const auto& device : home_->run({"devices", "--json"}).list()) {
        if (!device.toObject()["usable"].toBool())
            verifyFailure(home_->run({"read", file, "--device", device.toObject()["id"].toString()}), 5);
    }
}

void TestCliBadInput::evaluationFiles() {
    verifyFailure(home_->run({"evaluate", home_->path("missing.jsonl")}), 3);
    verifyFailure(home_->run({"evaluate", home_->write("empty.jsonl", "\n")}), 3);
    verifyFailure(home_->run({"evaluate", home_->write("bad.jsonl", "{\"doc\": 1}\n")}), 3);
    verifyFailure(
        home_->run({"evaluate",
                    home_->write("away.jsonl", R"({"doc": "away.txt", "question": "q", "answer": "a"})")}),
        3);
}

void TestCliBadInput::exportOfTheUnknown() {
    const QString file = home_->write("story.txt", story);
    verifyFailure(home_->run({"export", file}), 3); // no library at all
    verifyFailure(home_->run({"cache", "remove", file}), 3);
    QCOMPARE(home_->run({"read", file}).code, 0);
    verifyFailure(home_->run({"export", home_->write("other.txt", "Another text.")}), 3);
    verifyFailure(home_->run({"export", home_->path("missing.txt")}), 3);
}

void TestCliBadInput::exportOnto() {
    const QString file = home_->write("story.txt", story);
    QCOMPARE(home_->run({"read", file}).code, 0);
    verifyFailure(home_->run({"export", file, "-o", home_->path("no/folder/report.md")}), 6);
    verifyFailure(home_->run({"export", file, "-o", "/proc/report.md"}), 6);
}

void TestCliBadInput::outputThatNobodyTakes() {
    const auto onto_full = [](QProcess& process) { process.setStandardOutputFile("/dev/full"); };
    const auto closed = [](QProcess& process) {
        process.setChildProcessModifier([] { close(STDOUT_FILENO); });
    };
    for (const std::function<void(QProcess&)>& setup :
         {std::function<void(QProcess&)>(onto_full), {closed}}) {
        verifyFailure(home_->run({"models"}, {}, setup), 1);
        const Result ask =
            home_->run({"ask", home_->write("story.txt", story), "Where is Bruce?", "--quiet"}, {}, setup);
        verifyFailure(ask, 1);
    }
}

QTEST_GUILESS_MAIN(TestCliBadInput)
#include "tst_cli_bad_input.moc"
