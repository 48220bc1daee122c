#include <sys/resource.h>
#include <unistd.h>

#include <SQLiteCpp/SQLiteCpp.h>

#include "cli_runner.h"

using namespace longview::cli::test;

/// Libraries that cannot be used as they are: exit 6, one sentence, and nothing that was stored is lost.
class TestCliLibrary : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() {
        home_ = std::make_unique<Home>();
        book_ = home_->book("book.txt", 1'500);
    }

    void unwritablePlace();
    void directoryInPlace();
    void corrupt();
    void newerSchema();
    void readOnly();
    void locked();
    void fullDisk();
    void damagedMemory();
    void madeRoom();

private:
    void verifyFailure(const Result& result) {
        QVERIFY2(is_one_sentence(result.err), qPrintable(result.err));
        QCOMPARE(result.code, 6);
    }
    QByteArray libraryBytes() const {
        QFile file(home_->library());
        return file.open(QFile::ReadOnly) ? file.readAll() : QByteArray();
    }
    std::unique_ptr<Home> home_;
    QString book_;
};

void TestCliLibrary::unwritablePlace() {
    verifyFailure(home_->run({"read", book_, "--database", "/proc/longview/library.sqlite"}));
    verifyFailure(home_->run({"read", book_, "--database", book_ + "/library.sqlite"})); // below a file
}

void TestCliLibrary::directoryInPlace() {
    verifyFailure(home_->run({"read", book_, "--database", home_->path("")}));
}

void TestCliLibrary::corrupt() {
    const QByteArray garbage = QByteArray("this is no database at all. ").repeated(400);
    home_->write("library.sqlite", garbage);
    for (const QStringList& command : {QStringList{"read", book_}, {"cache", "list"}, {"export", book_}})
        verifyFailure(home_->run(command));
    QCOMPARE(libraryBytes(), garbage);
}

void TestCliLibrary::newerSchema() {
    QCOMPARE(home_->run({"read", book_}).code, 0);
    std::string version;
    {
        SQLite::Database library(home_->library().toStdString(), SQLite::OPEN_READWRITE);
        version = library.execAndGet("PRAGMA user_version").getString();
        library.exec("PRAGMA user_version = 999");
    }
    const Result result = home_->run({"read", book_});
    verifyFailure(result);
    QVERIFY(result.err.contains("999"));
    {
        SQLite::Database library(home_->library().toStdString(), SQLite::OPEN_READWRITE);
        library.exec("PRAGMA user_version = " + version);
    }
    QCOMPARE(home_->run({"read", book_, "--json"}).json()["segments_reused"].toInt(), 1);
}

void TestCliLibrary::readOnly() {
    QCOMPARE(home_->run({"read", book_}).code, 0);
    QVERIFY(QFile::setPermissions(home_->library(), QFile::ReadOwner | QFile::ReadGroup | QFile::ReadOther));
    const auto without_rights = [](QProcess& process) {
        process.setChildProcessModifier([] {
            if (geteuid() == 0 && setuid(65534) != 0)
                _exit(99);
        });
    };
    const Result result = home_->run({"read", home_->book("longer.txt", 3'000)}, {}, without_rights);
    if (result.code == -1 && result.err.isEmpty())
        QSKIP("the program cannot be started without root's rights here");
    verifyFailure(result);
    QCOMPARE(home_->run({"read", book_, "--json"}).json()["segments_reused"].toInt(), 1);
}

void TestCliLibrary::locked() {
    QCOMPARE(home_->run({"read", book_}).code, 0);
    SQLite::Database other(home_->library().toStdString(), SQLite::OPEN_READWRITE);
    other.exec("BEGIN IMMEDIATE");
    const Result result = home_->run({"read", home_->write("story.txt", story)});
    other.exec("ROLLBACK");
    verifyFailure(result);
    QVERIFY(result.err.contains("library.sqlite"));
    QCOMPARE(home_->run({"ask", book_, "Where is Bruce?", "--json"}).json()["segments_reused"].toInt(), 1);
}

void TestCliLibrary::fullDisk() {
    QCOMPARE(home_->run({"ask", home_->write("story.txt", story), "Where is Bruce?"}).code, 0);
    const Result result = home_->run({"ask", book_, "Where is Bruce?", "--quiet"}, {}, [](QProcess& process) {
        process.setChildProcessModifier([] {
            const rlimit limit{
                40'960, 40'960}; // per file: room to look (SQLite's index takes 32 KiB), none for a memory
            setrlimit(RLIMIT_FSIZE, &limit);
        });
    });
    verifyFailure(result);
    QVERIFY(!result.out.trimmed().isEmpty()); // the reading was not in vain
    // What was there before still is, and with room again the document can be read.
    QVERIFY(home_->run({"export", home_->path("story.txt")}).out.contains("kitchen"));
    QCOMPARE(home_->run({"read", book_, "--json"}).code, 0);
    QCOMPARE(home_->run({"ask", book_, "Where is Bruce?", "--json"}).json()["segments_computed"].toInt(), 0);
}

void TestCliLibrary::damagedMemory() {
    QCOMPARE(home_->run({"read", book_}).code, 0);
    {
        SQLite::Database library(home_->library().toStdString(), SQLite::OPEN_READWRITE);
        QVERIFY(library.exec("UPDATE memory_parts SET data = zeroblob(length(data))") > 0);
    }
    const Result result = home_->run({"read", book_, "--json"});
    QCOMPARE(result.code, 0);
    QVERIFY(result.err.contains("Note: "));
    QCOMPARE(result.json()["segments_computed"].toInt(), 1);
    QCOMPARE(home_->run({"read", book_, "--json"}).json()["segments_reused"].toInt(), 1);
}

void TestCliLibrary::madeRoom() {
    QCOMPARE(home_->run({"read", book_}).code, 0);
    QCOMPARE(home_->run({"cache", "budget", "1"}).code, 0);
    QFile sample(RESOURCES "/samples/story.txt");
    QVERIFY(sample.open(QFile::ReadOnly));
    const QString other = home_->write("other.txt", sample.read(1'500));
    const Result result = home_->run({"read", other});
    QCOMPARE(result.code, 0);
    QVERIFY2(result.err.contains("Note: Made room: the memories of one document"), qPrintable(result.err));
    QVERIFY(!home_->run({"ask", other, "Where?"}).err.contains("Made room"));
    QCOMPARE(home_->run({"read", book_, "--json"}).json()["segments_computed"].toInt(), 1);
}

QTEST_GUILESS_MAIN(TestCliLibrary)
#include "tst_cli_library.moc"
