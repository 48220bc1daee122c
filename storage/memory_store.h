#pragma once
// Memory states, keyed by the hash chain of segments (inference/model/identity.h).

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "inference/model/identity.h"
#include "inference/values/memory_state.h"
#include "storage/database.h"

namespace longview::storage {

struct StateRecord {
    Hash128 key;
    std::int64_t document_id = 0;
    std::string document_title;
    std::int64_t segments = 0;
    std::int64_t stored_bytes = 0; ///< compressed size
    std::string model;
    std::string numerics;
    std::string created_at, used_at;
};

/// What is stored beside the tensors.
struct StateLabel {
    std::int64_t document_id = 0;
    std::string model;    ///< the model's name, for lists
    std::string numerics; ///< the backend's numerics name, for lists
};

/// Uses the connection of its Database, on that connection's thread. Blobs are zstd-compressed without loss
/// and carry an XXH3-128 checksum that is verified on load.
class MemoryStore {
public:
    explicit MemoryStore(Database& database) : database_(database) {}

    /// Stores the state under `key`; a key that is there already only gets a new used_at. One transaction.
    void put(const Hash128& key, const MemoryState& state, const StateLabel& label);

    /// The longest stored prefix of the chain h₁ … h_S: the number of segments it covers (0: none). States
    /// set aside do not count; when load() of the state named here gives nothing, ask again with a chain that
    /// ends before it.
    std::int64_t longest_prefix(std::span<const Hash128> chain);

    /// Loads and verifies; nullopt when absent. A state that fails its checksum or shape is set aside (kept
    /// for inspection, its key free again) and `damaged` gets a sentence; then the result is nullopt.
    std::optional<MemoryState> load(const Hash128& key, std::string* damaged = nullptr);

    std::vector<StateRecord> list(); ///< last used first
    /// The document's, under any model and on any device.
    std::vector<StateRecord> of_document(std::int64_t document_id);

    // Removing takes the states set aside along.
    bool remove(const Hash128& key);
    std::int64_t remove_of_document(std::int64_t document_id); ///< how many
    std::int64_t remove_all();                                 ///< how many

private:
    Database& database_;
};

} // namespace longview::storage
