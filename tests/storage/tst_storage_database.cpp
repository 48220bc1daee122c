// Opening: what is created, what is set, and what is refused without being touched.

#include <QtTest>

#include <filesystem>

#include <SQLiteCpp/SQLiteCpp.h>
#include <sys/stat.h>

#include "child.h"
#include "storage/migrations.h"
#include "storage/sql.h"
#include "support.h"

using namespace longview;
using namespace longview::storage;
using namespace longview::storage::test;
namespace fs = std::filesystem;

class TestDatabase : public QObject {
    Q_OBJECT

    static std::string open_sentence(const fs::path& file, Database::Mode mode = Database::Mode::read_write) {
        return sentence_of([&] { Database database(file, mode, std::chrono::milliseconds(50)); });
    }
    static unsigned mode_of(const fs::path& path) {
        struct stat status {};
        return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 0777U : 0;
    }
    /// Opening must fail with `reason`, name the file, and leave every byte and the directory as they are.
    static void verify_refused(const fs::path& file, const std::string& reason) {
        const std::string before = bytes_of(file);
        for (const auto mode : {Database::Mode::read_write, Database::Mode::read_only}) {
            const std::string sentence = open_sentence(file, mode);
            QVERIFY2(has(sentence, reason), sentence.c_str());
            QVERIFY2(has(sentence, file.string()), sentence.c_str());
        }
        QVERIFY(bytes_of(file) == before);
        const fs::path log = file.string() + "-wal";
        QVERIFY(!fs::exists(log) || fs::file_size(log) == 0);
    }

private slots:
    void createsPrivateDirectoriesAndFile() {
        const QTemporaryDir directory;
        const fs::path file = path_in(directory, "a/b/library.db");
        { Database database(file); }
        QCOMPARE(mode_of(file.parent_path()), 0700U);
        QCOMPARE(mode_of(file.parent_path().parent_path()), 0700U);
        QCOMPARE(mode_of(file), 0600U);
    }

    void setsThePragmas() {
        const QTemporaryDir directory;
        Database database(path_in(directory));
        auto& handle = database.handle();
        QCOMPARE(handle.execAndGet("PRAGMA journal_mode").getString(), std::string("wal"));
        QCOMPARE(integer_of(handle, "PRAGMA foreign_keys"), 1);
        QCOMPARE(integer_of(handle, "PRAGMA synchronous"), 2);
        QCOMPARE(integer_of(handle, "PRAGMA busy_timeout"), 10000);
        QCOMPARE(integer_of(handle, "PRAGMA application_id"), 0x4C6E6776);
        QCOMPARE(integer_of(handle, "PRAGMA user_version"), Database::schema_version());
        QVERIFY(Database::schema_version() >= 1);
    }

    void opensAnEmptyFileAndAgain() {
        const QTemporaryDir directory;
        const fs::path file = path_in(directory);
        write_bytes(file, "");
        { DocumentStore(*std::make_unique<Database>(file)).remember(document_of("one")); }
        Database database(file);
        QCOMPARE(DocumentStore(database).list().size(), 1U);
    }

    void takesOddNamesLiterally() {
        const QTemporaryDir directory;
        for (const char* name : {":memory:", "file:x?mode=memory", "ümläut 'quoted' %20.db"}) {
            const fs::path file = path_in(directory, name);
            { Database database(file); }
            QVERIFY2(fs::file_size(file) > 0, name);
        }
        const fs::path before = fs::current_path();
        fs::current_path(directory.path().toStdString());
        { QVERIFY(Database("relative.db").file().is_absolute()); }
        fs::current_path(before);
        QVERIFY(fs::exists(path_in(directory, "relative.db")));
    }

    void movesItsConnection() {
        const QTemporaryDir directory;
        Database first(path_in(directory));
        Database second(std::move(first));
        DocumentStore(second).remember(document_of("one"));
        QCOMPARE(DocumentStore(second).list().size(), 1U);
    }

    void rollsBackATransactionThatThrows() {
        const QTemporaryDir directory;
        Database database(path_in(directory));
        DocumentStore documents(database);
        documents.remember(document_of("kept"));
        QVERIFY_EXCEPTION_THROWN(database.transaction([&] {
            documents.remember(document_of("lost"));
            throw std::logic_error("stop");
        }),
                                 std::logic_error);
        QCOMPARE(documents.list().size(), 1U);
        database.transaction([&] {
            documents.remember(document_of("two"));
            documents.remember(document_of("three"));
        });
        QCOMPARE(documents.list().size(), 3U);
        QVERIFY(!sentence_of([&] { database.transaction([&] { database.transaction([] {}); }); }).empty());
    }

    void refusesWhatIsNotAFile() {
        const QTemporaryDir directory;
        QVERIFY(has(open_sentence(directory.path().toStdString()), "it is a directory"));
        const fs::path pipe = path_in(directory, "pipe");
        QCOMPARE(::mkfifo(pipe.c_str(), 0600), 0); // opening it would wait for ever
        QVERIFY(has(open_sentence(pipe), "not a regular file"));
    }

    void refusesWhatIsNotADatabase_data() {
        QTest::addColumn<QByteArray>("content");
        QTest::newRow("one byte") << QByteArray("x");
        QTest::newRow("text") << QByteArray("It was the best of times.\n").repeated(500);
        QTest::newRow("zeros") << QByteArray(8192, '\0');
        QTest::newRow("magic alone") << QByteArray("SQLite format 3\0", 16);
        QTest::newRow("magic and rubbish") << QByteArray("SQLite format 3\0", 16) + QByteArray(8176, '\xA5');
    }
    void refusesWhatIsNotADatabase() {
        QFETCH(QByteArray, content);
        const QTemporaryDir directory;
        write_bytes(path_in(directory), content.toStdString());
        verify_refused(path_in(directory), "it is not a Longview library");
    }

