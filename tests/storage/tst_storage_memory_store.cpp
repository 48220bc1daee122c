// Memory states: stored once, found by the longest prefix, damaged ones never used.

#include <QtTest>

#include <SQLiteCpp/SQLiteCpp.h>

#include "storage/sql.h"
#include "support.h"

using namespace longview;
using namespace longview::storage;
using namespace longview::storage::test;

class TestMemoryStore : public QObject {
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> directory_;
    std::unique_ptr<Database> database_;
    std::unique_ptr<MemoryStore> store_;
    std::int64_t document_ = 0;

    StateLabel label() const { return {document_, "default", "cpu-1"}; }
    std::int64_t count(const char* table) {
        return integer_of(database_->handle(), ("SELECT count(*) FROM " + std::string(table)).c_str());
    }
    std::vector<Hash128> listed() {
        std::vector<Hash128> keys;
        for (const auto& record : store_->list())
            keys.push_back(record.key);
        return keys;
    }

private slots:
    void init() {
        directory_ = std::make_unique<QTemporaryDir>();
        database_ = std::make_unique<Database>(path_in(*directory_));
        store_ = std::make_unique<MemoryStore>(*database_);
        document_ = DocumentStore(*database_).remember(document_of("book"));
    }
    void cleanup() {
        store_.reset();
        database_.reset();
        directory_.reset();
    }

    void keepsARealStateBitForBit() {
        const MemoryState state = real_state(1);
        store_->put(key_of(1), state, label());
        store_.reset();
        database_ = std::make_unique<Database>(path_in(*directory_));
        store_ = std::make_unique<MemoryStore>(*database_);
        std::string damaged;
        const auto loaded = store_->load(key_of(1), &damaged);
        QVERIFY(loaded.has_value() && same_bits(*loaded, state));
        QVERIFY(damaged.empty());
        QVERIFY(!store_->load(key_of(2), &damaged).has_value());
        QVERIFY(damaged.empty());
    }

    void listsWhatItHolds() {
        store_->put(key_of(1), state_of(1, 5), label());
        const auto records = store_->list();
        QCOMPARE(records.size(), 1U);
        const StateRecord& record = records.front();
        QVERIFY(record.key == key_of(1));
        QCOMPARE(record.document_id, document_);
        QCOMPARE(record.document_title, std::string("book"));
        QCOMPARE(record.segments, 5);
        QCOMPARE(record.stored_bytes,
                 integer_of(database_->handle(), "SELECT length(data) FROM memory_parts"));
        QCOMPARE(record.model, std::string("default"));
        QCOMPARE(record.numerics, std::string("cpu-1"));
        QCOMPARE(record.created_at.size(), 27U);
        QVERIFY(record.used_at >= record.created_at);
    }

    void ordersByLastUse() {
        for (std::uint64_t i = 1; i <= 3; ++i)
            store_->put(key_of(i), state_of(i, 1), label());
        QVERIFY(listed() == (std::vector{key_of(3), key_of(2), key_of(1)}));
        QVERIFY(store_->load(key_of(1)).has_value());
        QVERIFY(listed() == (std::vector{key_of(1), key_of(3), key_of(2)}));
        store_->put(key_of(2), state_of(2, 1), label());
        QVERIFY(listed() == (std::vector{key_of(2), key_of(1), key_of(3)}));
    }

    void storesAKeyOnce() {
        store_->put(key_of(1), state_of(1, 1), label());
        store_->put(key_of(1), state_of(2, 1), label()); // same key, same state: the first stays
        QCOMPARE(count("memory_states"), 1);
        QCOMPARE(count("memory_parts"), 1);
        QVERIFY(same_bits(*store_->load(key_of(1)), state_of(1, 1)));
    }

    void refusesAnUnknownDocument() {
        const std::string sentence = sentence_of([&] {
            store_->put(key_of(1), state_of(1, 1), {document_ + 1, "m", "n"});
        });
        QVERIFY2(has(sentence, "not in the library"), sentence.c_str());
        QCOMPARE(count("memory_states"), 0);
    }

    void joinsACallersTransaction() {
        QVERIFY_EXCEPTION_THROWN(database_->transaction([&] {
            store_->put(key_of(1), state_of(1, 1), label());
            QCOMPARE(store_->longest_prefix(std::vector{key_of(1)}), 1);
            throw std::logic_error("stop");
        }),
                                 std::logic_error);
        QCOMPARE(count("memory_parts"), 0);
    }

    void findsTheLongestPrefix() {
        const auto chain = chain_of(3000);
        QCOMPARE(store_->longest_prefix(chain), 0);
        QCOMPARE(store_->longest_prefix({}), 0);
        for (const std::int64_t segments : {1, 7, 2000})
            store_->put(chain[static_cast<std::size_t>(segments - 1)], state_of(1, segments), label());
        store_->put(chain[2500], state_of(1, 17), label()); // says it is of another length: not believed
        const std::span all(chain);
        QCOMPARE(store_->longest_prefix(all), 2000);
        QCOMPARE(store_->longest_prefix(all.first(2000)), 2000);
        QCOMPARE(store_->longest_prefix(all.first(1999)), 7);
        QCOMPARE(store_->longest_prefix(all.first(7)), 7);
        QCOMPARE(store_->longest_prefix(all.first(6)), 1);
        QCOMPARE(store_->longest_prefix(chain_of(50, 900000)), 0);
    }

