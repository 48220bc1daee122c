#include "store_benchmark.h"

#include <algorithm>
#include <cstring>
#include <fcntl.h>
#include <functional>
#include <optional>
#include <unistd.h>

#include "inference/values/error.h"
#include "read_benchmark.h"
#include "storage/conversation_store.h"
#include "storage/document_store.h"
#include "storage/memory_store.h"

namespace longview::bench {

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

double seconds_of(const std::function<void()>& work) {
    const auto start = Clock::now();
    work();
    return std::chrono::duration<double>(Clock::now() - start).count();
}

Hash128 key_of(std::int64_t number) {
    return hash_text("benchmark " + std::to_string(number));
}

void check(bool good, const char* what) {
    if (!good)
        throw Error(ErrorKind::storage,
                    std::string("Measuring the disk failed: ") + what + " (" + std::strerror(errno) + ").");
}

/// What dd does with bs=1M and conv=fsync, and then with iflag=direct; not bound to one library of ours.
class RawFile {
public:
    RawFile(fs::path file, const MemoryState& state)
        : file_(std::move(file)), size_(state.bytes() >> 20U << 20U) {
        check(posix_memalign(&buffer_, 4096, size_) == 0, "no memory");
        std::memcpy(buffer_, state.A.data(), std::min(size_, state.A.size() * sizeof(float)));
    }
    ~RawFile() {
        std::free(buffer_);
        ::unlink(file_.c_str());
    }
    RawFile(const RawFile&) = delete;
    RawFile& operator=(const RawFile&) = delete;

    std::size_t bytes() const { return size_; }
    void write() {
        const int file = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        check(file >= 0, "the file cannot be made");
        for (std::size_t at = 0; at < size_; at += block)
            check(::write(file, static_cast<char*>(buffer_) + at, block) == ssize_t{block}, "writing");
        check(::fsync(file) == 0, "fsync");
        ::close(file);
    }
    void read() {
        int file = ::open(file_.c_str(), O_RDONLY | O_DIRECT | O_CLOEXEC);
        if (file < 0) // not every file system can
            file = ::open(file_.c_str(), O_RDONLY | O_CLOEXEC);
        check(file >= 0, "the file cannot be opened");
        for (std::size_t at = 0; at < size_; at += block)
            check(::read(file, static_cast<char*>(buffer_) + at, block) == ssize_t{block}, "reading");
        ::close(file);
    }

private:
    static constexpr std::size_t block = 1 << 20;
    fs::path file_;
    std::size_t size_;
    void* buffer_ = nullptr;
};

void drop_from_page_cache(const fs::path& file) {
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return;
    ::fdatasync(descriptor);
    ::posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED);
    ::close(descriptor);
}

storage::DocumentRecord document_of(std::int64_t number) {
    storage::DocumentRecord record;
    record.content_hash = key_of(number).hex();
    record.path = "/books/shelf " + std::to_string(number % 97) + "/" + std::to_string(number) + ".txt";
    record.title = "The book of " + key_of(number).hex().substr(0, 6) + " and " + std::to_string(number);
    record.bytes = 400'000;
    record.tokens = 100'000;
    return record;
}

Exchange exchange_of(std::int64_t number) {
    Exchange exchange;
    exchange.question =
        "Where is " + key_of(number % 5000).hex().substr(0, 6) + " number " + std::to_string(number) + "?";
    exchange.answer = "In the " + key_of(number % 977).hex().substr(0, 5) + " of the house.";
    exchange.asked_at = "2026-01-31T12:00:00Z";
    exchange.model = "default";
    exchange.device = "CPU, 2 threads";
    return exchange;
}

void fill(storage::Database& library, std::int64_t documents, std::int64_t exchanges) {
    storage::DocumentStore shelf(library);
    storage::ConversationStore conversations(library);
    std::vector<std::int64_t> ids;
    library.transaction([&] {
        for (std::int64_t i = 0; i < documents; ++i)
            ids.push_back(shelf.remember(document_of(i)));
    });
    constexpr std::int64_t batch = 100'000;
    for (std::int64_t first = 0; first < exchanges; first += batch) {
        library.transaction([&] {
            for (std::int64_t i = first; i < std::min(first + batch, exchanges); ++i)
                conversations.add(ids[static_cast<std::size_t>(i % documents)], exchange_of(i));
        });
    }
}

} // namespace

StoredState::StoredState(fs::path file, const MemoryState& state) : file_(std::move(file)) {
    storage::Database library(file_);
    const std::int64_t document = storage::DocumentStore(library).remember(document_of(0));
    storage::MemoryStore(library).put(key_of(0), state, {document, "random", "none"});
}

