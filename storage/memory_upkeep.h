#pragma once
// The room that memories take, and whether they are sound.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "storage/database.h"
#include "storage/memory_store.h"

namespace longview::storage {

/// What the library holds, in bytes and counts.
struct Usage {
    std::int64_t memories = 0, bytes = 0;             ///< those set aside included
    std::int64_t set_aside = 0, set_aside_bytes = 0;  ///< damaged, kept for inspection
    std::int64_t file_bytes = 0, free_file_bytes = 0; ///< the library's file, and what in it holds nothing
};

struct Verification {
    std::int64_t sound = 0;
    std::vector<std::string> damaged;   ///< a sentence for each memory that was set aside now
    std::vector<std::string> set_aside; ///< … and before
    std::vector<std::string> structure; ///< what SQLite finds wrong in the file itself
    bool good() const { return damaged.empty() && structure.empty(); }
};

/// Uses the connection of its Database, on that connection's thread.
class MemoryUpkeep {
public:
    explicit MemoryUpkeep(Database& database) : database_(database) {}

    Usage usage();

    /// Bytes that memories may take together; kept in the library, so that it holds for every program that
    /// uses it. 10 GB unless set.
    std::int64_t budget();
    void set_budget(std::int64_t bytes); ///< of what is stored from now on; see prune()

    /// Removes what exceeds `bytes`, or the budget: first memories set aside, then snapshots on the way, then
    /// the last memories of documents, those not used for longest first. Open and pinned documents lose
    /// nothing.
    Pruned prune(std::optional<std::int64_t> bytes = {});

    /// Loads every memory, sets aside those that are damaged, and checks the file's structure. Stops early
    /// when `go_on` (called with how many are done, of how many) says false.
    Verification verify(const std::function<bool(std::int64_t done, std::int64_t total)>& go_on = {});

    /// Rewrites the file without its holes. Needs as much free room as the file will take.
    void vacuum();

private:
    Database& database_;
};

} // namespace longview::storage
