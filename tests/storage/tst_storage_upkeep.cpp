// The room that memories take: what goes first, what never goes, and what is checked.

#include <QtTest>

#include <SQLiteCpp/SQLiteCpp.h>

#include "child.h"
#include "storage/backup.h"
#include "storage/conversation_store.h"
#include "storage/memory_upkeep.h"
#include "storage/open_document.h"
#include "storage/sql.h"
#include "support.h"

using namespace longview;
using namespace longview::storage;
using namespace longview::storage::test;
namespace fs = std::filesystem;

class TestUpkeep : public QObject {
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> directory_;
    std::unique_ptr<Database> library_;

    fs::path file() const { return path_in(*directory_); }
    std::int64_t document(const char* name) { return DocumentStore(*library_).remember(document_of(name)); }
    Pruned put(std::int64_t document, std::uint64_t number, std::int64_t segments) {
        return MemoryStore(*library_).put(key_of(number), state_of(number, segments, 2, 24, 480),
                                          {document, "m", "n"});
    }
    /// Segments of what is stored, by number of the key.
    std::vector<std::uint64_t> stored(std::uint64_t most = 30) {
        std::vector<std::uint64_t> numbers;
        for (std::uint64_t i = 1; i <= most; ++i) {
            if (MemoryStore(*library_).verify(key_of(i)))
                numbers.push_back(i);
        }
        return numbers;
    }
    std::int64_t one_state() { return MemoryStore(*library_).list().front().stored_bytes + 200; }
    using Numbers = std::vector<std::uint64_t>;

private slots:
    void init() {
        directory_ = std::make_unique<QTemporaryDir>();
        library_ = std::make_unique<Database>(file());
    }
    void cleanup() {
        library_.reset();
        directory_.reset();
    }

    void prunesSnapshotsFirstAndTheLeastUsedOfEach() {
        const std::int64_t old = document("old"), fresh = document("fresh");
        put(old, 1, 4);
        put(old, 2, 8); // the last memory of "old"
        put(fresh, 3, 3);
        put(fresh, 4, 6);
        put(fresh, 5, 9); // the last memory of "fresh"
        MemoryUpkeep upkeep(*library_);
        const std::int64_t size = one_state();
        QCOMPARE(upkeep.prune().memories, 0); // the default budget is far
        QCOMPARE(upkeep.prune(4 * size).memories, 1);
        QCOMPARE(stored(), (Numbers{2, 3, 4, 5}));
        upkeep.prune(2 * size);
        QCOMPARE(stored(), (Numbers{2, 5}));
        QVERIFY(MemoryStore(*library_).load(key_of(2)).has_value()); // used: now "fresh" is older
        upkeep.prune(size);
        QCOMPARE(stored(), (Numbers{2}));
        QCOMPARE(upkeep.prune(0).memories, 1);
        QCOMPARE(upkeep.usage().bytes, 0);
    }

    void namesTheDocumentsThatMustBeReadAgain() {
        const std::int64_t one = document("one"), two = document("two"), longer = document("longer");
        put(one, 1, 4);
        put(two, 2, 4);
        put(longer, 2, 4); // the last of "two" is on the way to that of "longer"
        put(longer, 3, 8);
        MemoryUpkeep upkeep(*library_);
        const std::int64_t size = one_state();
        QCOMPARE(upkeep.prune(size).documents, (std::set{one, two}));
        QCOMPARE(upkeep.prune(0).documents, (std::set{longer}));
        put(one, 1, 4);
        put(one, 4, 8);
        QCOMPARE(upkeep.prune(size).documents, std::set<std::int64_t>()); // a snapshot: nothing to read again
    }

    void sparesPinnedDocuments() {
        const std::int64_t pinned = document("pinned"), other = document("other");
        put(pinned, 1, 4);
        put(pinned, 2, 8);
        put(other, 3, 8);
        DocumentStore documents(*library_);
        QVERIFY(documents.pin(pinned, true));
        QVERIFY(!documents.pin(999, true));
        QVERIFY(documents.find("hash of pinned")->pinned && !documents.find("hash of other")->pinned);
        documents.remember(document_of("pinned")); // opening it again changes nothing about that
        QVERIFY(documents.find("hash of pinned")->pinned);
        MemoryUpkeep(*library_).prune(0);
        QCOMPARE(stored(), (Numbers{1, 2}));
        QVERIFY(documents.pin(pinned, false));
        MemoryUpkeep(*library_).prune(0);
        QCOMPARE(stored(), Numbers());
    }

