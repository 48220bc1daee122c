#include "app/importers/file_bytes.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "app/importers/refusal.h"

namespace longview::app {
namespace {

class Descriptor {
public:
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (number_ > STDERR_FILENO)
            close(number_);
    }
    int number() const { return number_; }

private:
    int number_;
};

std::string because() {
    return " (" + std::generic_category().message(errno) + ")";
}

[[noreturn]] void refuse_size(const std::string& name, std::size_t largest) {
    constexpr std::size_t mebibyte = std::size_t{1} << 20U;
    const auto limit = largest >= 1024 * mebibyte ? std::to_string(largest / 1024 / mebibyte) + " GiB"
                       : largest >= mebibyte      ? std::to_string(largest / mebibyte) + " MiB"
                                                  : std::to_string(largest) + " bytes";
    refuse(name, "is larger than " + limit + ", the most that is read as one document: split it.");
}

/// Pipes that a shell made, `<(command)`, have a writer; a named one may wait for ever.
bool is_shells_pipe(const std::string& name) {
    return name.starts_with("/dev/fd/") || name.starts_with("/proc/self/fd/");
}

void refuse_special(const std::string& name, const struct stat& status) {
    if (S_ISDIR(status.st_mode))
        refuse(name, "is a directory: name a text file in it.");
    if (S_ISFIFO(status.st_mode) && !is_shells_pipe(name))
        refuse(name,
               "is a named pipe, which may never end: use \"-\" and redirect it to the standard input.");
    if (S_ISSOCK(status.st_mode))
        refuse(name, "is a socket, not a file: name a file.");
    if (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode))
        refuse(name, "is a device, not a file: name a file.");
}

/// Waits for the next bytes, a moment at a time so that a stop is noticed. 0 at the end.
std::size_t read_some(int file, char* to, std::size_t room, const std::string& name,
                      const std::stop_token& stop) {
    while (true) {
        stop_if_requested(stop, name);
        pollfd ready{file, POLLIN, 0};
        if (poll(&ready, 1, 200) == 0)
            continue;
        const auto count = ::read(file, to, room);
        if (count >= 0)
            return static_cast<std::size_t>(count);
        if (errno != EINTR && errno != EAGAIN)
            refuse(name, "cannot be read" + because() + ": check the disk and try again.");
    }
}

std::string read_all(int file, const std::string& name, std::size_t expected, std::size_t largest,
                     const std::stop_token& stop) {
    constexpr std::size_t block = std::size_t{1} << 20U;
    std::string bytes;
    bytes.reserve(expected + 1);
    while (true) {
        const auto size = bytes.size();
        if (size > largest)
            refuse_size(name, largest);
        // As much as lies ready, since it is filled with zeros first; one byte is enough to see the end.
        const auto room = bytes.capacity() - size;
        bytes.resize(size + (room > 0 ? std::min(room, block) : block));
        const auto count = read_some(file, bytes.data() + size, bytes.size() - size, name, stop);
        bytes.resize(size + count);
        if (count == 0)
            return bytes;
    }
}

FileBytes read_once(const std::filesystem::path& path, const std::string& name, std::size_t largest,
                    const std::stop_token& stop, bool& changed) {
    struct stat before {};
    if (stat(path.c_str(), &before) != 0)
        refuse(name, errno == ENOENT ? "does not exist: check the spelling."
                                     : "cannot be opened" + because() + ": check its permissions.");
    refuse_special(name, before);
    const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (file.number() < 0 || fstat(file.number(), &before) != 0)
        refuse(name, "cannot be opened" + because() + ": check its permissions.");
    refuse_special(name, before); // what lies there may be another thing by now
    if (S_ISREG(before.st_mode) && static_cast<std::size_t>(before.st_size) > largest)
        refuse_size(name, largest);
    FileBytes result;
    result.bytes = read_all(file.number(), name, static_cast<std::size_t>(before.st_size), largest, stop);
    struct stat after {};
    changed =
        S_ISREG(before.st_mode) && (fstat(file.number(), &after) != 0 || stamp_of(before) != stamp_of(after));
    if (S_ISREG(before.st_mode))
        result.stamp = stamp_of(before);
    return result;
}

} // namespace

std::string stamp_of(const struct stat& status) {
    return std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino) + ":" +
           std::to_string(status.st_size) + ":" + std::to_string(status.st_mtim.tv_sec) + "." +
           std::to_string(status.st_mtim.tv_nsec);
}

FileBytes read_file(const std::filesystem::path& path, std::size_t largest, const std::stop_token& stop) {
    const auto name = path.string();
    if (name == "-")
        return {read_all(STDIN_FILENO, name, 0, largest, stop), {}};
    bool changed = false;
    auto result = read_once(path, name, largest, stop, changed);
    if (changed)
        result = read_once(path, name, largest, stop, changed);
    if (changed)
        refuse(name, "is being changed while it is read: wait until that is finished, then try again.");
    return result;
}

std::string read_head(const std::filesystem::path& path, std::size_t size) {
    const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW));
    if (file.number() < 0)
        return {};
    std::string head(size, '\0');
    const auto count = ::read(file.number(), head.data(), size);
    head.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
    return head;
}

} // namespace longview::app