MemoryState StoredState::load(double& seconds) const {
    drop_from_page_cache(file_);
    storage::Database library(file_);
    storage::MemoryStore memories(library);
    std::optional<MemoryState> state;
    seconds = seconds_of([&] { state = memories.load(key_of(0)); });
    if (!state)
        throw Error(ErrorKind::storage, "A memory that was stored did not come back.");
    return std::move(*state);
}

Table run_state_benchmark(const fs::path& directory, const MemoryState& state, int rounds) {
    RawFile raw(directory / "longview-bench.raw", state);
    const fs::path file = directory / "longview-bench.sqlite";
    std::vector<double> raw_write, raw_read, store, emptied, load;
    std::int64_t stored_bytes = 0;
    for (int round = 0; round <= rounds; ++round) // the first warms up
        raw_write.push_back(seconds_of([&] { raw.write(); }));
    {
        storage::Database library(file);
        const std::int64_t document = storage::DocumentStore(library).remember(document_of(0));
        storage::MemoryStore memories(library);
        for (int round = 0; round <= rounds; ++round) {
            store.push_back(seconds_of([&] {
                memories.put(key_of(round), state, {document, "random", "none"});
            }));
            emptied.push_back(store.back() + seconds_of([&] { library.checkpoint(); }));
        }
        stored_bytes = memories.list().front().stored_bytes;
    }
    for (int round = 0; round <= rounds; ++round) {
        raw_read.push_back(seconds_of([&] { raw.read(); }));
        drop_from_page_cache(file);
        storage::Database library(file);
        storage::MemoryStore memories(library);
        std::optional<MemoryState> loaded;
        load.push_back(seconds_of([&] { loaded = memories.load(key_of(round)); }));
        if (!loaded || !(loaded->A == state.A))
            throw Error(ErrorKind::storage, "A memory that was stored did not come back.");
    }
    const auto rate = [](std::vector<double> seconds, std::size_t bytes) {
        return static_cast<double>(bytes) / 1e6 / median({seconds.begin() + 1, seconds.end()});
    };
    Table table({"what", "MB/s of the state", "MB/s of the disk", "fraction", "stored bytes of 1"});
    const double written = rate(raw_write, raw.bytes()), read = rate(raw_read, raw.bytes());
    const std::string size =
        number(static_cast<double>(stored_bytes) / static_cast<double>(state.bytes()), 3);
    const auto add = [&](const char* what, const std::vector<double>& seconds, double disk) {
        const double speed = rate(seconds, state.bytes());
        table.add({what, number(speed, 0), number(disk, 0), number(speed / disk, 2), size});
    };
    add("store, until it is safe", store, written);
    add("store, until the log is copied", emptied, written);
    add("load", load, read);
    return table;
}

Table run_library_benchmark(const fs::path& directory, std::int64_t documents, std::int64_t exchanges,
                            int rounds) {
    const fs::path file = directory / "longview-bench.sqlite";
    const double filled = seconds_of([&] {
        storage::Database library(file);
        fill(library, documents, exchanges);
    });
    Table table({"what", "ms, median", "ms, longest"});
    table.add({"fill " + std::to_string(documents) + " documents, " + std::to_string(exchanges) + " answers",
               number(filled * 1000, 0), ""});
    const auto measure = [&](const std::string& what, const std::function<void(storage::Database&)>& work) {
        std::vector<double> ms;
        for (int round = 0; round < rounds; ++round) {
            storage::Database library(file);
            ms.push_back(1000 * seconds_of([&] { work(library); }));
        }
        table.add({what, number(median(ms), 2), number(*std::max_element(ms.begin(), ms.end()), 2)});
    };
    measure("list the first 100 documents", [](storage::Database& library) {
        storage::DocumentStore(library).list({100, 0});
    });
    measure("list 100 documents in the middle", [&](storage::Database& library) {
        storage::DocumentStore(library).list({100, documents / 2});
    });
    measure("search documents by title", [&](storage::Database& library) {
        storage::DocumentStore(library).search(key_of(documents / 3).hex().substr(0, 6), 100);
    });
    measure("search documents, nothing found",
            [](storage::Database& library) { storage::DocumentStore(library).search("zzzz", 100); });
    measure("search answers, a rare word", [&](storage::Database& library) {
        storage::ConversationStore(library).search(key_of(17).hex().substr(0, 6), 100);
    });
    measure("search answers, a word that all have",
            [](storage::Database& library) { storage::ConversationStore(library).search("house", 100); });
    measure("open a document and its answers", [&](storage::Database& library) {
        const auto record = storage::DocumentStore(library).find(key_of(documents / 2).hex());
        storage::ConversationStore(library).list(record->id);
    });
    return table;
}

} // namespace longview::bench
