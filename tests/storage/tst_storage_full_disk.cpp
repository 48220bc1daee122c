// A disk without room: one sentence, and everything stored before is still there.

#include <QtTest>

#include <memory>

#include <SQLiteCpp/SQLiteCpp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "child.h"
#include "storage/conversation_store.h"
#include "storage/sql.h"
#include "support.h"

using namespace longview;
using namespace longview::storage;
using namespace longview::storage::test;

namespace {

const MemoryState small_state = state_of(1, 1, 2, 24, 32);
const MemoryState large_state = state_of(2, 2, 4, 192, 384); // 1.2 MB of noise

constexpr int skipped = 77;

void fill(Database& database) {
    const std::int64_t id = DocumentStore(database).remember(document_of("book"));
    ConversationStore(database).add(id, exchange_of("Why?"));
    MemoryStore(database).put(key_of(1), small_state, {id, "m", "n"});
}

bool holds_all(Database& database) {
    const auto documents = DocumentStore(database).list();
    const auto state = MemoryStore(database).load(key_of(1));
    return documents.size() == 1 && ConversationStore(database).list(documents.front().id).size() == 1 &&
           state && same_bits(*state, small_state) && MemoryStore(database).list().size() == 1 &&
           database.handle().execAndGet("PRAGMA integrity_check").getString() == "ok";
}

std::string store_large(Database& database) {
    return sentence_of([&] { MemoryStore(database).put(key_of(2), large_state, {1, "m", "n"}); });
}

/// From here on no file of this process grows beyond `bytes`; writing fails instead of ending the process.
void limit_files(rlim_t bytes) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, bytes};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0)
        std::abort();
}

/// A file system of `size` for this process alone. False where that is not allowed.
bool mount_small_disk(const QString& place, const char* size) {
    return ::unshare(CLONE_NEWNS) == 0 && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
           ::mount("tmpfs", place.toLocal8Bit().constData(), "tmpfs", 0, size) == 0;
}

} // namespace

class TestFullDisk : public QObject {
    Q_OBJECT

private slots:
    void theLibraryCannotGrow() {
        const QTemporaryDir directory;
        Database database(path_in(directory));
        fill(database);
        auto& handle = database.handle();
        const std::int64_t pages = integer_of(handle, "PRAGMA page_count");
        handle.exec("PRAGMA max_page_count = " + std::to_string(pages + 20));
        const std::string sentence = store_large(database);
        QVERIFY2(has(sentence, "the disk is full") && has(sentence, "Free some space") &&
                     has(sentence, database.file().string()),
                 sentence.c_str());
        QVERIFY(holds_all(database));
        const std::string whole = sentence_of([&] {
            database.transaction([&] {
                for (int i = 0; i < 1000; ++i)
                    ConversationStore(database).add(1, exchange_of(std::string(1000, 'x')));
            });
        });
        QVERIFY2(has(whole, "the disk is full"), whole.c_str());
        QVERIFY(holds_all(database));
        handle.exec("PRAGMA max_page_count = 1000000");
        QCOMPARE(store_large(database), std::string());
        QVERIFY(same_bits(*MemoryStore(database).load(key_of(2)), large_state));
    }

    void theSystemRefusesToWrite() {
        const QTemporaryDir directory;
        const auto file = path_in(directory);
        { fill(*std::make_unique<Database>(file)); }
        Child child([&](Child& parent) {
            Database database(file);
            limit_files(400'000);
            parent.say(store_large(database));
            return holds_all(database) ? 0 : 1;
        });
        const std::string sentence = child.wait_all();
        QVERIFY2(has(sentence, "could not read or write it") && has(sentence, file.string()),
                 sentence.c_str());
        QCOMPARE(child.finish(), 0);
        Database database(file);
        QVERIFY(holds_all(database));
        QCOMPARE(store_large(database), std::string());
    }

    void aNewLibraryHasNoRoom() {
        const QTemporaryDir directory;
        const auto file = path_in(directory);
        for (const rlim_t room : {0, 1000, 10'000, 40'000}) {
            Child child([&](Child& parent) {
                limit_files(room);
                parent.say(sentence_of([&] { Database database(file); }));
                return 0;
            });
            const std::string sentence = child.wait_all();
            QVERIFY2(has(sentence, "Opening the library failed") && has(sentence, file.string()),
                     sentence.c_str());
            QCOMPARE(child.finish(), 0);
        }
        Database database(file); // what was left behind does no harm
        fill(database);
        QVERIFY(holds_all(database));
    }

    void aRealFullDisk() {
        const QTemporaryDir directory;
        const auto file = path_in(directory);
        Child child([&](Child& parent) {
            if (!mount_small_disk(directory.path(), "size=3m"))
                return skipped;
            auto database = std::make_unique<Database>(file);
            fill(*database);
            parent.say(store_large(*database));
            if (!holds_all(*database))
                return 1;
            database = std::make_unique<Database>(file);
            return holds_all(*database) ? 0 : 2;
        });
        const std::string sentence = child.wait_all();
        const int status = child.finish();
        if (status == skipped)
            QSKIP("this system allows no mount of its own");
        QCOMPARE(status, 0);
        QVERIFY2(has(sentence, "the disk is full") && has(sentence, file.string()), sentence.c_str());
    }

    void aRealReadOnlyDisk() {
        const QTemporaryDir directory;
        const auto file = path_in(directory);
        Child child([&](Child& parent) {
            if (!mount_small_disk(directory.path(), "size=2m"))
                return skipped;
            { fill(*std::make_unique<Database>(file)); }
            if (::mount("none", directory.path().toLocal8Bit().constData(), nullptr, MS_REMOUNT | MS_RDONLY,
                        nullptr) != 0)
                return skipped;
            parent.say(sentence_of([&] { Database database(file); }));
            return 0;
        });
        const std::string sentence = child.wait_all();
        const int status = child.finish();
        if (status == skipped)
            QSKIP("this system allows no mount of its own");
        QCOMPARE(status, 0);
        QVERIFY2(has(sentence, file.string()) && has(sentence, "another place"), sentence.c_str());
    }
};

QTEST_GUILESS_MAIN(TestFullDisk)
#include "tst_storage_full_disk.moc"
