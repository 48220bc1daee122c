#pragma once
// Of several processes, and of several sessions in one, only one reads a document at a time.

#include <cstdint>
#include <filesystem>

#include "inference/model/identity.h"

namespace longview::app {

/// A lock in a file beside the library, "<library>-reading": one byte of it for each document under one
/// model. The system gives it back when the process ends, however it ends. The file stays, empty.
class ReadingLock {
public:
    ReadingLock(const std::filesystem::path& library, const Hash128& document);
    ~ReadingLock();
    ReadingLock(const ReadingLock&) = delete;
    ReadingLock& operator=(const ReadingLock&) = delete;

    /// False while somebody else has it. True also where no lock can be had, as in a directory that cannot be
    /// written: then reading twice is the lesser evil.
    bool try_lock();

private:
    int descriptor_ = -1;
    std::int64_t place_ = 0;
};

} // namespace longview::app
