// Memories as files: what is exported comes back bit for bit, and nothing else is believed.

#include <QtTest>

#include "storage/memory_file.h"
#include "support.h"

using namespace longview;
using namespace longview::storage;
using namespace longview::storage::test;

class TestMemoryFile : public QObject {
    Q_OBJECT

    static Fingerprint fingerprint() { return {key_of(1), "layers=2", key_of(2), "cpu-float32-1"}; }
    static StateLabel label(std::int64_t document) {
        return {document, "default", "cpu-float32-1", fingerprint(), 256};
    }
    static MemoryFile memory_of(std::uint64_t number) {
        std::mt19937_64 random(number);
        const auto size = [&](int most) {
            return 1 + static_cast<int>(random() % static_cast<unsigned>(most));
        };
        const MemoryState state = state_of(number, size(9), size(3), size(7), size(9));
        const EncodedState stored = encoded(key_of(number), state);
        MemoryFile memory;
        memory.model = "model " + std::string(random() % 20, 'x');
        memory.fingerprint = fingerprint();
        memory.segment_size = 256;
        memory.title = std::string(random() % 40, '\xc3');
        memory.content_hash = "hash";
        memory.document_bytes = static_cast<std::int64_t>(random() >> 1U);
        memory.key = key_of(number);
        memory.layers = state.layers;
        memory.keys = state.keys;
        memory.hidden = state.hidden;
        memory.segments = state.segments;
        memory.codec = codec_parts_zstd;
        memory.checksum = stored.checksum;
        memory.data.assign(stored.data.begin(), stored.data.end());
        return memory;
    }
    static std::string refusal(const std::string& bytes) {
        try {
            parse_memory_file(std::as_bytes(std::span(bytes)), "x.lvmem");
        } catch (const Error& error) {
            return error.kind() == ErrorKind::input ? error.what() : "WRONG KIND";
        }
        return {};
    }

private slots:
    void goesFromOneLibraryToAnother() {
        const QTemporaryDir directory;
        std::string bytes;
        {
            Database library(path_in(directory, "a.db"));
            const std::int64_t document = DocumentStore(library).remember(document_of("book"));
            MemoryStore(library).put(key_of(7), real_state(1), label(document));
            bytes = to_bytes(export_memory(library, key_of(7)));
        }
        Database library(path_in(directory, "b.db"));
        const MemoryFile memory = parse_memory_file(std::as_bytes(std::span(bytes)), "x.lvmem");
        QCOMPARE(mismatch(memory, fingerprint()), std::string());
        const std::int64_t document = import_memory(library, memory);
        QCOMPARE(import_memory(library, memory), document); // twice is once
        QVERIFY(same_bits(*MemoryStore(library).load(key_of(7)), real_state(1)));
        DocumentStore documents(library);
        QCOMPARE(documents.list().size(), 1U);
        QVERIFY(!documents.find_path("").has_value());
        QCOMPARE(documents.remember(document_of("book")), document); // the text is opened: the same document
        QCOMPARE(MemoryStore(library).list(document).size(), 1U);
    }

    void writesBackWhatItParsed() {
        for (std::uint64_t number = 1; number <= 60; ++number) {
            const std::string bytes = to_bytes(memory_of(number));
            QCOMPARE(to_bytes(parse_memory_file(std::as_bytes(std::span(bytes)), "x")), bytes);
        }
    }

    void refusesEveryCutAndEveryFlippedByte() {
        const std::string bytes = to_bytes(memory_of(3));
        for (std::size_t size = 0; size < bytes.size(); ++size)
            QVERIFY(has(refusal(bytes.substr(0, size)), "x.lvmem cannot be imported: "));
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            std::string bad = bytes;
            bad[i] = static_cast<char>(bad[i] ^ 0x11);
            QVERIFY2(has(refusal(bad), "cannot be imported: "), std::to_string(i).c_str());
        }
        QVERIFY(has(refusal(bytes + "x"), "belong to nothing"));
        QVERIFY(has(refusal("It was the best of times."), "not a memory that Longview exported"));
    }

    void namesTheVersionItDoesNotKnow() {
        std::string bytes = to_bytes(memory_of(4));
        bytes[8] = 9;
        QVERIFY(has(refusal(bytes), "version 9"));
    }

    void refusesAStateThatDoesNotFitItsChecksum() {
        MemoryFile memory = memory_of(5);
        memory.segments += 1; // the file's own checksum is right
        QVERIFY(has(refusal(to_bytes(memory)), "checksum"));
        memory = memory_of(5);
        memory.hidden = std::numeric_limits<std::int64_t>::max();
        QVERIFY(has(refusal(to_bytes(memory)), "shape"));
        memory = memory_of(5);
        memory.segments = 0;
        QVERIFY(has(refusal(to_bytes(memory)), "no segment"));
    }

    void saysWhatDoesNotMatch() {
        const MemoryFile memory = memory_of(6);
        Fingerprint other = fingerprint();
        other.weights = key_of(99);
        QVERIFY(has(mismatch(memory, other), "other weights"));
        other = fingerprint();
        other.config = "layers=3";
        QVERIFY(has(mismatch(memory, other), "configuration"));
        other = fingerprint();
        other.tokenizer = key_of(99);
        QVERIFY(has(mismatch(memory, other), "tokenizer"));
        other = fingerprint();
        other.numerics = "cuda-bf16-1";
        QVERIFY(has(mismatch(memory, other), "cuda-bf16-1"));
    }

    void doesNotExportWhatNobodyCanCheck() {
        const QTemporaryDir directory;
        Database library(path_in(directory));
        const std::int64_t document = DocumentStore(library).remember(document_of("book"));
        MemoryStore memories(library);
        memories.put(key_of(1), state_of(1, 2), {document, "default", "cpu-float32-1"});
        const auto attempt = [&] {
            try {
                export_memory(library, key_of(1));
            } catch (const Error& error) {
                return std::string(error.what());
            }
            return std::string();
        };
        QVERIFY(has(attempt(), "older Longview"));
        const StateLabel user = label(document);
        QVERIFY(memories.load(key_of(1), nullptr, &user).has_value()); // used again: now it is known
        QCOMPARE(attempt(), std::string());
        MemoryStore(library).remove(key_of(1));
        QVERIFY(has(attempt(), "no longer"));
    }
};

QTEST_GUILESS_MAIN(TestMemoryFile)
#include "tst_storage_memory_file.moc"
