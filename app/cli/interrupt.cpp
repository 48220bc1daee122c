#include "app/cli/interrupt.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <string_view>
#include <system_error>

namespace longview::cli {

namespace {

constexpr std::array stop_signals{SIGINT, SIGTERM, SIGHUP};

// A handler has no argument to reach an object by.
std::atomic<int> signals_seen = 0;
std::atomic<int> wake_up_pipe = -1;

/// Only what POSIX calls async-signal-safe.
void on_signal(int) {
    const int saved = errno;
    if (signals_seen.fetch_add(1) > 0)
        _exit(Interrupt::exit_code);
    const char byte = 's';
    [[maybe_unused]] const ssize_t written = write(wake_up_pipe, &byte, 1);
    errno = saved;
}

void set_handler(int signal, void (*handler)(int)) {
    struct sigaction action = {};
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(signal, &action, nullptr);
}

[[noreturn]] void end_at_once() {
    static constexpr std::string_view text = "longview-cli: Stopped.\n";
    [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, text.data(), text.size());
    _exit(Interrupt::exit_code);
}

} // namespace

Interrupt::Interrupt() {
    if (pipe2(pipe_, O_CLOEXEC) != 0)
        throw std::system_error(errno, std::generic_category(), "No pipe for signals");
    wake_up_pipe = pipe_[1];
    watcher_ = std::thread([this] { watch(); });
    struct sigaction hang_up = {};
    sigaction(SIGHUP, nullptr, &hang_up);
    for (const int signal : stop_signals) {
        if (signal != SIGHUP || hang_up.sa_handler != SIG_IGN) // under nohup it stays ignored
            set_handler(signal, on_signal);
    }
    set_handler(SIGPIPE, SIG_IGN);
    set_handler(SIGXFSZ, SIG_IGN);
}

Interrupt::~Interrupt() {
    for (const int signal : stop_signals)
        set_handler(signal, SIG_DFL);
    close(pipe_[1]); // the watcher reads the end of the file
    watcher_.join();
    close(pipe_[0]);
}

void Interrupt::watch() {
    pthread_setname_np(pthread_self(), "signals");
    char byte = 0;
    for (;;) {
        const ssize_t count = read(pipe_[0], &byte, 1);
        if (count == 0)
            return;
        if (count < 0)
            continue; // interrupted
        if (!keeping_)
            end_at_once();
        source_.request_stop();
    }
}

} // namespace longview::cli
