#pragma once
// Child processes for tests: real locks, real kills, real lack of permission. Fork only while the parent has
// no library open: SQLite's bookkeeping of locks does not survive a fork.

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <string>

#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

namespace longview::storage::test {

/// A child that runs `body` with two pipe ends: say() to the parent, and wait() for it.
class Child {
public:
    explicit Child(const std::function<int(Child&)>& body) {
        int up[2], down[2];
        if (::pipe(up) != 0 || ::pipe(down) != 0 || (pid_ = ::fork()) < 0)
            std::abort();
        const bool is_child = pid_ == 0;
        read_ = is_child ? down[0] : up[0];
        write_ = is_child ? up[1] : down[1];
        ::close(is_child ? up[0] : up[1]);
        ::close(is_child ? down[1] : down[0]);
        if (is_child)
            run(body);
    }
    ~Child() {
        if (pid_ > 0)
            kill();
        ::close(read_);
        if (write_ >= 0)
            ::close(write_);
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    void say(const std::string& text) {
        if (::write(write_, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
            std::perror("write to the other process");
    }
    /// Waits for `bytes` bytes from the other side; less at its end.
    std::string wait(std::size_t bytes = 1) {
        std::string text;
        char next = 0;
        while (text.size() < bytes && ::read(read_, &next, 1) == 1)
            text += next;
        return text;
    }
    std::string wait_all() { return wait(std::string::npos); }

    pid_t id() const { return pid_; }

    /// Exit status of the child, or minus the signal that ended it.
    int finish() {
        ::close(write_);
        write_ = -1;
        int status = 0;
        ::waitpid(pid_, &status, 0);
        pid_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    }
    int kill() {
        ::kill(pid_, SIGKILL);
        return finish();
    }

private:
    [[noreturn]] void run(const std::function<int(Child&)>& body) {
        int status = 99;
        try {
            status = body(*this);
        } catch (const std::exception& error) {
            std::fprintf(stderr, "child: %s\n", error.what());
        }
        ::_exit(status);
    }

    pid_t pid_ = -1;
    int read_ = -1, write_ = -1;
};

/// For a child: permissions do not bind root, so become somebody else. False when that is not possible.
inline bool drop_privileges() {
    constexpr unsigned nobody = 65534;
    return ::geteuid() != 0 || (::setgid(nobody) == 0 && ::setuid(nobody) == 0);
}

/// What sentence_of() gives for `work` in an unprivileged child.
inline std::string sentence_without_privileges(const std::function<std::string()>& work) {
    Child child([&](Child& parent) {
        if (!drop_privileges())
            return 1;
        parent.say(work());
        return 0;
    });
    std::string sentence = child.wait_all();
    return child.finish() == 0 ? sentence : "the child failed";
}

} // namespace longview::storage::test
