// Faults at every step of everything that writes. What the library acknowledged is there afterwards, what it
// gives is right, and it goes on working. A sample by default; with LONGVIEW_FAULTS=all every step, and a
// table.

#include <QtTest>

#include <algorithm>
#include <map>
#include <set>

#include <SQLiteCpp/SQLiteCpp.h>
#include <sys/stat.h>

#include "child.h"
#include "fault_vfs.h"
#include "storage/backup.h"
#include "storage/conversation_store.h"
#include "storage/memory_file.h"
#include "storage/memory_upkeep.h"
#include "storage/sql.h"
#include "support.h"

using namespace longview;
using namespace longview::storage;
using namespace longview::storage::test;
namespace fs = std::filesystem;

namespace {

/// What is in a library, as far as a person could miss it.
struct Content {
    std::set<std::string> documents, pinned;
    std::vector<std::string> questions; ///< of all documents
    std::set<std::uint64_t> states;
    bool operator==(const Content&) const = default;
};

/// The fixture's states (see its README) have these numbers, too.
MemoryState state_number(std::uint64_t number) {
    if (number <= 3)
        return state_of(number, static_cast<std::int64_t>(number) * 2);
    return number == 4 ? state_of(4, 5) : state_of(number, static_cast<std::int64_t>(number), 2, 24, 48);
}
constexpr std::uint64_t most_states = 24;

/// One thing that is acknowledged as a whole.
struct Step {
    std::function<void(Database&)> run;
    std::function<void(Content&)> apply;
};

struct Phase {
    const char* name;
    const char* base; ///< "": no file; "old": of the first schema; "new": the same, migrated
    std::vector<Step> steps;
};

Step put(std::uint64_t number) {
    return {
        [=](Database& library) {
            MemoryStore(library).put(key_of(number), state_number(number), {1, "default", "cpu-float32-1"});
        },
        [=](Content& content) { content.states.insert(number); }};
}

Step opening() {
    return {[](Database&) {}, [](Content&) {}};
}

std::vector<Hash128> chain_of_states() {
    std::vector<Hash128> chain;
    for (std::uint64_t i = 1; i <= most_states; ++i)
        chain.push_back(key_of(i));
    return chain;
}

MemoryFile file_of(std::uint64_t number) {
    const MemoryState state = state_number(number);
    const EncodedState stored = encoded(key_of(number), state);
    MemoryFile memory;
    memory.model = "default";
    memory.fingerprint.numerics = "cpu-float32-1";
    memory.segment_size = 256;
    memory.title = "imported";
    memory.content_hash = "hash of imported";
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

std::vector<Phase> phases() {
    const auto remember =
        Step{[](Database& library) { DocumentStore(library).remember(document_of("three")); },
             [](Content& content) { content.documents.insert("three"); }};
    const auto ask = [](const std::string& question) {
        return Step{[=](Database& library) { ConversationStore(library).add(1, exchange_of(question)); },
                    [=](Content& content) { content.questions.push_back(question); }};
    };
    const auto load = Step{[](Database& library) {
                               const StateLabel user{2, "default", "cpu-float32-1", Fingerprint{}, 256};
                               if (!MemoryStore(library).load(key_of(3), nullptr, &user))
                                   throw Error(ErrorKind::storage, "not loaded");
                           },
                           [](Content&) {}};
    const auto thin = Step{[](Database& library) { MemoryStore(library).thin(chain_of_states(), 1, 2); },
                           [](Content& content) { content.states = {1, 2, 3, 4, 5, 7, 9}; }};
    const auto budget = Step{[](Database& library) {
                                 MemoryUpkeep upkeep(library);
                                 library.transaction([&] {
                                     upkeep.set_budget(1'000'000);
                                     upkeep.prune(500);
                                 });
                             },
                             [](Content& content) { content.states = {4}; }};
    const auto pin = Step{[](Database& library) { DocumentStore(library).pin(2, true); },
                          [](Content& content) { content.pinned.insert("two"); }};
    const auto forget = Step{[](Database& library) { MemoryStore(library).remove_of_document(2); },
                             [](Content& content) { content.states.erase(4); }};
    const auto remove = Step{[](Database& library) { DocumentStore(library).remove(1); },
                             [](Content& content) {
                                 content.documents.erase("one");
                                 content.questions = {"Where is the caf\xc3\xa9?"};
                                 content.states.clear(); // those of "two" were forgotten before
                             }};
    const auto import = Step{[](Database& library) { import_memory(library, file_of(12)); },
                             [](Content& content) {
                                 content.documents.insert("imported");
                                 content.states.insert(12);
                             }};
    const auto vacuum = Step{[](Database& library) { MemoryUpkeep(library).vacuum(); }, [](Content&) {}};
    return {{"making a library", "", {opening(), {remember.run, remember.apply}}},
            {"changing the schema", "old", {opening(), remember}},
            {"remembering a document", "new", {remember}},
            {"reading: snapshots", "new", {put(5), put(6), put(7), put(8), put(9)}},
            {"reading: thinning", "new", {put(5), put(6), put(7), put(8), put(9), thin}},
            {"asking", "new", {ask("a"), ask("b"), ask("c")}},
            {"loading", "new", {load}},
            {"pruning", "new", {budget}},
            {"pinning", "new", {pin}},
            {"removing", "new", {forget, put(6), remove}},
            {"importing", "new", {import}},
            {"compacting", "new", {put(10), forget, vacuum}}};
}

Content content_of(Database& library, int& wrong) {
    Content content;
    DocumentStore documents(library);
    for (const DocumentRecord& record : documents.list()) {
        content.documents.insert(record.title);
        if (record.pinned)
            content.pinned.insert(record.title);
        for (const Exchange& exchange : ConversationStore(library).list(record.id))
            content.questions.push_back(exchange.question);
    }
    std::sort(content.questions.begin(), content.questions.end());
    MemoryStore memories(library);
    for (std::uint64_t i = 1; i <= most_states; ++i) {
        const auto state = memories.load(key_of(i));
        if (state && !same_bits(*state, state_number(i)))
            ++wrong;
        if (state)
            content.states.insert(i);
    }
    return content;
}

Content sorted(Content content) {
    std::sort(content.questions.begin(), content.questions.end());
    return content;
}

bool contains_all(const Content& all, const Content& part) {
    return std::includes(all.documents.begin(), all.documents.end(), part.documents.begin(),
                         part.documents.end()) &&
           std::includes(all.states.begin(), all.states.end(), part.states.begin(), part.states.end()) &&
           std::includes(all.questions.begin(), all.questions.end(), part.questions.begin(),
                         part.questions.end());
}

struct Tally {
    int faults = 0, in_flight = 0, lost = 0, wrong = 0, unusable = 0;
    void add(const Tally& other) {
        faults += other.faults;
        in_flight += other.in_flight;
        lost += other.lost;
        wrong += other.wrong;
        unusable += other.unusable;
    }
};

} // namespace

class TestFaults : public QObject {
    Q_OBJECT

