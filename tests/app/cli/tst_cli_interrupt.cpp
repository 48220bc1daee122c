#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <unistd.h>

#include "cli_runner.h"

using namespace longview::cli::test;

namespace {

/// A terminal for standard error, so that progress is shown.
class Terminal {
public:
    Terminal() {
        if (openpty(&master_, &slave_, nullptr, nullptr, nullptr) != 0)
            qFatal("no terminal");
    }
    ~Terminal() {
        close(master_);
        close(slave_);
    }
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;

    void attach(QProcess& process) const {
        process.setChildProcessModifier([slave = slave_] { dup2(slave, STDERR_FILENO); });
    }
    /// Everything shown until `pattern` appears; false when it does not come.
    bool wait_for(const char* pattern) {
        const QRegularExpression expression{QString(pattern)};
        for (int waited = 0; waited < 60'000; waited += 50) {
            pollfd ready{master_, POLLIN, 0};
            if (poll(&ready, 1, 50) == 1) {
                char buffer[4096];
                const ssize_t count = ::read(master_, buffer, sizeof buffer);
                if (count > 0)
                    shown_ += QString::fromUtf8(buffer, count);
            }
            if (expression.match(shown_).hasMatch())
                return true;
        }
        return false;
    }
    const QString& shown() const { return shown_; }

private:
    int master_ = -1, slave_ = -1;
    QString shown_;
};

} // namespace

class TestCliInterrupt : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() { home_ = std::make_unique<Home>(); }

    void whileReading_data();
    void whileReading();
    void whileWaitingForInput();
    void whileAnswering();
    void twice();
    void quietTerminal();

private:
    std::unique_ptr<Home> home_;
};

void TestCliInterrupt::whileReading_data() {
    QTest::addColumn<int>("signal");
    QTest::newRow("Ctrl-C") << SIGINT;
    QTest::newRow("SIGTERM") << SIGTERM;
}

void TestCliInterrupt::whileReading() {
    QFETCH(int, signal);
    const QString book = home_->book("book.txt", 20'000);
    Terminal terminal;
    QProcess process;
    home_->prepare(process, {"read", book, "--json"});
    terminal.attach(process);
    process.start();
    QVERIFY2(terminal.wait_for("Reading +\\d+ %  segment [1-9]\\d* of \\d+  [0-9,]+ tokens/s  .* left"),
             qPrintable(terminal.shown()));
    QCOMPARE(kill(static_cast<pid_t>(process.processId()), signal), 0);
    const Result stopped = Home::finish(process);
    QCOMPARE(stopped.code, 130);
    QVERIFY(terminal.wait_for("Stopped; [1-9]\\d* of \\d+ segments are read"));
    const QJsonObject first = stopped.json();
    QVERIFY(first["cancelled"].toBool());
    const int kept = first["segments_computed"].toInt();
    QVERIFY(kept >= 1 && kept < first["segments_total"].toInt());

    const QJsonObject rest = home_->run({"read", book, "--json"}).json();
    QCOMPARE(rest["segments_reused"].toInt(), kept);
    QCOMPARE(rest["segments_computed"].toInt(), first["segments_total"].toInt() - kept);
}

void TestCliInterrupt::whileWaitingForInput() {
    QProcess process;
    home_->prepare(process, {"ask", "-", "Where is Bruce?"});
    process.start();
    QVERIFY(process.waitForStarted());
    process.write(story); // and the end never comes
    QVERIFY(process.waitForBytesWritten());
    // The handlers are in place once the program takes the text; a moment more does not change the outcome.
    QTest::qWait(300);
    QCOMPARE(kill(static_cast<pid_t>(process.processId()), SIGINT), 0);
    const Result result = Home::finish(process);
    QCOMPARE(result.code, 130);
    QVERIFY(is_one_sentence(result.err));
}

void TestCliInterrupt::whileAnswering() {
    const QString file = home_->write("story.txt", story);
    QProcess process;
    home_->prepare(process, {"ask", file, "Where is Bruce?", "--temperature", "5", "--seed", "3",
                             "--max-tokens", "100000"});
    process.start();
    QVERIFY(process.waitForReadyRead(60'000));
    QCOMPARE(kill(static_cast<pid_t>(process.processId()), SIGINT), 0);
    const Result result = Home::finish(process);
    QCOMPARE(result.code, 130);
    QVERIFY(!result.out.isEmpty());
    QVERIFY(result.err.contains("Stopped"));
    // The part of an answer that there is stays in the conversation.
    const QJsonObject report = home_->run({"export", file, "--json"}).json();
    const QJsonObject exchange = report["exchanges"].toArray()[0].toObject();
    QCOMPARE(exchange["stopped_because"].toString(), QString("cancelled"));
    QCOMPARE(exchange["answer"].toString() + "\n", result.out);
}

void TestCliInterrupt::twice() {
    const QString book = home_->book("book.txt", 20'000);
    Terminal terminal;
    QProcess process;
    home_->prepare(process, {"read", book});
    terminal.attach(process);
    process.start();
    QVERIFY(terminal.wait_for("segment [1-9]"));
    kill(static_cast<pid_t>(process.processId()), SIGINT);
    kill(static_cast<pid_t>(process.processId()), SIGTERM);
    QCOMPARE(Home::finish(process).code, 130);
    // Whatever the second signal cut off, the library is whole.
    QCOMPARE(home_->run({"cache", "list", "--json"}).code, 0);
    QCOMPARE(home_->run({"ask", home_->write("story.txt", story), "Where is Bruce?"}).code, 0);
}

void TestCliInterrupt::quietTerminal() {
    Terminal terminal;
    const Result result = home_->run({"read", home_->book("book.txt", 3'000), "--quiet"}, {},
                                     [&](QProcess& process) { terminal.attach(process); });
    QCOMPARE(result.code, 0);
    QVERIFY(result.out.startsWith("Read "));
    QVERIFY(terminal.shown().isEmpty());
}

QTEST_GUILESS_MAIN(TestCliInterrupt)
#include "tst_cli_interrupt.moc"
