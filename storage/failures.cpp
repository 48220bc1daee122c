#include "storage/failures.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

#include "inference/values/error.h"
#include "storage/database.h"

namespace longview::storage {

namespace {

struct Explanation {
    std::string reason, advice;
};

std::string folder_of(const std::filesystem::path& file) {
    return file.parent_path().string();
}

Explanation explain_access(int code, const std::filesystem::path& file) {
    const std::string elsewhere = ", or choose another place for the library";
    switch (code) {
    case SQLITE_READONLY:
        return {"the file or its directory is read-only",
                "Make both writable (" + folder_of(file) + ")" + elsewhere};
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return {"the file or a file beside it cannot be opened or created",
                "Check the permissions of the file and of " + folder_of(file) + elsewhere};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return {"another process keeps it locked",
                "Wait until other Longview windows and commands are done, or close them, and try again"};
    default:
        return {};
    }
}

Explanation explain_content(int code, const std::filesystem::path& file) {
    switch (code) {
    case SQLITE_FULL:
        return {"the disk is full",
                "Free some space for " + folder_of(file) + " and try again; what was stored before is kept"};
    case SQLITE_IOERR:
        return {"the system could not read or write it",
                "Check the free space and the health of the disk; what was stored before is kept"};
    case SQLITE_CORRUPT:
        return {"the file is damaged", "Restore it from a backup, or move it away to begin a new library; "
                                       "nothing was changed in it"};
    case SQLITE_NOTADB:
        return {"it is not a Longview library",
                "Choose another place for the library, or move this file away; nothing was changed in it"};
    case SQLITE_TOOBIG:
        return {"a value is larger than the library can hold", "Use a smaller model or document"};
    case SQLITE_NOMEM:
        return {"the memory ran out", "Close other programs and try again"};
    default:
        return {};
    }
}

Explanation explain(const SQLite::Exception& error, const std::filesystem::path& file) {
    const int code = error.getErrorCode() & 0xff; // the primary code, without its extension
    Explanation explanation = explain_access(code, file);
    if (explanation.reason.empty())
        explanation = explain_content(code, file);
    if (explanation.reason.empty())
        return {error.what(), "Try again; if it stays, move the file away to begin a new library"};
    if (code == SQLITE_IOERR || code == SQLITE_CANTOPEN)
        explanation.reason += " (SQLite code " + std::to_string(error.getExtendedErrorCode()) + ")";
    return explanation;
}

} // namespace

void fail(const std::filesystem::path& file, const std::string& what, const std::string& reason,
          const std::string& advice) {
    throw Error(ErrorKind::storage, what + " failed: " + file.string() + ": " + reason + ". " + advice + ".");
}

void guarded(const std::filesystem::path& file, const std::string& what, const std::function<void()>& work) {
    try {
        work();
    } catch (const SQLite::Exception& error) {
        const Explanation explanation = explain(error, file);
        fail(file, what, explanation.reason, explanation.advice);
    }
}

} // namespace longview::storage
