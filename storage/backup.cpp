#include "storage/backup.h"

#include <string>

#include <SQLiteCpp/Backup.h>
#include <SQLiteCpp/SQLiteCpp.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/failures.h"

namespace longview::storage {

namespace fs = std::filesystem;

namespace {

const std::string backing_up = "Backing up the library before its schema changes";

void copy_library(const fs::path& from, const fs::path& to) {
    ::mknod(to.c_str(), S_IFREG | S_IRUSR | S_IWUSR, 0); // SQLite would let everybody read it
    SQLite::Database source(from.string(), SQLite::OPEN_READONLY);
    SQLite::Database target(to.string(), SQLite::OPEN_READWRITE);
    SQLite::Backup(target, source).executeStep();
    // A copy of a library in WAL mode says that it is one, too: as a single file it needs no log.
    target.exec("PRAGMA journal_mode = DELETE");
}

} // namespace

fs::path backup_file(const fs::path& library, std::int64_t version) {
    return library.string() + ".schema-" + std::to_string(version) + ".backup";
}

void back_up(const fs::path& library, std::int64_t version) {
    std::error_code unknown; // then the copy itself will say that there is no room
    const auto needed = fs::file_size(library, unknown);
    const auto room = fs::space(library.parent_path(), unknown).available;
    if (!unknown && room < needed)
        fail(library, backing_up,
             "it needs " + std::to_string(needed / 1'000'000 + 1) + " MB beside it, and the disk has " +
                 std::to_string(room / 1'000'000) + " MB",
             "Free some space and open it again; nothing was changed in it");
    const fs::path unfinished = backup_file(library, version).string() + ".part";
    std::error_code absent;
    fs::remove(unfinished, absent); // of a process that was killed: whoever is here holds the write lock
    copy_library(library, unfinished);
    std::error_code problem;
    fs::rename(unfinished, backup_file(library, version), problem);
    if (problem)
        fail(library, backing_up, "the copy cannot be named (" + problem.message() + ")",
             "Check the permissions of its directory; nothing was changed in it");
}

void remove_older_backups(const fs::path& library, std::int64_t version) {
    std::error_code left_behind; // a file that cannot be removed only takes room
    for (std::int64_t older = 1; older < version; ++older)
        fs::remove(backup_file(library, older), left_behind);
}

} // namespace longview::storage