    FaultVfs vfs_;
    std::unique_ptr<QTemporaryDir> directory_;
    std::map<std::string, std::string> bases_; ///< name to bytes of the file
    bool all_ = qEnvironmentVariable("LONGVIEW_FAULTS") == QStringLiteral("all");
    Tally total_;
    QStringList table_;

    fs::path file() const { return path_in(*directory_); }

    void begin(const std::string& base) {
        std::error_code none;
        for (const auto& entry : fs::directory_iterator(directory_->path().toStdString()))
            fs::remove(entry.path(), none);
        if (!base.empty())
            write_bytes(file(), bases_.at(base));
    }
    Content content_of_base(const std::string& base) {
        if (base.empty())
            return {};
        begin(base == "old" ? "new" : base);
        Database library(file());
        int wrong = 0;
        return content_of(library, wrong);
    }

    /// Runs the steps until one fails; what was acknowledged is applied to `acknowledged`. After a fault that
    /// the program survives, the step is tried again.
    std::size_t run(const Phase& phase, Content& acknowledged, Fault fault, Tally& tally) {
        std::unique_ptr<Database> library;
        for (std::size_t i = 0; i < phase.steps.size(); ++i) {
            const auto attempt = [&] {
                return sentence_of([&] {
                    if (!library)
                        library = std::make_unique<Database>(file(), Database::Mode::read_write,
                                                             std::chrono::milliseconds(0));
                    phase.steps[i].run(*library);
                });
            };
            std::string problem = attempt();
            if (!problem.empty() && !is_fatal(fault) && vfs_.fired()) {
                vfs_.lift();
                problem = attempt();
                if (!problem.empty() && ++tally.unusable > 0)
                    qWarning("%s: %s: tried again: %s", phase.name, name_of(fault), problem.c_str());
            }
            if (!problem.empty())
                return i;
            phase.steps[i].apply(acknowledged);
        }
        return phase.steps.size();
    }

