#include "storage/open_document.h"

#include <cerrno>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/failures.h"

namespace longview::storage {

namespace {

/// Locks of open file descriptions, not of the process: two windows of one process count as two, and closing
/// another descriptor of the file does not cancel them.
int set_lock(int file, int command, short type, std::int64_t document_id) {
    struct flock lock {};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_start = document_id;
    lock.l_len = 1;
    int result = 0;
    do
        result = ::fcntl(file, command, &lock);
    while (result != 0 && errno == EINTR);
    if (command == F_OFD_GETLK && result == 0)
        return lock.l_type == F_UNLCK ? 0 : -1;
    return result;
}

int open_marks(const std::filesystem::path& library) {
    const std::string marks = library.string() + "-open";
    const int file = ::open(marks.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (file < 0)
        fail(library, "Marking a document as open",
             "the file " + marks + " cannot be opened (" + std::strerror(errno) + ")",
             "Check the permissions of the file and of its directory, or choose another place for the "
             "library");
    return file;
}

} // namespace

OpenDocument::OpenDocument(const Database& database, std::int64_t document_id)
    : file_(open_marks(database.file())) {
    // Waits only for a pruning that is at this document right now.
    if (set_lock(file_, F_OFD_SETLKW, F_RDLCK, document_id) != 0) {
        const std::string reason = std::strerror(errno);
        ::close(file_);
        fail(database.file(), "Marking a document as open", "its file system gives no lock (" + reason + ")",
             "Put the library on a local disk");
    }
}

OpenDocument::~OpenDocument() {
    ::close(file_);
}

DocumentClaims::DocumentClaims(const std::filesystem::path& library) : file_(open_marks(library)) {}

DocumentClaims::~DocumentClaims() {
    ::close(file_);
}

bool DocumentClaims::claim(std::int64_t document_id) {
    return set_lock(file_, F_OFD_SETLK, F_WRLCK, document_id) == 0;
}

bool is_open(const Database& database, std::int64_t document_id) {
    const int file = ::open((database.file().string() + "-open").c_str(), O_RDWR | O_CLOEXEC);
    if (file < 0)
        return false; // nobody ever opened a document
    const bool free = set_lock(file, F_OFD_GETLK, F_WRLCK, document_id) == 0;
    ::close(file);
    return !free;
}

} // namespace longview::storage
