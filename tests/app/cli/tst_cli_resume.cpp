// Processes that die while they read, and processes that read at once: nothing is lost but the work since the
// last snapshot, and no bit of the memory changes. LONGVIEW_KILLS sets how many times the reading is killed.

#include <csignal>

#include <SQLiteCpp/SQLiteCpp.h>

#include "cli_runner.h"

using namespace longview::cli::test;

namespace {

constexpr int kills_in_ci = 4;
constexpr qint64 book_bytes = 16'000; ///< 15 segments

/// How many memories are stored, and the checksum of the longest; of the floats themselves, not of their
/// compressed form.
struct Stored {
    int memories = 0;
    int segments = 0;
    QByteArray checksum;
};

Stored stored_in(const QString& library) {
    Stored stored;
    if (!QFile::exists(library))
        return stored;
    try {
        SQLite::Database database(library.toStdString(), SQLite::OPEN_READONLY, 5000);
        SQLite::Statement query(
            database, "SELECT segments, checksum FROM memory_states WHERE damaged IS NULL ORDER BY segments");
        while (query.executeStep()) {
            ++stored.memories;
            stored.segments = query.getColumn(0).getInt();
            const SQLite::Column sum = query.getColumn(1);
            stored.checksum = QByteArray(static_cast<const char*>(sum.getBlob()), sum.getBytes());
        }
    } catch (const SQLite::Exception&) { // not made yet
        return {};
    }
    return stored;
}

} // namespace

class TestCliResume : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() {
        const Result read = calm_.run({"read", calm_.book("book.txt", book_bytes), "--json"});
        QCOMPARE(read.code, 0);
        uninterrupted_ = stored_in(calm_.library());
        QCOMPARE(uninterrupted_.segments, read.json()["segments_total"].toInt());
        answer_ = calm_.run({"ask", calm_.path("book.txt"), "Where is Bruce?", "--json"}).json()["answer"];
    }

    void killedAgainAndAgain();
    void twoReadersComputeOnce();
    void askingWhileAnotherReads();
    void stoppedWhileWaiting();

private:
    Home calm_;
    Stored uninterrupted_;
    QJsonValue answer_;
};

void TestCliResume::killedAgainAndAgain() {
    const int kills = qMax(1, qEnvironmentVariableIntValue("LONGVIEW_KILLS") == 0
                                  ? kills_in_ci
                                  : qEnvironmentVariableIntValue("LONGVIEW_KILLS"));
    std::optional<Home> home(std::in_place);
    int resumed = 0, lost = 0;
    for (int i = 0; i < kills; ++i) {
        const Stored before = stored_in(home->library());
        QProcess process;
        home->prepare(process, {"read", home->book("book.txt", book_bytes), "--json"});
        process.start();
        QVERIFY(process.waitForStarted());
        // Every other time it dies at any time, else a little after it has stored one more.
        if (i % 2 == 0)
            while (process.state() == QProcess::Running &&
                   stored_in(home->library()).memories <= before.memories)
                process.waitForFinished(1);
        process.waitForFinished(i * 37 % 400);
        process.kill(); // SIGKILL
        process.waitForFinished();
        const Stored after = stored_in(home->library());
        lost += after.segments < before.segments ? 1 : 0;
        resumed += after.segments > before.segments && before.segments > 0 ? 1 : 0;
        if (after.segments == uninterrupted_.segments) {
            QCOMPARE(after.checksum, uninterrupted_.checksum);
            home.emplace();
        }
    }
    QCOMPARE(lost, 0);
    const int known = stored_in(home->library()).segments;
    const Result last = home->run({"read", home->book("book.txt", book_bytes), "--json"});
    QCOMPARE(last.code, 0);
    QCOMPARE(last.json()["segments_reused"].toInt(), known);
    const Stored end = stored_in(home->library());
    QCOMPARE(end.segments, uninterrupted_.segments);
    QCOMPARE(end.checksum, uninterrupted_.checksum);
    QCOMPARE(home->run({"ask", home->path("book.txt"), "Where is Bruce?", "--json"}).json()["answer"],
             answer_);
    qInfo("%d kills, %d readings went further than the one before", kills, resumed);
}

void TestCliResume::twoReadersComputeOnce() {
    const Home home;
    const QString book = home.book("book.txt", book_bytes);
    QProcess one, two;
    home.prepare(one, {"read", book, "--json"});
    home.prepare(two, {"read", book, "--json"});
    one.start();
    two.start();
    const Result first = Home::finish(one), second = Home::finish(two);
    QCOMPARE(first.code, 0);
    QCOMPARE(second.code, 0);
    QCOMPARE(first.json()["segments_computed"].toInt() + second.json()["segments_computed"].toInt(),
             uninterrupted_.segments);
    QVERIFY2(!first.err.contains("locked") && !second.err.contains("locked"),
             qPrintable(first.err + second.err));
    QCOMPARE(stored_in(home.library()).checksum, uninterrupted_.checksum);
}

void TestCliResume::askingWhileAnotherReads() {
    const Home home;
    const QString story_file = home.write("story.txt", story);
    QProcess reader;
    home.prepare(reader, {"read", home.book("book.txt", book_bytes), "--json"});
    reader.start();
    QVERIFY(reader.waitForStarted());
    while (reader.state() == QProcess::Running) {
        const Result asked = home.run({"ask", story_file, "Where is Bruce?", "--json"});
        QCOMPARE(asked.code, 0);
        QVERIFY2(!asked.err.contains("locked"), qPrintable(asked.err));
        reader.waitForFinished(1);
    }
    QCOMPARE(reader.exitStatus(), QProcess::NormalExit);
    QCOMPARE(reader.exitCode(), 0);
    QCOMPARE(stored_in(home.library()).checksum, uninterrupted_.checksum);
}

void TestCliResume::stoppedWhileWaiting() {
    const Home home;
    const QString book = home.book("book.txt", book_bytes);
    QProcess one;
    home.prepare(one, {"read", book, "--json"});
    one.start();
    while (one.state() != QProcess::NotRunning && !QFile::exists(home.library() + "-reading"))
        one.waitForFinished(1);
    one.waitForFinished(20);
    const auto first = static_cast<pid_t>(one.processId());
    QCOMPARE(::kill(first, SIGSTOP), 0); // it keeps its lock
    QProcess two;
    home.prepare(two, {"ask", book, "Where is Bruce?"});
    two.start();
    two.setReadChannel(QProcess::StandardError);
    QString said;
    while (!said.contains("waiting for it") && two.waitForReadyRead(60'000))
        said += QString::fromUtf8(two.readAllStandardError());
    QVERIFY2(said.contains("Another Longview is reading this document: waiting for it."), qPrintable(said));
    ::kill(static_cast<pid_t>(two.processId()), SIGINT);
    QCOMPARE(Home::finish(two).code, 130);
    QCOMPARE(::kill(first, SIGCONT), 0);
    QCOMPARE(Home::finish(one).code, 0);
}

QTEST_GUILESS_MAIN(TestCliResume)
#include "tst_cli_resume.moc"