    Tally check(const Phase& phase, const Content& acknowledged, std::size_t in_flight, Fault fault,
                std::int64_t step) {
        Tally tally;
        Content alternative = acknowledged;
        if (in_flight < phase.steps.size())
            phase.steps[in_flight].apply(alternative);
        const std::string sentence = sentence_of([&] {
            Database library(file());
            const Content found = content_of(library, tally.wrong);
            const bool whole = found == sorted(acknowledged), ahead = found == sorted(alternative);
            if (!whole && !ahead)
                ++(contains_all(found, sorted(acknowledged)) ? tally.wrong : tally.lost);
            if (whole && !ahead)
                ++tally.in_flight;
            if (library.handle().execAndGet("PRAGMA integrity_check").getString() != "ok" ||
                SQLite::Statement(library.handle(), "PRAGMA foreign_key_check").executeStep())
                ++tally.wrong;
            const std::int64_t document = DocumentStore(library).remember(document_of("after"));
            MemoryStore(library).put(key_of(100), state_number(20), {document, "m", "n"});
            if (!MemoryStore(library).load(key_of(100)))
                ++tally.unusable;
        });
        tally.unusable += sentence.empty() ? 0 : 1;
        if (tally.lost + tally.wrong + tally.unusable > 0)
            qWarning("%s, %s at step %lld: lost %d, wrong %d, unusable %d %s", phase.name, name_of(fault),
                     static_cast<long long>(step), tally.lost, tally.wrong, tally.unusable, sentence.c_str());
        return tally;
    }

    void report(const char* phase, const char* fault, const Tally& tally) {
        total_.add(tally);
        table_ << QStringLiteral("%1  %2  %3  %4  %5  %6")
                      .arg(QString::fromUtf8(phase), -24)
                      .arg(QString::fromUtf8(fault), -30)
                      .arg(tally.faults, 6)
                      .arg(tally.in_flight, 9)
                      .arg(tally.lost, 9)
                      .arg(tally.wrong, 12);
        QCOMPARE(tally.lost, 0);
        QCOMPARE(tally.wrong, 0);
        QCOMPARE(tally.unusable, 0);
    }

private slots:
    void initTestCase() {
        directory_ = std::make_unique<QTemporaryDir>();
        bases_["old"] = bytes_of(FIXTURES "/libraries/schema_1.sqlite");
        QVERIFY(!bases_["old"].empty());
        begin("old");
        { Database library(file()); }
        bases_["new"] = bytes_of(file());
    }

    void everyStep_data() {
        QTest::addColumn<int>("phase");
        const auto all = phases();
        for (std::size_t i = 0; i < all.size(); ++i)
            QTest::newRow(all[i].name) << static_cast<int>(i);
    }
    void everyStep() {
        QFETCH(int, phase);
        const Phase what = phases().at(static_cast<std::size_t>(phase));
        const Content before = content_of_base(what.base);
        begin(what.base);
        Content after = before;
        Tally none;
        vfs_.arm(Fault::kill, 0);
        QCOMPARE(run(what, after, Fault::kill, none), what.steps.size());
        const std::int64_t steps = vfs_.steps();
        QVERIFY(steps > 0);
        const std::int64_t stride = all_ ? 1 : std::max<std::int64_t>(1, steps / 2);
        for (const Fault fault : all_faults) {
            Tally tally;
            for (std::int64_t step = all_ ? 1 : 1 + static_cast<int>(fault) % stride; step <= steps;
                 step += stride) {
                begin(what.base);
                Content acknowledged = before;
                vfs_.arm(fault, step);
                Tally retried;
                const std::size_t reached = run(what, acknowledged, fault, retried);
                vfs_.lift();
                tally.add(retried);
                tally.add(check(what, acknowledged, reached, fault, step));
                ++tally.faults;
            }
            report(what.name, name_of(fault), tally);
        }
    }

