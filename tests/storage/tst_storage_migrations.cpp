// Stepwise migrations: each step whole or not at all.

#include <QtTest>

#include <array>

#include <SQLiteCpp/SQLiteCpp.h>

#include "storage/migrations.h"
#include "storage/sql.h"
#include "support.h"

using namespace longview::storage;
using namespace longview::storage::test;

class TestMigrations : public QObject {
    Q_OBJECT

    static SQLite::Database open(const QTemporaryDir& directory) {
        return {path_in(directory).string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
    }

private slots:
    void stepsFromAnEmptyFile() {
        const QTemporaryDir directory;
        SQLite::Database database = open(directory);
        QVERIFY(identify(database).is_new());
        constexpr std::array<Migration, 2> two{"CREATE TABLE a (x); INSERT INTO a VALUES (1)",
                                               "CREATE TABLE b AS SELECT x + 1 AS x FROM a"};
        QCOMPARE(migrate(database, std::span(two).first(1)), 1);
        QVERIFY(identify(database).is_ours());
        QVERIFY(!identify(database).is_new());
        QCOMPARE(identify(database).version, 1);
        QVERIFY(!database.tableExists("b"));
        QCOMPARE(migrate(database, two), 2);
        QCOMPARE(integer_of(database, "SELECT x FROM b"), 2);
        QCOMPARE(migrate(database, two), 2); // nothing is done twice
        QCOMPARE(integer_of(database, "SELECT count(*) FROM a"), 1);
    }

    void aFailingStepLeavesTheFileAsItWas() {
        const QTemporaryDir directory;
        SQLite::Database database = open(directory);
        constexpr std::array<Migration, 2> bad{"CREATE TABLE a (x)",
                                               "CREATE TABLE b (x); CREATE TABLE a (x)"};
        QVERIFY_EXCEPTION_THROWN(migrate(database, bad), SQLite::Exception);
        QVERIFY(identify(database).is_new());
        constexpr std::array<Migration, 2> good{bad[0], "CREATE TABLE b (x)"};
        QCOMPARE(migrate(database, good), 2);
        QVERIFY(database.tableExists("b"));
    }

    void leavesANewerSchemaAlone() {
        const QTemporaryDir directory;
        SQLite::Database database = open(directory);
        database.exec("PRAGMA user_version = 9");
        constexpr std::array<Migration, 1> one{"CREATE TABLE a (x)"};
        QCOMPARE(migrate(database, one), 9);
        QVERIFY(!database.tableExists("a"));
    }

    void theRealStepsGiveASoundFile() {
        const QTemporaryDir directory;
        SQLite::Database database = open(directory);
        QCOMPARE(migrate(database, migrations()), Database::schema_version());
        QCOMPARE(database.execAndGet("PRAGMA integrity_check").getString(), std::string("ok"));
        SQLite::Statement broken(database, "PRAGMA foreign_key_check");
        QVERIFY(!broken.executeStep());
    }
};

QTEST_GUILESS_MAIN(TestMigrations)
#include "tst_storage_migrations.moc"