    void sparesDocumentsThatAreOpenAnywhere() {
        const std::int64_t here = document("here"), there = document("there"), closed = document("closed");
        put(here, 1, 4);
        put(there, 2, 4);
        put(closed, 3, 4);
        library_.reset(); // nothing may be open while a child is made
        Child child([&](Child& parent) {
            const Database library(file());
            const OpenDocument open(library, there);
            parent.say("o");
            parent.wait();
            return 0;
        });
        QCOMPARE(child.wait(), std::string("o"));
        library_ = std::make_unique<Database>(file());
        auto open = std::make_unique<OpenDocument>(*library_, here);
        const OpenDocument twice(*library_, here);
        QVERIFY(is_open(*library_, here) && is_open(*library_, there) && !is_open(*library_, closed));
        MemoryUpkeep(*library_).prune(0);
        QCOMPARE(stored(), (Numbers{1, 2}));
        child.kill(); // leaves no mark behind
        open.reset();
        MemoryUpkeep(*library_).prune(0);
        QCOMPARE(stored(), (Numbers{1})); // still open once
    }

    void keepsWithinItsBudgetWhileItStores() {
        const std::int64_t book = document("book"), other = document("other");
        put(other, 30, 1);
        MemoryUpkeep upkeep(*library_);
        QCOMPARE(upkeep.budget(), 10'000'000'000);
        upkeep.set_budget(3 * one_state());
        std::int64_t removed = 0;
        for (std::uint64_t i = 1; i <= 8; ++i)
            removed += put(book, i, static_cast<std::int64_t>(i)).memories;
        QCOMPARE(removed, 6);
        QCOMPARE(stored(), (Numbers{7, 8, 30})); // the last of the other document outlives our snapshots
        QVERIFY(upkeep.usage().bytes <= upkeep.budget());
        upkeep.set_budget(0);
        put(book, 9, 9);
        QCOMPARE(stored(), (Numbers{9})); // what was just stored stays
        library_ = std::make_unique<Database>(file());
        QCOMPARE(MemoryUpkeep(*library_).budget(), 0);
    }

    void thinsToWellSpreadSnapshots() {
        const std::int64_t book = document("book"), other = document("other");
        const auto chain = chain_of(100, 1);
        MemoryStore memories(*library_);
        for (std::size_t i = 0; i < chain.size(); ++i) {
            put(book, i + 1, static_cast<std::int64_t>(i) + 1);
            memories.thin(std::span(chain).first(i + 1), book, 8); // while it reads
        }
        const auto left = memories.prefixes(chain);
        QCOMPARE(left.size(), 9U);
        QCOMPARE(left.back().segments, 100);
        std::int64_t before = 0;
        for (const StoredPrefix& prefix : left) {
            QVERIFY(prefix.key == chain[static_cast<std::size_t>(prefix.segments) - 1]);
            QVERIFY(prefix.segments > before && prefix.segments - before <= 34);
            QCOMPARE(prefix.created_at.size(), 27U);
            before = prefix.segments;
        }
        const StateLabel user{other, "m", "n"};
        QVERIFY(memories.load(left.front().key, nullptr, &user).has_value());
        QCOMPARE(memories.thin(chain, book, 0), 7); // the other document keeps the one that it uses
        QCOMPARE(memories.prefixes(chain).size(), 2U);
        QCOMPARE(memories.list(other).size(), 1U);
    }

    void documentsShareWhatTheyHaveInCommon() {
        const std::int64_t first = document("first"), second = document("second");
        put(first, 1, 4);
        put(second, 1, 4);
        put(first, 2, 8);
        QVERIFY(DocumentStore(*library_).remove(first));
        QCOMPARE(stored(), (Numbers{1}));
        const auto listed = MemoryStore(*library_).list();
        QCOMPARE(listed.front().document_title, std::string("second"));
        QCOMPARE(MemoryStore(*library_).remove_of_document(second), 1);
        QCOMPARE(stored(), Numbers());
    }

    void verifiesEverything() {
        const std::int64_t book = document("book");
        for (std::uint64_t i = 1; i <= 3; ++i)
            put(book, i, static_cast<std::int64_t>(i));
        MemoryUpkeep upkeep(*library_);
        const auto used = MemoryStore(*library_).list().back().used_at;
        QVERIFY(upkeep.verify().good());
        QCOMPARE(upkeep.verify().sound, 3);
        QCOMPARE(MemoryStore(*library_).list().back().used_at, used); // looking is not using
        library_->handle().exec("UPDATE memory_parts SET data = zeroblob(length(data)) WHERE state_id = 2");
        const Verification bad = upkeep.verify();
        QVERIFY(!bad.good() && bad.sound == 2 && bad.damaged.size() == 1 && bad.structure.empty());
        QVERIFY(has(bad.damaged.front(), "\"book\" after segment 2"));
        const Verification again = upkeep.verify();
        QVERIFY(again.good() && again.set_aside.size() == 1);
        QCOMPARE(upkeep.usage().set_aside, 1);
        QCOMPARE(upkeep.prune(upkeep.usage().bytes - 1).memories, 1); // what is damaged goes first
        QCOMPARE(stored(), (Numbers{1, 3}));
        QCOMPARE(upkeep.verify([](std::int64_t done, std::int64_t) { return done < 1; }).sound, 1);
        library_->handle().exec("PRAGMA foreign_keys = OFF; DELETE FROM documents");
        QVERIFY(!upkeep.verify().structure.empty());
    }

    void givesRoomBack() {
        const std::int64_t book = document("book");
        for (std::uint64_t i = 1; i <= 20; ++i)
            put(book, i, static_cast<std::int64_t>(i));
        MemoryUpkeep upkeep(*library_);
        upkeep.prune(one_state());
        const Usage before = upkeep.usage();
        QVERIFY(before.free_file_bytes > before.file_bytes / 2);
        upkeep.vacuum();
        const Usage after = upkeep.usage();
        QVERIFY(after.file_bytes < before.file_bytes / 2 && after.free_file_bytes == 0);
        QCOMPARE(static_cast<std::int64_t>(fs::file_size(file())), after.file_bytes);
        QCOMPARE(stored(), (Numbers{20}));
    }

    void searchesAnswersAndDocuments() {
        const std::int64_t book = document("Krieg 100%"), other = document("other");
        ConversationStore conversations(*library_);
        conversations.add(book, exchange_of("Where is the caf\xc3\xa9 of Natasha?"));
        conversations.add(other, exchange_of("Who said \"never\" AND why?"));
        QCOMPARE(conversations.search("CAFE nata", 10).size(), 1U);
        QCOMPARE(conversations.search("cafe nata", 10).front().document_title, std::string("Krieg 100%"));
        QCOMPARE(conversations.search("because", 10).size(), 2U); // the answers
        QCOMPARE(conversations.search("because", 1).front().document_id, other);
        QCOMPARE(conversations.search("\"never\" AND (*", 10).size(), 1U); // no operators
        QCOMPARE(conversations.search("  ", 10).size(), 0U);
        DocumentStore documents(*library_);
        QCOMPARE(documents.search("100%", 10).size(), 1U);
        QCOMPARE(documents.search("%", 10).size(), 1U);
        QCOMPARE(documents.search("_", 10).size(), 0U);
        QCOMPARE(documents.search("KRIEG", 10).size(), 1U);
        QCOMPARE(documents.search("/books/", 1).size(), 1U);
        QCOMPARE(documents.list({1, 1}).front().title, std::string("Krieg 100%"));
        QVERIFY(documents.remove(book));
        QCOMPARE(conversations.search("cafe", 10).size(), 0U);
        QCOMPARE(conversations.remove_of_document(other), 1);
        QCOMPARE(conversations.search("because", 10).size(), 0U);
        library_->handle().exec(
            "INSERT INTO exchange_words (exchange_words, rank) VALUES ('integrity-check', 1)");
    }

    void bringsALibraryOfTheFirstSchemaUpToDate() {
        library_.reset();
        const std::string old = bytes_of(FIXTURES "/libraries/schema_1.sqlite");
        write_bytes(file(), old);
        library_ = std::make_unique<Database>(file());
        QCOMPARE(integer_of(library_->handle(), "PRAGMA user_version"), Database::schema_version());
        QCOMPARE(DocumentStore(*library_).list().size(), 2U);
        QCOMPARE(ConversationStore(*library_).list(1).size(), 3U);
        QCOMPARE(ConversationStore(*library_).search("cafe", 5).size(), 1U);
        for (std::uint64_t i = 1; i <= 3; ++i)
            QVERIFY(same_bits(*MemoryStore(*library_).load(key_of(i)),
                              state_of(i, static_cast<std::int64_t>(i) * 2)));
        QVERIFY(same_bits(*MemoryStore(*library_).load(key_of(4)), state_of(4, 5)));
        QVERIFY(DocumentStore(*library_).remove(1));
        QCOMPARE(MemoryStore(*library_).list().size(), 1U);

        const fs::path copy = backup_file(file(), 1);
        SQLite::Database backup(copy.string());
        QCOMPARE(integer_of(backup, "PRAGMA user_version"), 1);
        QCOMPARE(integer_of(backup, "SELECT count(*) FROM memory_blobs"), 4);
        QCOMPARE(backup.execAndGet("PRAGMA integrity_check").getString(), std::string("ok"));
        remove_older_backups(file(), 2);
        QVERIFY(!fs::exists(copy));
    }

    void anUpgradeThatCannotBackUpChangesNothing() {
        library_.reset();
        const std::string old = bytes_of(FIXTURES "/libraries/schema_1.sqlite");
        write_bytes(file(), old);
        fs::create_directories(backup_file(file(), 1) / "in the way");
        const std::string sentence = sentence_of([&] { Database library(file()); });
        QVERIFY2(has(sentence, "nothing was changed"), sentence.c_str());
        QVERIFY(bytes_of(file()) == old);
    }
};

QTEST_GUILESS_MAIN(TestUpkeep)
#include "tst_storage_upkeep.moc"