    // A flipped byte of a blob costs that snapshot alone: the one before it is found.
    void damagedBlobs() {
        Tally tally;
        const auto chain = chain_of_states();
        begin("new");
        {
            Database library(file());
            for (std::uint64_t i = 5; i <= 9; ++i)
                put(i).run(library);
        }
        const std::string sound = bytes_of(file());
        for (std::uint64_t i = 5; i <= 9; ++i) {
            const EncodedState stored = encoded(key_of(i), state_number(i));
            const std::string blob(reinterpret_cast<const char*>(stored.data.data()), stored.data.size());
            for (std::size_t at = 16; at + 16 < blob.size(); at += all_ ? 311 : 2048) {
                const std::size_t place = sound.find(blob.substr(at, 16));
                if (place == std::string::npos) // where one page ends
                    continue;
                std::string bytes = sound;
                bytes[place] = static_cast<char>(bytes[place] ^ 0x20);
                begin("new");
                write_bytes(file(), bytes);
                Database library(file());
                MemoryStore memories(library);
                std::string damaged;
                ++tally.faults;
                const auto state = memories.load(key_of(i), &damaged);
                tally.wrong += state && !same_bits(*state, state_number(i)) ? 1 : 0;
                tally.in_flight += state ? 0 : 1;
                tally.lost += !state && damaged.empty() ? 1 : 0; // not even reported
                const auto prefix = memories.longest_prefix(std::span(chain).first(i));
                tally.lost += state || i == 5 || prefix == static_cast<std::int64_t>(i) - 1 ? 0 : 1;
            }
        }
        QVERIFY(tally.faults > 10);
        report("a stored library", "byte of a memory flipped", tally);
    }

    void readOnlyDirectory() {
        begin("new");
        ::chmod(directory_->path().toLocal8Bit().constData(), 0555);
        ::chmod(file().c_str(), 0444);
        const std::string sentence = sentence_without_privileges(
            [&] { return sentence_of([&] { put(5).run(*std::make_unique<Database>(file())); }); });
        ::chmod(directory_->path().toLocal8Bit().constData(), 0700);
        ::chmod(file().c_str(), 0600);
        QVERIFY2(has(sentence, file().string()), sentence.c_str());
        Tally tally = check({"", "new", {}}, content_of_base("new"), 0, Fault::kill, 0);
        tally.faults = 1;
        report("storing", "read-only directory", tally);
    }

    void deletedLibrary() {
        begin("new");
        Tally tally;
        {
            Database library(file());
            fs::remove(file());
            sentence_of([&] { put(5).run(library); }); // into a file without a name: nothing else to expect
        }
        for (const char* left : {"-wal", "-shm", "-open"}) {
            std::error_code none;
            fs::remove(file().string() + left, none);
        }
        tally.add(check({"", "", {}}, {}, 0, Fault::kill, 0)); // a new one begins
        tally.faults = 1;
        report("a stored library", "deleted while it is open", tally);
    }

    void killsBetweenProcesses() {
        Tally tally;
        for (int round = 0; round < (all_ ? 40 : 1); ++round) {
            begin("new");
            const Content before = content_of_base("new");
            const auto reader = [&](std::uint64_t first) {
                return std::make_unique<Child>([&, first](Child& parent) {
                    Database library(file());
                    for (std::uint64_t i = first; i < first + 8; ++i) {
                        put(i).run(library);
                        parent.say("s");
                    }
                    return 0;
                });
            };
            const auto one = reader(5), other = reader(13);
            one->wait(1);
            ::usleep(static_cast<unsigned>(round % 10) * 500U);
            ::kill(one->id(), SIGKILL);
            const std::size_t acknowledged = 1 + one->wait_all().size();
            one->kill();
            QCOMPARE(other->wait_all().size(), 8U);
            QCOMPARE(other->finish(), 0);
            Content content = before;
            for (std::uint64_t i = 5; i < 5 + acknowledged; ++i)
                content.states.insert(i);
            for (std::uint64_t i = 13; i < 21; ++i)
                content.states.insert(i);
            const Phase phase{"two processes", "new", {put(5 + std::min<std::uint64_t>(acknowledged, 7))}};
            tally.add(check(phase, content, 0, Fault::kill, round));
            ++tally.faults;
        }
        report("two processes reading", "one killed", tally);
    }

    void cleanupTestCase() {
        const QString heading = QStringLiteral("%1  %2  faults  in flight  lost work  wrong answer")
                                    .arg(QStringLiteral("while"), -24)
                                    .arg(QStringLiteral("fault"), -30);
        if (all_)
            std::fprintf(stdout, "%s\n%s\n", qPrintable(heading), qPrintable(table_.join(QLatin1Char('\n'))));
        std::fprintf(stdout,
                     "%d faults: %d acknowledged things lost, %d wrong answers; %d were in flight and have "
                     "to be done again\n",
                     total_.faults, total_.lost, total_.wrong, total_.in_flight);
        if (all_)
            QVERIFY(total_.faults >= 200);
    }
};

QTEST_GUILESS_MAIN(TestFaults)
#include "tst_storage_faults.moc"
