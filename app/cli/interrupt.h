#pragma once
// Ctrl-C, SIGTERM and SIGHUP.

#include <atomic>
#include <csignal>
#include <stop_token>
#include <thread>

namespace longview::cli {

/// While nothing is worth keeping (loading, tokenising, waiting for standard input), a signal ends the
/// program at once. While a Keeping lives, the first signal asks the work to stop at the next step so that
/// what was done is stored; a second signal ends the program at once. The exit code is 130 in each case.
///
/// Signals are blocked in every thread and waited for in one of our own, so that no code runs in a handler.
/// It must therefore be made before any other thread; one per process.
class Interrupt {
public:
    static constexpr int exit_code = 130;

    /// Starts waiting; also ignores SIGPIPE and SIGXFSZ, so that writing fails with an error instead.
    Interrupt();
    ~Interrupt();
    Interrupt(const Interrupt&) = delete;
    Interrupt& operator=(const Interrupt&) = delete;

    std::stop_token token() const { return source_.get_token(); }
    bool requested() const { return source_.stop_requested(); }
    /// Stops as a signal would: for an output that nobody reads any more.
    void request() { source_.request_stop(); }

    /// From here on there is work to keep.
    class Keeping {
    public:
        explicit Keeping(Interrupt& interrupt) : interrupt_(interrupt) { interrupt_.keeping_ = true; }
        ~Keeping() { interrupt_.keeping_ = false; }
        Keeping(const Keeping&) = delete;
        Keeping& operator=(const Keeping&) = delete;

    private:
        Interrupt& interrupt_;
    };

private:
    void watch();

    std::stop_source source_;
    std::atomic<bool> keeping_ = false;
    std::atomic<bool> ending_ = false;
    sigset_t signals_, before_;
    std::thread watcher_;
};

} // namespace longview::cli
