#include "app/cli/interrupt.h"

#include <pthread.h>
#include <unistd.h>

#include <csignal>
#include <string_view>

namespace longview::cli {

namespace {

/// What ends the program. Under nohup, SIGHUP stays ignored.
sigset_t stop_signals() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    struct sigaction hang_up = {};
    sigaction(SIGHUP, nullptr, &hang_up);
    if (hang_up.sa_handler != SIG_IGN)
        sigaddset(&set, SIGHUP);
    return set;
}

[[noreturn]] void end_at_once() {
    static constexpr std::string_view text = "longview-cli: Stopped.\n";
    [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, text.data(), text.size());
    _exit(Interrupt::exit_code);
}

} // namespace

Interrupt::Interrupt() : signals_(stop_signals()) {
    pthread_sigmask(SIG_BLOCK, &signals_, &before_); // before the first thread: every later one inherits it
    watcher_ = std::thread([this] { watch(); });
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
}

Interrupt::~Interrupt() {
    ending_ = true;
    pthread_kill(watcher_.native_handle(), SIGINT); // any of those it waits for
    watcher_.join();
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void Interrupt::watch() {
    pthread_setname_np(pthread_self(), "signals");
    for (bool asked = false;; asked = true) {
        int signal = 0;
        sigwait(&signals_, &signal);
        if (ending_)
            return;
        if (!keeping_)
            end_at_once();
        if (asked)
            _exit(exit_code);
        source_.request_stop();
    }
}

} // namespace longview::cli
