#include "app/core/reading_lock.h"

#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <unistd.h>

namespace longview::app {

namespace {

/// Where in the file the document's byte is: 62 bits of its hash.
std::int64_t place_of(const Hash128& document) {
    std::uint64_t place = 0;
    for (std::size_t i = 0; i < sizeof place; ++i)
        place = place << 8U | document.bytes[i];
    return static_cast<std::int64_t>(place >> 2U);
}

} // namespace

ReadingLock::ReadingLock(const std::filesystem::path& library, const Hash128& document)
    : descriptor_(::open((library.string() + "-reading").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)),
      place_(place_of(document)) {}

ReadingLock::~ReadingLock() {
    if (descriptor_ >= 0)
        ::close(descriptor_);
}

bool ReadingLock::try_lock() {
    if (descriptor_ < 0)
        return true;
    // Of the open file, not of the process: two sessions of one process exclude each other, too, and another
    // descriptor that is closed takes nothing away.
    struct flock byte = {};
    byte.l_type = F_WRLCK;
    byte.l_whence = SEEK_SET;
    byte.l_start = place_;
    byte.l_len = 1;
    return ::fcntl(descriptor_, F_OFD_SETLK, &byte) == 0 || (errno != EAGAIN && errno != EACCES);
}

} // namespace longview::app
