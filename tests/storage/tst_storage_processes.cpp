// Several processes at one library: they wait for each other, and one that is killed takes nothing along.

#include <QtTest>

#include <array>
#include <memory>

#include <SQLiteCpp/SQLiteCpp.h>

#include "child.h"
#include "storage/conversation_store.h"
#include "storage/migrations.h"
#include "support.h"

using namespace longview;
using namespace longview::storage;
using namespace longview::storage::test;
using std::chrono::milliseconds;

class TestProcesses : public QObject {
    Q_OBJECT

    static std::string number(int value) { return std::to_string(value); }
    static void verify_sound(Database& database) {
        QCOMPARE(database.handle().execAndGet("PRAGMA integrity_check").getString(), std::string("ok"));
    }

private slots:
    void openAFreshFileAtOnce() {
        for (int round = 0; round < 4; ++round) {
            const QTemporaryDir directory;
            const auto file = path_in(directory, "new/library.db");
            std::vector<std::unique_ptr<Child>> children;
            for (int i = 0; i < 5; ++i)
                children.push_back(std::make_unique<Child>([&, i](Child& parent) {
                    parent.wait();
                    Database database(file);
                    DocumentStore(database).remember(document_of(number(i)));
                    return 0;
                }));
            for (const auto& child : children)
                child->say("g");
            for (const auto& child : children)
                QCOMPARE(child->finish(), 0);
            Database database(file);
            QCOMPARE(DocumentStore(database).list().size(), children.size());
            verify_sound(database);
        }
    }

