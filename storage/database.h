#pragma once
// One SQLite connection to Longview's library, opened, checked and migrated.

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace SQLite {
class Database;
}

namespace longview::storage {

/// WAL, foreign keys on, synchronous = FULL, busy timeout 10 s. One connection belongs to one thread; several processes
/// may have the file open. Every failure throws Error(storage) with the file's path and what to do: missing directory that
/// cannot be made, no permission, read-only, disk full, locked too long, not a database or corrupt, newer schema (both
/// versions named). A corrupt file is never overwritten.
class Database {
public:
    enum class Mode { read_write, read_only };

    explicit Database(const std::filesystem::path& file, Mode mode = Mode::read_write);
    ~Database();
    Database(Database&&) noexcept;
    Database& operator=(Database&&) noexcept;

    const std::filesystem::path& file() const { return file_; }
    static int schema_version(); ///< the version this build writes

    /// Runs `work` in one IMMEDIATE transaction; commits, or rolls back and rethrows. Not nested.
    void transaction(const std::function<void()>& work);

    /// For the stores of this folder.
    SQLite::Database& handle() { return *handle_; }

private:
    std::filesystem::path file_;
    std::unique_ptr<SQLite::Database> handle_;
};

/// Runs `work`, turning a SQLite error into Error(storage): "<what> failed: <file>: <reason>. <what to do>".
void guarded(const std::filesystem::path& file, const std::string& what, const std::function<void()>& work);

} // namespace longview::storage