    void setsADamagedStateAside_data() {
        QTest::addColumn<QString>("damage");
        QTest::addColumn<QString>("reason");
        const auto row = [](const char* name, const char* sql, const char* reason) {
            QTest::newRow(name) << QString::fromUtf8(sql) << QString::fromUtf8(reason);
        };
        row("flipped byte",
            "UPDATE memory_parts SET data = CAST(substr(data, 1, 299) || CASE substr(data, 300, 1) WHEN "
            "x'00' THEN "
            "x'01' ELSE x'00' END || substr(data, 301) AS BLOB) WHERE state_id = 2",
            "");
        row("truncated", "UPDATE memory_parts SET data = substr(data, 1, 200) WHERE state_id = 2", "size");
        row("empty", "UPDATE memory_parts SET data = x'' WHERE state_id = 2", "size");
        row("missing blob", "DELETE FROM memory_parts WHERE state_id = 2", "size");
        row("another state's blob",
            "UPDATE memory_parts SET data = (SELECT data FROM memory_parts WHERE state_id = 1) WHERE "
            "state_id = 2",
            "checksum");
        row("checksum", "UPDATE memory_states SET checksum = zeroblob(16) WHERE id = 2", "checksum");
        row("short checksum", "UPDATE memory_states SET checksum = x'01' WHERE id = 2", "checksum");
        row("shape", "UPDATE memory_states SET layers = keys, keys = layers WHERE id = 2", "checksum");
        row("huge shape", "UPDATE memory_states SET hidden = 9223372036854775807 WHERE id = 2", "shape");
        row("format", "UPDATE memory_states SET codec = 9 WHERE id = 2", "format 9");
    }
    void setsADamagedStateAside() {
        QFETCH(QString, damage);
        QFETCH(QString, reason);
        const auto chain = chain_of(2);
        store_->put(chain[0], state_of(1, 1), label());
        store_->put(chain[1], state_of(2, 2), label());
        database_->handle().exec(damage.toStdString());

        std::string sentence;
        QVERIFY(!store_->load(chain[1], &sentence).has_value());
        QVERIFY2(has(sentence, "\"book\" after segment 2 is damaged") &&
                     has(sentence, reason.toStdString()) && has(sentence, database_->file().string()),
                 sentence.c_str());
        QCOMPARE(store_->longest_prefix(chain), 1); // the state before it is what remains
        QVERIFY(same_bits(*store_->load(chain[0]), state_of(1, 1)));
        QCOMPARE(store_->list().size(), 1U);
        QCOMPARE(count("memory_states WHERE damaged IS NOT NULL"), 1); // kept for inspection
        sentence.clear();
        QVERIFY(!store_->load(chain[1], &sentence).has_value());
        QVERIFY(sentence.empty());

        store_->put(chain[1], state_of(2, 2), label()); // read again
        QVERIFY(same_bits(*store_->load(chain[1]), state_of(2, 2)));
        QCOMPARE(store_->longest_prefix(chain), 2);
    }

    void keepsOneDamagedStatePerKey() {
        for (int round = 0; round < 3; ++round) {
            store_->put(key_of(1), state_of(1, 1), label());
            database_->handle().exec(
                "UPDATE memory_states SET checksum = zeroblob(16) WHERE damaged IS NULL");
            QVERIFY(!store_->load(key_of(1)).has_value());
        }
        QCOMPARE(count("memory_states"), 1);
        QVERIFY(store_->remove(key_of(1)));
        QCOMPARE(count("memory_states"), 0);
        QCOMPARE(count("memory_parts"), 0);
    }

    void readsAndReportsDamageWithoutWriting() {
        store_->put(key_of(1), state_of(1, 1), label());
        store_->put(key_of(2), state_of(2, 1), label());
        database_->handle().exec("UPDATE memory_states SET checksum = zeroblob(16) WHERE id = 2");
        const std::string used = store_->list().back().used_at;
        Database reader(path_in(*directory_), Database::Mode::read_only);
        MemoryStore memories(reader);
        QVERIFY(same_bits(*memories.load(key_of(1)), state_of(1, 1)));
        std::string sentence;
        QVERIFY(!memories.load(key_of(2), &sentence).has_value());
        QVERIFY(has(sentence, "checksum"));
        QCOMPARE(count("memory_states WHERE damaged IS NULL"), 2);
        QCOMPARE(store_->list().back().used_at, used);
    }

    void loadsWhileAnotherConnectionWrites() {
        store_->put(key_of(1), state_of(1, 1), label());
        Database other(path_in(*directory_), Database::Mode::read_write, std::chrono::milliseconds(20));
        database_->transaction([&] {
            store_->put(key_of(2), state_of(2, 1), label());
            MemoryStore reader(other);
            QVERIFY(
                same_bits(*reader.load(key_of(1)), state_of(1, 1))); // only its time of use cannot be noted
            QCOMPARE(reader.longest_prefix(std::vector{key_of(2)}), 0); // not committed yet
        });
        QCOMPARE(MemoryStore(other).longest_prefix(std::vector{key_of(2)}), 1);
    }

    void removes() {
        const std::int64_t other = DocumentStore(*database_).remember(document_of("other"));
        for (std::uint64_t i = 1; i <= 3; ++i)
            store_->put(key_of(i), state_of(i, 1), label());
        store_->put(key_of(4), state_of(4, 1), {other, "m", "n"});
        QVERIFY(store_->remove(key_of(1)));
        QVERIFY(!store_->remove(key_of(1)));
        QCOMPARE(store_->remove_of_document(document_), 2);
        QCOMPARE(store_->list().size(), 1U);
        QCOMPARE(store_->remove_all(), 1);
        QCOMPARE(store_->remove_all(), 0);
        QCOMPARE(count("memory_parts"), 0);
        QCOMPARE(DocumentStore(*database_).list().size(), 2U);
    }
};

QTEST_GUILESS_MAIN(TestMemoryStore)
#include "tst_storage_memory_store.moc"
