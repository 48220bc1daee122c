#pragma once
// Memory states, keyed by the hash chain of segments (inference/model/identity.h).

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "inference/model/identity.h"
#include "inference/values/memory_state.h"
#include "storage/database.h"

namespace longview::storage {

struct StateRecord {
    Hash128 key;
    std::int64_t document_id = 0; ///< one of the documents that use it
    std::string document_title;
    std::int64_t segments = 0;
    std::int64_t stored_bytes = 0; ///< compressed size
    std::string model;
    std::string numerics;
    std::string created_at, used_at;
    bool pinned = false; ///< a document that uses it is
};

/// What is stored beside the tensors.
struct StateLabel {
    std::int64_t document_id = 0;
    std::string model;    ///< the model's name, for lists
    std::string numerics; ///< the backend's numerics name, for lists
    /// What computed it; without it the memory cannot be exported.
    std::optional<Fingerprint> fingerprint{};
    int segment_size = 0;
};

struct LabelledState {
    Hash128 key;
    std::int64_t segments = 0;
    StateLabel label;
};

/// A prefix of a chain whose memory is stored.
struct StoredPrefix {
    std::int64_t segments = 0;
    Hash128 key;
    std::string created_at;
};

/// What had to go for the budget.
struct Pruned {
    std::int64_t memories = 0;
    std::int64_t bytes = 0;
    /// Documents that lost a last memory, not only snapshots on the way to it: they must be read again.
    std::set<std::int64_t> documents{};
};

/// Uses the connection of its Database, on that connection's thread. Blobs are compressed without loss and
/// carry an XXH3-128 checksum that is verified on load. A state belongs to every document that stored or
/// loaded it and goes with the last of them.
class MemoryStore {
public:
    explicit MemoryStore(Database& database) : database_(database) {}

    /// Stores the state under `key`; a key that is there already only gets a new used_at. One transaction,
    /// which also removes what no longer fits the library's budget (see MemoryUpkeep); the new state, open
    /// and pinned documents stay.
    Pruned put(const Hash128& key, const MemoryState& state, const StateLabel& label);

    /// The longest stored prefix of the chain h₁ … h_S: the number of segments it covers (0: none). States
    /// set aside do not count; when load() of the state named here gives nothing, ask again with a chain that
    /// ends before it.
    std::int64_t longest_prefix(std::span<const Hash128> chain);

    /// Every stored prefix of the chain, shortest first; states set aside do not count.
    std::vector<StoredPrefix> prefixes(std::span<const Hash128> chain);

    /// Loads and verifies; nullopt when absent. A state that fails its checksum or shape is set aside (kept
    /// for inspection, its key free again) and `damaged` gets a sentence; then the result is nullopt. `user`
    /// says for which document it is.
    std::optional<MemoryState> load(const Hash128& key, std::string* damaged = nullptr,
                                    const StateLabel* user = nullptr);

    /// Notes a use of what was loaded or put before, for a document that may be another one.
    void use(const Hash128& key, const StateLabel& user);

    /// As load(), but does not count as a use. True when the state is sound.
    bool verify(const Hash128& key, std::string* damaged = nullptr);

    /// Of the stored prefixes of a document's chain, keeps the longest and `most` well spread others, which
    /// give edits and questions about an earlier state somewhere to start. What other documents use stays.
    /// How many went. Reads no blob: cheap enough to call after every snapshot.
    std::int64_t thin(std::span<const Hash128> chain, std::int64_t document_id, std::size_t most = 16);

    /// Last used first; of one document, or of all (0).
    std::vector<StateRecord> list(std::int64_t document_id = 0);
    /// Every state that the document uses, under any model and on any device.
    std::vector<LabelledState> of_document(std::int64_t document_id);

    // Removing takes the states set aside along.
    bool remove(const Hash128& key);
    /// What other documents use as well stays for them. How many went.
    std::int64_t remove_of_document(std::int64_t document_id);
    std::int64_t remove_all(); ///< how many

private:
    /// Loads or sets aside.
    std::optional<MemoryState> take(const Hash128& key, std::string* damaged);

    Database& database_;
};

} // namespace longview::storage
