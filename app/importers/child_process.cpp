#include "app/importers/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>

#include "app/importers/refusal.h"

namespace longview::app {
namespace {

using Clock = std::chrono::steady_clock;

class Descriptor {
public:
    explicit Descriptor(int number = -1) : number_(number) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() { reset(); }
    void reset(int number = -1) {
        if (number_ >= 0)
            close(number_);
        number_ = number;
    }
    int number() const { return number_; }

private:
    int number_;
};

/// A file in memory that holds `input`, so that the child can look at any part of it.
bool fill(const Descriptor& file, std::string_view input) {
    while (!input.empty()) {
        const auto count = write(file.number(), input.data(), input.size());
        if (count < 0 && errno != EINTR)
            return false;
        input.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(0, count)));
    }
    return lseek(file.number(), 0, SEEK_SET) == 0;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> result;
    result.reserve(texts.size() + 1);
    for (auto& text : texts)
        result.push_back(text.data());
    result.push_back(nullptr);
    return result;
}

/// 0 when it cannot be started.
pid_t spawn(const std::filesystem::path& program, std::vector<std::string> arguments,
            std::vector<std::string> variables, int input, int output) {
    arguments.insert(arguments.begin(), program.string());
    for (char** variable = environ; *variable != nullptr; ++variable)
        variables.emplace_back(*variable);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    pid_t child = 0;
    const int problem = posix_spawn(&child, program.c_str(), &actions, nullptr, pointers(arguments).data(),
                                    pointers(variables).data());
    posix_spawn_file_actions_destroy(&actions);
    return problem == 0 ? child : 0;
}

/// Reads until the child closes its end; false when it is to be ended early.
bool collect(int output, ChildResult& result, int seconds, std::size_t largest, const std::stop_token& stop) {
    const auto end = Clock::now() + std::chrono::seconds(seconds);
    std::array<char, std::size_t{1} << 16U> block{};
    while (!stop.stop_requested()) {
        result.timed_out = Clock::now() > end;
        if (result.timed_out)
            return false;
        pollfd ready{output, POLLIN, 0};
        if (poll(&ready, 1, 100) <= 0)
            continue;
        const auto count = read(output, block.data(), block.size());
        if (count == 0)
            return true;
        if (count > 0)
            result.output.append(block.data(), static_cast<std::size_t>(count));
        result.too_much = result.output.size() > largest;
        if (result.too_much)
            return false;
    }
    return false;
}

} // namespace

std::optional<ChildResult> run_child(const std::filesystem::path& program,
                                     const std::vector<std::string>& arguments,
                                     const std::vector<std::string>& environment, std::string_view input,
                                     int seconds, std::size_t largest, const std::stop_token& stop) {
    const Descriptor file(memfd_create("document", MFD_CLOEXEC));
    int ends[2];
    if (file.number() < 0 || !fill(file, input) || pipe2(ends, O_CLOEXEC) != 0)
        return {};
    const Descriptor reading(ends[0]);
    Descriptor writing(ends[1]);
    const pid_t child = spawn(program, arguments, environment, file.number(), writing.number());
    writing.reset();
    if (child == 0)
        return {};
    ChildResult result;
    if (!collect(reading.number(), result, seconds, largest, stop))
        kill(child, SIGKILL);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    stop_if_requested(stop, "the document");
    result.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    return result;
}

} // namespace longview::app
