#pragma once
// One model and one library together: prepare a document, read it, ask it. What longview and longview-cli
// both run.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "app/core/as_of.h"
#include "app/core/model.h"
#include "app/core/snapshots.h"
#include "inference/values/document.h"
#include "inference/values/exchange.h"
#include "inference/values/progress.h"
#include "inference/values/tokenized_text.h"
#include "storage/conversation_store.h"
#include "storage/document_store.h"
#include "storage/memory_store.h"
#include "storage/open_document.h"
#include "storage/source_store.h"

namespace longview::app {

/// How the library names a document's place: absolute, so that it is found from any directory.
std::string library_path(const std::string& path);

/// A document with its tokens and identity under one model, to be read whole or up to a point. A value; made
/// by Session::prepare.
struct PreparedDocument {
    std::shared_ptr<const Document> document;
    TokenizedText tokens;
    int segment_size = 0;
    std::vector<Hash128> chain;   ///< h₁ … h_S of all full segments
    std::size_t reach = 0;        ///< leading tokens that are read and asked: all, or those before a point
    std::string as_of;            ///< that point, for people; empty when it is the end
    std::int64_t document_id = 0; ///< in the store; 0 while it could not be written there
    std::shared_ptr<const storage::OpenDocument> open; ///< keeps its memories from being pruned
    std::string storage_problem;                       ///< why it could not
    std::int64_t segments_known = 0;                   ///< leading segments whose memory need not be computed
    bool changed = false;                              ///< another text was read from this path before
    std::string extractor_before; ///< what made that text, when it is another extractor than today's
    /// Why what was read before is of no use here: a sentence each.
    std::vector<std::string> notes;

    /// The same document as if it ended at `point`: reading it never sees what comes later. Throws
    /// Error(input) when it has no such point.
    PreparedDocument up_to(const AsOf& point) const;
    /// … at that byte of the text. A token that reaches over it is left out.
    PreparedDocument up_to_byte(std::size_t end) const;

    std::int64_t segments_total() const; ///< full segments within reach
    std::int64_t document_tokens() const { return static_cast<std::int64_t>(reach); }
    std::span<const Hash128> chain_in_reach() const;
    std::size_t bytes() const;             ///< of the text within reach
    std::span<const TokenId> tail() const; ///< tokens in reach after the last full segment
    /// Source bytes of one full segment, for locations.
    std::pair<std::size_t, std::size_t> segment_bytes(std::int64_t segment) const;
};

struct ReadOutcome {
    std::int64_t segments_total = 0, segments_computed = 0, segments_reused = 0;
    std::int64_t tokens = 0; ///< computed
    std::int64_t steps = 0;  ///< grouped steps (diagonals)
    double ms = 0;           ///< engine time
    double tokens_per_second = 0;
    bool waited = false;         ///< for another reader of the document
    bool cancelled = false;      ///< then segments_computed were kept and the next read goes on from there
    std::string storage_problem; ///< the memory could not be stored: a sentence; it is still held for asking
    std::string made_room;       ///< which memories of others had to go for the budget: a sentence, or empty
    std::vector<std::string>
        notes; ///< what the person should know: a sentence each (a damaged memory was set aside)
};

struct AskOptions {
    SamplingOptions sampling;
    int max_tokens = 128;
    bool quote = true; ///< keep to quotations where the model was trained on them (unquoted_answers)
    Schedule schedule = Schedule::diagonal; ///< when there is something to read first
};

struct AskOutcome {
    /// time_to_first_token_ms counts from the call, or from the end of the reading, ours or another's that we
    /// waited for, when one was needed;
    /// total_ms is the whole call.
    Exchange exchange;
    std::vector<TokenId> answer_ids;
    bool read_cancelled = false;    ///< stopped while still reading: there is no answer
    std::string storage_problem;    ///< as above
    std::string made_room;          ///< as above
    std::vector<std::string> notes; ///< as above
};

class ReadingLock;

struct SessionObserver {
    /// Something is about to be read: how much is known, and of how much. Not called when all is known.
    std::function<void(std::int64_t segments_known, std::int64_t segments_total)> on_start;
    std::function<void(const ReadProgress&)> on_progress;
    /// Somebody else is reading the document; called a few times a second while we wait, with the segments
    /// that are known by now.
    std::function<void(std::int64_t segments_known)> on_waiting;
    std::function<void(std::string_view piece)>
        on_answer; ///< whole code points; together they are the answer
};

/// Not thread-safe: used by the thread that owns the model and the database connection.
class Session {
public:
    Session(Model& model, storage::Database& database, const SnapshotLimits& limits = {});

    /// Tokenises, computes the chain, looks up what is known of it. Leaves the library as it is. Throws
    /// Error(input) when no token is left.
    PreparedDocument examine(std::shared_ptr<const Document> document);

    /// Examines and remembers the document in the library (a library that cannot be written is tried again
    /// when there is a memory to store).
    PreparedDocument prepare(std::shared_ptr<const Document> document);

    /// How many leading segments within reach need not be computed, as far as the library knows by now.
    std::int64_t segments_known(const PreparedDocument& document);

    /// Reads what is not known yet; stores the last full segment's memory, on the way the snapshots that
    /// snapshots.h names, and after a stop or a failure of the device whatever was finished. While another
    /// process, or another session, reads the document it waits, and then takes what that one stored.
    ReadOutcome read(PreparedDocument& document, Schedule schedule, const SessionObserver& observer = {},
                     std::stop_token stop = {});

    /// Reads first if needed. The exchange is added to the conversation unless it was cancelled without any
    /// answer. Throws Error(input) or Error(usage) for a question or options that cannot work, before
    /// anything is read.
    AskOutcome ask(PreparedDocument& document, const std::string& question, const AskOptions& options,
                   const SessionObserver& observer = {}, std::stop_token stop = {});

    const Model& model() const { return model_; }

private:
    struct Held {
        Hash128 key;
        MemoryState state;
        std::int64_t document_id = 0; ///< whose memory the library holds it as; 0: it is not stored
    };
    class Snapshots;

    /// Segments of the document that the held state covers: 0 when it is of another one.
    std::int64_t segments_held(const PreparedDocument& document) const;
    /// The memory after the longest known prefix, from `held_` or the store; nullptr when nothing is known.
    const MemoryState* restore(PreparedDocument& document, std::vector<std::string>& notes);
    /// Makes `state` the held one and stores it; returns why it could not be stored, or nothing.
    std::string keep(PreparedDocument& document, MemoryState state);
    /// About the documents that lost their memories since it was last asked; empty when none did.
    std::string made_room();
    void remember(PreparedDocument& document);
    storage::StateLabel label(const PreparedDocument& document) const;
    /// Until the lock is ours or nothing more can come from who has it; false when stopped.
    bool wait_for_reader(ReadingLock& lock, PreparedDocument& document, const SessionObserver& observer,
                         const std::stop_token& stop);
    ReadOutcome read_rest(PreparedDocument& document, const MemoryState* known, Schedule schedule,
                          const SessionObserver& observer, std::stop_token stop);
    void answer(const PreparedDocument& document, const std::string& question, const AskOptions& options,
                const SessionObserver& observer, const std::stop_token& stop, AskOutcome& outcome);

    Model& model_;
    storage::Database& library_;
    storage::DocumentStore documents_;
    storage::SourceStore sources_;
    storage::MemoryStore memories_;
    storage::ConversationStore conversations_;
    SnapshotLimits limits_;
    std::set<std::int64_t> forgotten_; ///< documents whose memories went for the budget, not told yet
    std::optional<Held> held_;         ///< the state used last: asking again costs no load
};

} // namespace longview::app
