#pragma once
// A copy of the library before its schema changes. Internal to this folder.

#include <cstdint>
#include <filesystem>

namespace longview::storage {

/// "<library>.schema-1.backup", readable by the owner only.
std::filesystem::path backup_file(const std::filesystem::path& library, std::int64_t version);

/// Copies what is committed in `library` to backup_file(); whole or not at all. Another connection of this
/// process may hold the write lock meanwhile. Throws Error(storage) when there is no room, and
/// SQLite::Exception.
void back_up(const std::filesystem::path& library, std::int64_t version);

/// After a change of schema that succeeded only the copy of `version` is kept.
void remove_older_backups(const std::filesystem::path& library, std::int64_t version);

} // namespace longview::storage