    void refusesDatabasesOfOtherPrograms() {
        const QTemporaryDir directory;
        const fs::path tables = path_in(directory, "tables.db"), marked = path_in(directory, "marked.db"),
                       versioned = path_in(directory, "versioned.db");
        const int create = SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE;
        SQLite::Database(tables.string(), create).exec("CREATE TABLE documents (id INTEGER PRIMARY KEY)");
        SQLite::Database(marked.string(), create).exec("PRAGMA application_id = 7");
        SQLite::Database(versioned.string(), create).exec("PRAGMA user_version = 1");
        for (const auto& file : {tables, marked, versioned})
            verify_refused(file, "it is a database of another program");
    }

    void refusesANewerSchemaNamingBoth() {
        const QTemporaryDir directory;
        const fs::path file = path_in(directory);
        const int newer = Database::schema_version() + 41;
        {
            Database database(file);
            DocumentStore(database).remember(document_of("one"));
            database.handle().exec("PRAGMA user_version = " + std::to_string(newer));
        }
        verify_refused(file, "schema " + std::to_string(newer));
        QVERIFY(has(open_sentence(file), "up to " + std::to_string(Database::schema_version())));
        SQLite::Database(file.string(), SQLite::OPEN_READWRITE)
            .exec("PRAGMA user_version = " + std::to_string(Database::schema_version()));
        Database database(file);
        QCOMPARE(DocumentStore(database).list().size(), 1U);
    }

    void refusesANegativeSchema() {
        const QTemporaryDir directory;
        { Database(path_in(directory)).handle().exec("PRAGMA user_version = -3"); }
        verify_refused(path_in(directory), "makes no sense (-3)");
    }

    void readsOnlyWhenAskedTo() {
        const QTemporaryDir directory;
        const fs::path file = path_in(directory);
        QVERIFY(has(open_sentence(file, Database::Mode::read_only), "cannot be found"));
        QVERIFY(!fs::exists(file));
        write_bytes(file, "");
        QVERIFY(has(open_sentence(file, Database::Mode::read_only), "must be brought to"));
        { DocumentStore(*std::make_unique<Database>(file)).remember(document_of("one")); }

        Database database(file, Database::Mode::read_only);
        DocumentStore documents(database);
        QCOMPARE(documents.list().size(), 1U);
        const std::string sentence = sentence_of([&] { documents.remember(document_of("two")); });
        QVERIFY2(has(sentence, "read-only") && has(sentence, file.string()), sentence.c_str());
        QCOMPARE(documents.list().size(), 1U);
    }

    void saysWhatPermissionIsMissing_data() {
        QTest::addColumn<unsigned>("directoryMode");
        QTest::addColumn<unsigned>("fileMode");
        QTest::addColumn<QString>("reason");
        QTest::newRow("file cannot be written") << 0777U << 0444U << "read-only";
        QTest::newRow("file cannot be read") << 0777U << 0000U << "cannot be opened";
        QTest::newRow("directory cannot be written") << 0555U << 0666U << "";
        QTest::newRow("directory cannot be entered") << 0444U << 0666U << "cannot be reached";
    }
    void saysWhatPermissionIsMissing() {
        QFETCH(unsigned, directoryMode);
        QFETCH(unsigned, fileMode);
        QFETCH(QString, reason);
        const QTemporaryDir directory;
        ::chmod(directory.path().toLocal8Bit().constData(), 0755);
        const fs::path file = path_in(directory, "place/library.db");
        { DocumentStore(*std::make_unique<Database>(file)).remember(document_of("one")); }
        ::chmod(file.c_str(), fileMode);
        ::chmod(file.parent_path().c_str(), directoryMode);

        const std::string sentence = sentence_without_privileges([&] {
            return sentence_of([&] {
                Database database(file);
                DocumentStore(database).remember(document_of("two"));
            });
        });
        ::chmod(file.parent_path().c_str(), 0700);
        ::chmod(file.c_str(), 0600);
        QVERIFY2(!sentence.empty() && has(sentence, reason.toStdString()), sentence.c_str());
        QVERIFY2(has(sentence, file.string()) && has(sentence, "another place"), sentence.c_str());
        Database database(file);
        QCOMPARE(DocumentStore(database).list().size(), 1U);
    }

    void namesTheDirectoryThatCannotBeMade() {
        const QTemporaryDir directory;
        ::chmod(directory.path().toLocal8Bit().constData(), 0555);
        const fs::path file = path_in(directory, "missing/library.db");
        const std::string sentence =
            sentence_without_privileges([&] { return sentence_of([&] { Database database(file); }); });
        ::chmod(directory.path().toLocal8Bit().constData(), 0700);
        QVERIFY2(has(sentence, file.parent_path().string() + " cannot be made (Permission denied)"),
                 sentence.c_str());
        const fs::path under_file = path_in(directory, "file");
        write_bytes(under_file, "x");
        const std::string other = open_sentence(under_file / "deeper" / "library.db");
        QVERIFY2(has(other, under_file.string()), other.c_str());
    }
};

QTEST_GUILESS_MAIN(TestDatabase)
#include "tst_storage_database.moc"
