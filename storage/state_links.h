#pragma once
// Which documents use a state, and what computed it. Internal to this folder. Every function expects an open
// transaction.

#include <cstddef>
#include <cstdint>
#include <span>

#include "inference/model/identity.h"
#include "storage/memory_store.h"

namespace SQLite {
class Column;
class Database;
class Statement;
} // namespace SQLite

namespace longview::storage {

void bind_hash(SQLite::Statement& statement, int index, const Hash128& hash);
/// All zero when the column does not hold 16 bytes; no checksum and no key of ours is that.
Hash128 hash_of(const SQLite::Column& column);

/// A blob's bytes, until its statement goes on.
std::span<const std::byte> bytes_of(const SQLite::Column& column);

/// Selects `data` of state ?1, part after part.
inline constexpr const char* parts_in_order =
    "SELECT data FROM memory_parts WHERE state_id = ?1 ORDER BY position";

/// Notes that the label's document uses the state, and what computed it if that is not known yet.
void link(SQLite::Database& database, std::int64_t state, const StateLabel& label);

/// The document stops using the state, which goes with its last user. True when it went.
bool unlink(SQLite::Database& database, std::int64_t state, std::int64_t document);

/// The document stops using every state; how many went.
std::int64_t unlink_all(SQLite::Database& database, std::int64_t document);

} // namespace longview::storage
