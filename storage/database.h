#pragma once
// One SQLite connection to Longview's library, opened, checked and migrated.

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace SQLite {
class Database;
}

namespace longview::storage {

/// WAL, foreign keys on, synchronous = FULL. One connection belongs to one thread; several processes may have
/// the file open. A missing file (and its directory, for the owner only) is created; a missing or empty file
/// becomes a new library. Every failure throws Error(storage) with the file's path and what to do: missing
/// directory that cannot be made, no permission, read-only, disk full, locked too long, not a database,
/// corrupt, of another program, newer schema (both versions named). A file that is refused is left as it is.
class Database {
public:
    /// read_only never creates, migrates or changes the library; it still needs a directory that can be
    /// written, because SQLite's readers and writers coordinate through files beside the library.
    enum class Mode { read_write, read_only };

    /// `busy_timeout`: how long to wait for another process before "it is locked".
    explicit Database(const std::filesystem::path& file, Mode mode = Mode::read_write,
                      std::chrono::milliseconds busy_timeout = std::chrono::seconds(10));
    ~Database();
    Database(Database&&) noexcept;
    Database& operator=(Database&&) noexcept;

    const std::filesystem::path& file() const { return file_; } ///< absolute
    static int schema_version();                                ///< the version this build writes

    /// Runs `work` in one IMMEDIATE transaction; commits, or rolls back and rethrows. Not nested; the stores'
    /// own functions join it.
    void transaction(const std::function<void()>& work);

    /// Copies what was written from the log into the file, as far as nobody reads an older state; otherwise
    /// that happens now and then and when the last connection closes. Throws Error(storage).
    void checkpoint();

    /// For the stores of this folder.
    SQLite::Database& handle() { return *handle_; }

private:
    std::filesystem::path file_;
    std::unique_ptr<SQLite::Database> handle_;
};

/// Runs `work`, turning a SQLite error into Error(storage): "<what> failed: <file>: <reason>. <what to do>".
void guarded(const std::filesystem::path& file, const std::string& what, const std::function<void()>& work);

} // namespace longview::storage
