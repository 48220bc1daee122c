// A library whose file was damaged: it says so or gives what was stored, and nothing else.

#include <QtTest>

#include <filesystem>

#include <SQLiteCpp/SQLiteCpp.h>

#include "storage/conversation_store.h"
#include "support.h"

using namespace longview;
using namespace longview::storage;
using namespace longview::storage::test;

class TestDamage : public QObject {
    Q_OBJECT

    static constexpr std::size_t page_size = 32768;
    std::unique_ptr<QTemporaryDir> directory_;
    std::string sound_; ///< the bytes of a good library

    std::filesystem::path file() const { return path_in(*directory_, "damaged.db"); }
    void write_damaged(const std::string& bytes) const {
        write_bytes(file(), bytes);
        for (const char* suffix : {"-wal", "-shm"})
            std::filesystem::remove(file().string() + suffix);
    }

    struct Outcome {
        int errors = 0, set_aside = 0, sound = 0;
    };
    /// Reads everything; each part must be right or reported.
    void read_all(Outcome& outcome) {
        const auto attempt = [&](const std::function<void()>& work) {
            const std::string sentence = sentence_of(work);
            if (sentence.empty())
                return;
            ++outcome.errors;
            QVERIFY2(has(sentence, file().string()) && !has(sentence, "WRONG KIND"), sentence.c_str());
        };
        attempt([&] {
            Database database(file());
            DocumentStore documents(database);
            MemoryStore memories(database);
            attempt([&] { documents.list(); });
            attempt([&] { ConversationStore(database).list(1); });
            attempt([&] { memories.list(); });
            for (std::uint64_t i = 1; i <= 2; ++i)
                attempt([&] {
                    std::string damaged;
                    const auto state = memories.load(key_of(i), &damaged);
                    if (state)
                        QVERIFY(same_bits(*state, state_of(i, 1, 2, 48, 720)));
                    (state ? outcome.sound : outcome.set_aside) += state || !damaged.empty() ? 1 : 0;
                });
        });
    }

private slots:
    void initTestCase() {
        directory_ = std::make_unique<QTemporaryDir>();
        const auto good = path_in(*directory_, "good.db");
        {
            Database database(good);
            const std::int64_t id = DocumentStore(database).remember(document_of("book"));
            for (std::uint64_t i = 1; i <= 2; ++i)
                MemoryStore(database).put(key_of(i), state_of(i, 1, 2, 48, 720), {id, "m", "n"});
            for (int i = 0; i < 100; ++i)
                ConversationStore(database).add(id, exchange_of("question " + std::to_string(i)));
        }
        sound_ = bytes_of(good);
        QVERIFY(sound_.size() > 15 * page_size);
    }

    void aSoundFileIsReadWhole() {
        write_damaged(sound_);
        Outcome outcome;
        read_all(outcome);
        QCOMPARE(outcome.errors, 0);
        QCOMPARE(outcome.sound, 2);
    }

    void aDamagedHeaderIsRefusedUntouched() {
        for (const std::size_t byte :
             {0, 7, 15, 16, 20, 47, 68}) { // magic, page size, fractions, format, whose
            std::string bytes = sound_;
            bytes[byte] = static_cast<char>(bytes[byte] ^ 0x5A);
            write_damaged(bytes);
            const std::string sentence = sentence_of([&] { Database database(file()); });
            QVERIFY2(has(sentence, file().string()), std::to_string(byte).c_str());
            QVERIFY(bytes_of(file()) == bytes);
        }
    }

    void aDamagedSchemaPageIsRefusedUntouched() {
        std::string bytes = sound_;
        std::fill(bytes.begin() + 100, bytes.begin() + page_size, '\xA5');
        write_damaged(bytes);
        QVERIFY(has(sentence_of([&] { Database database(file()); }), "the file is damaged"));
        QVERIFY(bytes_of(file()) == bytes);
    }

    void aCutFileIsReported() {
        for (const std::size_t size : {std::size_t{100}, page_size, page_size + 1, 5 * page_size,
                                       sound_.size() / 2, sound_.size() - page_size}) {
            write_damaged(sound_.substr(0, size));
            Outcome outcome;
            read_all(outcome);
            QVERIFY2(outcome.errors > 0, std::to_string(size).c_str());
        }
    }

    void everyOverwrittenPageIsSurvived() {
        Outcome outcome;
        for (std::size_t page = 1; page < sound_.size() / page_size; ++page) {
            std::string bytes = sound_;
            std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(page * page_size), page_size, '\xA5');
            write_damaged(bytes);
            const int before = outcome.errors + outcome.set_aside;
            read_all(outcome);
            if (outcome.errors + outcome.set_aside == before)
                qInfo("page %zu is not read by anything here", page + 1);
        }
        qInfo("%d errors, %d states set aside, %d states sound", outcome.errors, outcome.set_aside,
              outcome.sound);
        QVERIFY(outcome.errors > 0 && outcome.sound > 0);
    }

    void flippedBitsAreSurvived() {
        constexpr unsigned seed = 4711;
        std::mt19937 random(seed);
        Outcome outcome;
        for (int round = 0; round < 60; ++round) {
            std::string bytes = sound_;
            const std::size_t byte = 100 + random() % (bytes.size() - 100);
            bytes[byte] = static_cast<char>(bytes[byte] ^ (1 << random() % 8));
            write_damaged(bytes);
            read_all(outcome);
        }
        qInfo("seed %u: %d errors, %d states set aside, %d states sound", seed, outcome.errors,
              outcome.set_aside, outcome.sound);
        QVERIFY(outcome.set_aside > 0 && outcome.sound > 0);
    }
};

QTEST_GUILESS_MAIN(TestDamage)
#include "tst_storage_damage.moc"
