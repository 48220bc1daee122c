#pragma once
// A file's bytes, and a stamp by which a change is noticed. Internal to this folder.

#include <cstddef>
#include <filesystem>
#include <stop_token>
#include <string>

struct stat;

namespace longview::app {

struct FileBytes {
    std::string bytes;
    std::string stamp; ///< empty for pipes
};

/// The whole file, or standard input for "-". Never waits for a pipe that nobody writes to, and opens no
/// device. A file that changes meanwhile is read once more, then refused. Throws Error(input).
FileBytes read_file(const std::filesystem::path& path, std::size_t largest, const std::stop_token& stop = {});

/// At most `size` bytes from the beginning of a regular file; empty when it cannot be read.
std::string read_head(const std::filesystem::path& path, std::size_t size);

/// Size, times and place on the disk: another one means another content.
std::string stamp_of(const struct stat& status);

} // namespace longview::app