    void aStepThatAnotherProcessTookIsNotTakenAgain() {
        const QTemporaryDir directory;
        const auto file = path_in(directory);
        const int flags = SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE;
        constexpr std::array<Migration, 2> steps{"CREATE TABLE a (x)", "CREATE TABLE b (x)"};
        Child faster([&](Child& parent) {
            SQLite::Database database(file.string(), flags);
            SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
            parent.say("l");
            ::usleep(200'000); // the other one reads schema 0 meanwhile and waits for the lock
            migrate(database, std::span(steps).first(1));
            transaction.commit();
            return 0;
        });
        QCOMPARE(faster.wait(), std::string("l"));
        SQLite::Database database(file.string(), flags, 10'000);
        QCOMPARE(identify(database).version, 0);
        QCOMPARE(migrate(database, steps), 2);
        QCOMPARE(faster.finish(), 0);
        QVERIFY(database.tableExists("a") && database.tableExists("b"));
    }

    void writeInTurns() {
        const QTemporaryDir directory;
        const auto file = path_in(directory);
        Database first(file), second(file); // two connections of one process as well
        DocumentStore a(first), b(second);
        for (int i = 0; i < 20; ++i) {
            (i % 2 == 0 ? a : b).remember(document_of(number(i)));
            QCOMPARE((i % 2 == 0 ? b : a).list().size(), static_cast<std::size_t>(i + 1));
        }
    }

    void writeAtOnce() {
        const QTemporaryDir directory;
        const auto file = path_in(directory);
        constexpr int rows = 25;
        std::vector<std::unique_ptr<Child>> children;
        for (int c = 0; c < 3; ++c)
            children.push_back(std::make_unique<Child>([&, c](Child& parent) {
                Database database(file);
                parent.wait();
                for (int i = 0; i < rows; ++i) {
                    const std::int64_t id = DocumentStore(database).remember(document_of("shared"));
                    ConversationStore(database).add(id, exchange_of(number(c * rows + i)));
                    MemoryStore(database).put(key_of(static_cast<std::uint64_t>(i)), state_of(1, 1),
                                              {id, "m", "n"});
                }
                return 0;
            }));
        for (const auto& child : children)
            child->say("g");
        for (const auto& child : children)
            QCOMPARE(child->finish(), 0);
        Database database(file);
        const auto documents = DocumentStore(database).list();
        QCOMPARE(documents.size(), 1U);
        QCOMPARE(ConversationStore(database).list(documents.front().id).size(), 3U * rows);
        QCOMPARE(MemoryStore(database).list().size(), static_cast<std::size_t>(rows));
        verify_sound(database);
    }

    void saysThatItIsLocked() {
        const QTemporaryDir directory;
        const auto file = path_in(directory);
        { DocumentStore(*std::make_unique<Database>(file)).remember(document_of("one")); }
        Child holder([&](Child& parent) {
            Database database(file);
            database.transaction([&] {
                DocumentStore(database).remember(document_of("two"));
                parent.say("l");
                parent.wait();
            });
            return 0;
        });
        QCOMPARE(holder.wait(), std::string("l"));
        {
            Database database(file, Database::Mode::read_write,
                              milliseconds(30)); // opening and reading go on
            DocumentStore documents(database);
            QCOMPARE(documents.list().size(), 1U);
            const std::string sentence = sentence_of([&] { documents.remember(document_of("three")); });
            QVERIFY2(has(sentence, "another process keeps it locked") && has(sentence, file.string()),
                     sentence.c_str());
            holder.say("g");
            QCOMPARE(holder.finish(), 0);
            documents.remember(document_of("three"));
            QCOMPARE(documents.list().size(), 3U);
        }
    }

    void saysThatOpeningIsLocked_data() {
        QTest::addColumn<bool>("fresh");
        QTest::newRow("fresh file") << true;
        QTest::newRow("library") << false;
    }
    void saysThatOpeningIsLocked() {
        QFETCH(bool, fresh);
        const QTemporaryDir directory;
        const auto file = path_in(directory);
        if (!fresh)
            DocumentStore(*std::make_unique<Database>(file)).remember(document_of("one"));
        Child holder([&](Child& parent) {
            SQLite::Database raw(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
            raw.exec("PRAGMA locking_mode = EXCLUSIVE");
            raw.exec("BEGIN EXCLUSIVE");
            parent.say("l");
            parent.wait();
            raw.exec("ROLLBACK");
            return 0;
        });
        QCOMPARE(holder.wait(), std::string("l"));
        const std::string sentence =
            sentence_of([&] { Database(file, Database::Mode::read_write, milliseconds(30)); });
        QVERIFY2(has(sentence, "another process keeps it locked"), sentence.c_str());
        holder.say("g");
        QCOMPARE(holder.finish(), 0);
        Database database(file);
        QCOMPARE(DocumentStore(database).list().size(), fresh ? 0U : 1U);
    }

    void waitsForALockThatEnds() {
        const QTemporaryDir directory;
        const auto file = path_in(directory);
        { Database database(file); }
        Child holder([&](Child& parent) {
            Database database(file);
            database.transaction([&] {
                DocumentStore(database).remember(document_of("one"));
                parent.say("l");
                ::usleep(100'000);
            });
            return 0;
        });
        QCOMPARE(holder.wait(), std::string("l"));
        Database database(file);
        DocumentStore(database).remember(document_of("two"));
        QCOMPARE(DocumentStore(database).list().size(), 2U);
        QCOMPARE(holder.finish(), 0);
    }

    void aKillInsideATransactionLosesOnlyThat() {
        const QTemporaryDir directory;
        const auto file = path_in(directory);
        const MemoryState state = state_of(1, 1, 4, 96, 128);
        Child child([&](Child&) {
            Database database(file);
            const std::int64_t id = DocumentStore(database).remember(document_of("one"));
            MemoryStore(database).put(key_of(1), state, {id, "m", "n"});
            database.handle().exec("PRAGMA cache_size = 5"); // what is not committed reaches the disk as well
            database.transaction([&] {
                ConversationStore(database).add(id, exchange_of("lost"));
                MemoryStore(database).put(key_of(2), state, {id, "m", "n"});
                MemoryStore(database).remove(key_of(1));
                ::kill(::getpid(), SIGKILL);
            });
            return 0;
        });
        QCOMPARE(child.finish(), -SIGKILL);
        Database database(file);
        MemoryStore memories(database);
        QVERIFY(same_bits(*memories.load(key_of(1)), state));
        QVERIFY(!memories.load(key_of(2)).has_value());
        QVERIFY(ConversationStore(database).list(DocumentStore(database).list().front().id).empty());
        verify_sound(database);
    }

    void aKillAtAnyMomentKeepsWhatWasCommitted() {
        const QTemporaryDir directory;
        const auto file = path_in(directory);
        { DocumentStore(*std::make_unique<Database>(file)).remember(document_of("one")); }
        std::size_t acknowledged = 0;
        for (unsigned round = 0; round < 4; ++round) {
            Child child([&](Child& parent) {
                Database database(file);
                const std::int64_t id = DocumentStore(database).list().front().id;
                for (std::uint64_t i = 0;; ++i) {
                    database.transaction([&] {
                        ConversationStore(database).add(id, exchange_of("kept"));
                        MemoryStore(database).put(key_of(round * 1000 + i), state_of(i, 1, 2, 48, 64),
                                                  {id, "m", "n"});
                    });
                    parent.say("c");
                }
                return 0;
            });
            const std::size_t asked = 1 + round * 3;
            QCOMPARE(child.wait(asked).size(), asked);
            ::usleep(round * 700);
            ::kill(child.id(), SIGKILL);
            const std::size_t committed = asked + child.wait_all().size();
            QCOMPARE(child.finish(), -SIGKILL);

            Database database(file);
            const std::size_t rows = ConversationStore(database).list(1).size();
            QVERIFY(rows >= acknowledged + committed && rows <= acknowledged + committed + 1);
            QCOMPARE(MemoryStore(database).list().size(), rows);
            for (std::uint64_t i = 0; i < committed; ++i)
                QVERIFY(same_bits(*MemoryStore(database).load(key_of(round * 1000 + i)),
                                  state_of(i, 1, 2, 48, 64)));
            verify_sound(database);
            acknowledged = rows;
        }
    }

    void aKillWhileTheFileIsMadeLeavesAUsableOne() {
        for (unsigned round = 0; round < 6; ++round) {
            const QTemporaryDir directory;
            const auto file = path_in(directory);
            Child child([&](Child& parent) {
                parent.say("r");
                Database database(file);
                return 0;
            });
            child.wait();
            ::usleep(round * 700);
            child.kill();
            Database database(file);
            DocumentStore(database).remember(document_of("one"));
            verify_sound(database);
        }
    }
};

QTEST_GUILESS_MAIN(TestProcesses)
#include "tst_storage_processes.moc"
