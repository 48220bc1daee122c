#include "storage/database.h"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <thread>

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include "storage/backup.h"
#include "storage/failures.h"
#include "storage/migrations.h"
#include "storage/sql.h"

namespace longview::storage {

namespace {

using std::chrono::milliseconds;

const std::string opening = "Opening the library";
const std::string elsewhere = "choose another place for the library";
constexpr std::uintmax_t sqlite_header_bytes = 100;

/// Every missing directory above the file, readable by the owner only: a memory can tell what its text said.
void make_directory(const std::filesystem::path& file, const std::filesystem::path& directory) {
    std::error_code error;
    if (directory.empty() || std::filesystem::exists(directory, error))
        return;
    if (directory.has_relative_path())
        make_directory(file, directory.parent_path());
    if (::mkdir(directory.c_str(), S_IRWXU) != 0 && errno != EEXIST)
        fail(file, opening,
             "the directory " + directory.string() + " cannot be made (" + std::strerror(errno) + ")",
             "Make it yourself, or " + elsewhere);
}

/// The checks that need no look inside. Only names and attributes: opening and closing the file here would
/// cancel the locks that other connections of this process hold on it.
void check_path(const std::filesystem::path& file, Database::Mode mode) {
    std::error_code error;
    const auto status = std::filesystem::status(file, error);
    if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
        fail(file, opening,
             std::filesystem::is_directory(status) ? "it is a directory" : "it is not a regular file",
             "Name a file, or " + elsewhere);
    if (std::filesystem::is_regular_file(status)) {
        // SQLite takes a file of one byte for an empty one and would overwrite it.
        const auto size = std::filesystem::file_size(file, error);
        if (!error && size > 0 && size < sqlite_header_bytes)
            fail(file, opening, "it is not a Longview library",
                 "Name another file, or " + elsewhere + "; nothing was changed in it");
    }
    if (error && status.type() != std::filesystem::file_type::not_found)
        fail(file, opening, "it cannot be reached (" + error.message() + ")",
             "Check the permissions of its directories, or " + elsewhere);
    if (mode == Database::Mode::read_only && !std::filesystem::exists(status))
        fail(file, opening, "the file cannot be found", "Read a document first, or " + elsewhere);
    if (mode == Database::Mode::read_only)
        return;
    make_directory(file, file.parent_path());
    // SQLite would let everybody read the file; making it first sets its owner's rights without holding it
    // open. When this fails SQLite will say why.
    if (status.type() == std::filesystem::file_type::not_found)
        ::mknod(file.c_str(), S_IFREG | S_IRUSR | S_IWUSR, 0);
}

std::unique_ptr<SQLite::Database> connect(const std::filesystem::path& file, Database::Mode mode,
                                          milliseconds busy_timeout) {
    const int access = mode == Database::Mode::read_only ? SQLite::OPEN_READONLY
                                                         : SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE;
    auto handle = std::make_unique<SQLite::Database>(file.string(), access | SQLite::OPEN_NOMUTEX,
                                                     static_cast<int>(busy_timeout.count()));
    // A file that turns out not to be ours, or damaged, must not be written when the connection closes;
    // prepare() lifts this.
    sqlite3_db_config(handle->getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    // The file may come from anywhere: no functions from its schema, no trust in the sizes it claims.
    handle->exec("PRAGMA trusted_schema = OFF");
    handle->exec("PRAGMA cell_size_check = ON");
    handle->exec("PRAGMA foreign_keys = ON");
    handle->exec("PRAGMA synchronous = FULL");
    // Memories are megabytes: pages of this size write them in 0.6 of the time that SQLite's 4 KiB take. A
    // file that exists keeps what it has.
    handle->exec("PRAGMA page_size = 32768");
    // In pages. A memory in the shape of a 1B model goes into the log whole, and its write ends there.
    handle->exec("PRAGMA wal_autocheckpoint = 2048");
    return handle;
}

void refuse_newer(const std::filesystem::path& file, std::int64_t version) {
    if (version > Database::schema_version())
        fail(file, opening,
             "it was written by a newer Longview (schema " + std::to_string(version) +
                 ", this one knows up to " + std::to_string(Database::schema_version()) + ")",
             "Use that version, or " + elsewhere);
}

void check_identity(const std::filesystem::path& file, const Identity& identity, Database::Mode mode) {
    if (!identity.is_ours() && !identity.is_new())
        fail(file, opening, "it is a database of another program",
             "Name another file, or " + elsewhere + "; nothing was changed in it");
    refuse_newer(file, identity.version);
    if (identity.version < 0)
        fail(file, opening, "its schema version makes no sense (" + std::to_string(identity.version) + ")",
             "Restore it from a backup, or " + elsewhere);
    if (mode == Database::Mode::read_only && identity.version < Database::schema_version())
        fail(file, opening,
             "it has schema " + std::to_string(identity.version) + " and must be brought to " +
                 std::to_string(Database::schema_version()) + " first",
             "Open it once for writing");
}

/// SQLite does not wait when the change to WAL meets another connection: waiting is up to us.
void use_wal(const std::filesystem::path& file, SQLite::Database& handle, milliseconds busy_timeout) {
    const auto deadline = std::chrono::steady_clock::now() + busy_timeout;
    for (;;) {
        try {
            const std::string mode = handle.execAndGet("PRAGMA journal_mode = WAL").getString();
            if (mode != "wal")
                fail(file, opening,
                     "its file system cannot share it between processes (journal mode " + mode + ")",
                     "Put the library on a local disk");
            break;
        } catch (const SQLite::Exception& error) {
            if ((error.getErrorCode() & 0xff) != SQLITE_BUSY || std::chrono::steady_clock::now() >= deadline)
                throw;
        }
        std::this_thread::sleep_for(milliseconds(5));
    }
    handle.exec(
        "PRAGMA journal_size_limit = 67108864"); // a large write must not leave its log on the disk for good
}

void bring_up_to_date(const std::filesystem::path& file, SQLite::Database& handle) {
    std::int64_t before = 0;
    const std::int64_t version = migrate(handle, migrations(), [&](std::int64_t old) {
        back_up(file, old);
        before = old;
    });
    refuse_newer(file, version);
    remove_older_backups(file, before);
}

void prepare(const std::filesystem::path& file, SQLite::Database& handle, Database::Mode mode,
             milliseconds busy_timeout) {
    const Identity identity = identify(handle);
    if (identity.is_ours() || identity.is_new())
        sqlite3_db_config(handle.getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);
    check_identity(file, identity, mode);
    if (mode == Database::Mode::read_only)
        return;
    if (is_read_only(handle)) // SQLite falls back to reading when the file cannot be written
        fail(file, opening, "the file is read-only", "Make it writable, or " + elsewhere);
    bring_up_to_date(file, handle);
    use_wal(file, handle, busy_timeout);
}

} // namespace

Database::Database(const std::filesystem::path& file, Mode mode, milliseconds busy_timeout)
    : file_(std::filesystem::absolute(
          file)) { // also keeps SQLite from reading a meaning into names like ":memory:"
    check_path(file_, mode);
    guarded(file_, opening, [&] {
        handle_ = connect(file_, mode, busy_timeout);
        prepare(file_, *handle_, mode, busy_timeout);
    });
}

Database::~Database() = default;
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;

int Database::schema_version() {
    return static_cast<int>(migrations().size());
}

void Database::transaction(const std::function<void()>& work) {
    guarded(file_, "Writing to the library", [&] {
        SQLite::Transaction transaction(*handle_, SQLite::TransactionBehavior::IMMEDIATE);
        work();
        transaction.commit();
    });
}

void Database::checkpoint() {
    guarded(file_, "Writing to the library",
            [&] { SQLite::Statement(*handle_, "PRAGMA wal_checkpoint(PASSIVE)").executeStep(); });
}

} // namespace longview::storage
