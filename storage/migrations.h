#pragma once
// What a library file is, and the steps that bring it to the newest schema. Internal to this folder.

#include <cstdint>
#include <functional>
#include <span>

namespace SQLite {
class Database;
}

namespace longview::storage {

/// PRAGMA application_id of every library: "Lngv".
inline constexpr std::int64_t application_id = 0x4C6E6776;

/// Step i brings schema i to schema i + 1; its text is one or more SQL statements.
using Migration = const char*;
std::span<const Migration> migrations();

struct Identity {
    std::int64_t application = 0; ///< PRAGMA application_id
    std::int64_t version = 0;     ///< PRAGMA user_version
    bool empty = false;           ///< no table at all
    bool is_new() const { return application == 0 && version == 0 && empty; }
    bool is_ours() const { return application == application_id; }
};

/// Reads, never writes.
Identity identify(SQLite::Database& database);

/// Applies all missing steps in one transaction together with the version number: the file has the old schema
/// or the newest, nothing between. Safe when several processes do it at once: the version is read again under
/// the write lock. `before` is called under that lock, with the version that is about to go, unless the file
/// is new; when it throws, nothing changes. Precondition: identify() says new or ours. Returns the version
/// reached, which is higher than steps.size() when another process with a newer Longview came first.
std::int64_t migrate(SQLite::Database& database, std::span<const Migration> steps,
                     const std::function<void(std::int64_t version)>& before = {});

} // namespace longview::storage
