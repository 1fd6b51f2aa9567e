// See child.h.
#include "cli/ab/child.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/fd.h"
#include "cli/result_sink.h"
#include "cluster/children.h"
#include "io/clock.h"

namespace paxos::cli {
namespace {

/// Maximum bytes of standard output, which is the result file of a leg (one run of a build). A leg
/// needs far less: it usually has one repetition, which takes about 10 KB.
constexpr std::size_t output_max = std::size_t{64} << 20;
/// Maximum bytes kept of standard error, which is enough for any message. Further bytes are read
/// and dropped, so that the child does not block.
constexpr std::size_t error_max = std::size_t{64} << 10;

/// How long a child may take to end after SIGTERM. This is ten times as long as the program needs.
constexpr io::Tick stop_ns = 2 * io::ns_per_second;

std::string failure(const char* call) { return std::string(call) + ": " + std::strerror(errno); }

struct Pipe {
    Fd reading, writing;

    [[nodiscard]] bool open() {
        int ends[2];
        if (pipe2(ends, O_CLOEXEC) != 0) return false;
        reading = Fd{ends[0]};
        writing = Fd{ends[1]};
        return fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0;
    }
};

/// Runs in the child: executes the program. If execv() fails, writes the reason to the error pipe.
[[noreturn]] void execute(const std::vector<char*>& arguments, const Pipe& output,
                          const Pipe& error, pid_t parent) {
    // getppid() is checked because the parent may have ended before prctl().
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) _exit(1);
    setpgid(0, 0);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (nothing >= 0 && dup2(nothing, 0) == 0 && dup2(output.writing.get(), 1) == 1 &&
        dup2(error.writing.get(), 2) == 2)
        execv(arguments.front(), arguments.data());
    static_cast<void>(write_all(error.writing.get(), std::string("exec: ") + std::strerror(errno)));
    _exit(127);
}

class Child {
public:
    explicit Child(cluster::Signals& signals) : signals_(signals) {}
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    ChildEnd run(std::vector<std::string>& words, io::Tick limit_ns) {
        if (!start(words)) return std::move(end_);
        deadline_ = io::now() + limit_ns;
        while (!watch()) {}
        reap();
        return std::move(end_);
    }

private:
    [[nodiscard]] bool start(std::vector<std::string>& words) {
        std::vector<char*> arguments;
        for (std::string& word : words) arguments.push_back(word.data());
        arguments.push_back(nullptr);
        if (!output_.open() || !error_.open()) return refuse("pipe");
        const pid_t parent = getpid();
        pid_ = fork();
        if (pid_ == 0) execute(arguments, output_, error_, parent);
        if (pid_ < 0) return refuse("fork");
        // Both processes call setpgid(), so that the group exists whichever process runs first.
        // After the child's execv() the call here fails, which is harmless.
        setpgid(pid_, pid_);
        output_.writing.reset();
        error_.writing.reset();
        pidfd_ = cluster::open_pidfd(pid_);
        if (pidfd_.is_open()) return true;
        refuse("pidfd_open");
        reap();
        end_.how = ChildEnd::How::not_started;
        return false;
    }

    bool refuse(const char* call) {
        end_.error = failure(call);
        return false;
    }

    /// Waits for the next event. Returns true when the child has ended or must be killed.
    bool watch() {
        const io::Tick now = io::now();
        if (now >= deadline_) {
            if (end_.how != ChildEnd::How::stopped) end_.how = ChildEnd::How::out_of_time;
            return true;
        }
        std::array<pollfd, 4> ready{
            pollfd{.fd = pidfd_.get(), .events = POLLIN, .revents = 0},
            pollfd{.fd = output_.reading.get(), .events = POLLIN, .revents = 0},
            pollfd{.fd = error_.reading.get(), .events = POLLIN, .revents = 0},
            pollfd{.fd = signals_.fd(), .events = POLLIN, .revents = 0}};
        const timespec left = io::to_timespec(deadline_ - now);
        if (ppoll(ready.data(), ready.size(), &left, nullptr) < 0) return errno != EINTR;
        drain(output_, end_.output, output_max + 1);
        drain(error_, end_.error, error_max);
        if (end_.output.size() > output_max) {
            end_.how = ChildEnd::How::output_too_long;
            return true;
        }
        if (ready[3].revents != 0) stop(signals_.take());
        return ready[0].revents != 0;
    }

    /// Empties the pipe with one read. `text` keeps the first `max` bytes. Closes the reading end
    /// if the writing end is closed, because poll() would otherwise report the pipe forever.
    void drain(Pipe& pipe, std::string& text, std::size_t max) {
        if (!pipe.reading.is_open()) return;
        const ssize_t size = read(pipe.reading.get(), part_.data(), part_.size());
        if (size < 0 && (errno == EINTR || errno == EAGAIN)) return;
        if (size <= 0) return pipe.reading.reset();
        text.append(part_.data(), std::min(static_cast<std::size_t>(size), max - text.size()));
    }

    /// Called when poll() reports a signal. `signal` is the pending signal, or 0 if there is none
    /// after all. Sends SIGTERM to the child, which then has `stop_ns` to end cleanly.
    void stop(int signal) {
        if (signal == 0 || end_.how == ChildEnd::How::stopped) return;
        end_.how = ChildEnd::How::stopped;
        end_.code = signal;
        kill(pid_, SIGTERM);  // The child is not reaped yet, so the pid still belongs to it.
        deadline_ = io::now() + stop_ns;
    }

    /// Kills the child's process group, then reaps the child. The order matters, because the pid
    /// can be reused after reaping.
    void reap() {
        kill(-pid_, SIGKILL);
        // Kills the child even if setpgid() failed and the group does not exist.
        kill(pid_, SIGKILL);
        int status = 0;
        while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {}
        drain(output_, end_.output, output_max + 1);
        drain(error_, end_.error, error_max);
        if (end_.how != ChildEnd::How::not_started) return;
        end_.how = WIFEXITED(status) ? ChildEnd::How::exited : ChildEnd::How::signalled;
        end_.code = WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status);
    }

    cluster::Signals& signals_;
    Pipe output_, error_;
    std::array<char, 65536> part_;  ///< The capacity of a pipe (pipe(7)).
    Fd pidfd_;
    pid_t pid_ = -1;
    io::Tick deadline_ = 0;
    ChildEnd end_;
};

}  // namespace

ChildEnd run_child(std::vector<std::string> words, std::uint64_t limit_ns,
                   cluster::Signals& signals) {
    return Child(signals).run(words, limit_ns);
}

}  // namespace paxos::cli
