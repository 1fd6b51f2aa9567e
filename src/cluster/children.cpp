// Starts and ends the nodes' processes.
#include "cluster/children.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "io/cores.h"

namespace paxos::cluster {
namespace {

/// Makes a node ignore the signals that stop the launcher, because a terminal sends them to the
/// whole process group. The launcher then stops the nodes.
void set_signals() {
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) std::signal(signal, SIG_IGN);
    std::signal(SIGPIPE, SIG_DFL);
    // Ignored, so that a write beyond the limit of the file size (ulimit -f) fails with EFBIG
    // instead of killing the node.
    std::signal(SIGXFSZ, SIG_IGN);
    sigset_t none;
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none, nullptr);
}

/// Closes every descriptor except stdin, stdout, stderr, `one` and `other`. The closed descriptors
/// are sockets of other nodes, pidfds, and files of the caller.
void close_all_but(int one, int other) {
    const auto low = static_cast<unsigned>(std::min(one, other));
    const auto high = static_cast<unsigned>(std::max(one, other));
    // Linux before 5.9 has no close_range, so these descriptors stay open there, which is harmless.
    if (low > 3) ::close_range(3, low - 1, 0);
    if (high > low + 1) ::close_range(low + 1, high - 1, 0);
    ::close_range(high + 1, ~0U, 0);
}

/// Runs in a node's process after the fork.
[[noreturn]] void run_node(const node::Context& context, pid_t launcher) {
    // The kernel sends SIGKILL to this process when the launcher's thread ends. getppid detects a
    // launcher that ended before prctl.
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || ::getppid() != launcher) ::_exit(0);
    set_signals();
    close_all_but(context.socket, context.wake);
    // The name that ps and top show, such as "paxos_fast n3". The kernel keeps 15 bytes.
    char name[16];
    std::snprintf(name, sizeof name, "paxos_fast n%u", context.self);
    ::prctl(PR_SET_NAME, name);

    std::string error;
    if (!io::pin_to(context.core, error)) {
        node::NodeBoard& board = *context.board;
        std::snprintf(board.error.data(), board.error.size(), "%s", error.c_str());
        board.state.publish(static_cast<std::uint64_t>(node::NodeState::failed));
        ::_exit(3);
    }
    ::_exit(node::run(context));
}

std::uint64_t ns_of(const timeval& time) {
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 +
           static_cast<std::uint64_t>(time.tv_usec) * 1000;
}

}  // namespace

// Calls the kernel directly, because glibc 2.36 declares pidfd_open without extern "C".
Fd open_pidfd(pid_t pid) { return Fd{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))}; }

bool Ending::is_crash() const {
    switch (signal) {
        case SIGABRT:
        case SIGSEGV:
        case SIGBUS:
        case SIGILL:
        case SIGFPE:
        case SIGTRAP:
        case SIGSYS: return true;
        case 0: return has_ended && exit_code != 0 && exit_code != 3 && exit_code != 5;
        // Other signals, such as SIGKILL, come from a user, the OOM killer or --faults kill=.
        default: return false;
    }
}

bool Children::fork(const node::Context& context, Child& child, std::string& error) {
    const pid_t launcher = ::getpid();
    const pid_t pid = ::fork();
    if (pid == 0) run_node(context, launcher);
    const std::string name = "node n" + std::to_string(context.self);
    if (pid < 0) {
        error = name + ": fork: " + std::strerror(errno) +
                (errno == EAGAIN ? ": the process limit is reached (ulimit -u)" : "");
        return false;
    }
    child.pid = pid;
    child.pidfd = open_pidfd(pid);
    if (!child.pidfd.is_open())
        error = name + ": pidfd_open: " + std::strerror(errno) +
                (errno == ENOSYS ? ": Linux 5.3 or newer is needed"
                                 : ": raise the limit of open files (ulimit -n)");
    return true;
}

bool Children::start(const node::Context& context, std::string& error) {
    Child child;
    if (!fork(context, child, error)) return false;
    live_.add(static_cast<NodeId>(children_.size()));
    children_.push_back(std::move(child));
    return children_.back().pidfd.is_open();
}

bool Children::restart(std::size_t index, const node::Context& context, std::string& error) {
    Child child;
    if (!fork(context, child, error)) return false;
    child.ending.cpu_ns = children_[index].ending.cpu_ns;
    child.ending.rss_peak_bytes = children_[index].ending.rss_peak_bytes;
    live_.add(static_cast<NodeId>(index));
    children_[index] = std::move(child);
    if (children_[index].pidfd.is_open()) return true;
    kill(index);
    reap(index, 0);
    return false;
}

void Children::kill(std::size_t index) {
    // A process that has just ended is a zombie, and keeps its pid until it is reaped. The signal
    // has no effect on it.
    if (live_.has(static_cast<NodeId>(index)))
        static_cast<void>(::kill(children_[index].pid, SIGKILL));
}

bool Children::reap(std::size_t index, int options) {
    Child& child = children_[index];
    int status = 0;
    rusage usage{};
    pid_t reaped = 0;
    do {
        reaped = ::wait4(child.pid, &status, options, &usage);
    } while (reaped < 0 && errno == EINTR);
    if (reaped == 0) return false;
    live_.remove(static_cast<NodeId>(index));
    child.ending.has_ended = true;
    if (reaped < 0)
        // ECHILD: the process was already reaped elsewhere. How it ended is unknown.
        return true;
    if (WIFEXITED(status)) child.ending.exit_code = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) child.ending.signal = WTERMSIG(status);
    child.ending.cpu_ns += ns_of(usage.ru_utime) + ns_of(usage.ru_stime);
    child.ending.rss_peak_bytes = std::max(child.ending.rss_peak_bytes,
                                           static_cast<std::uint64_t>(usage.ru_maxrss) * 1024);
    return true;
}

bool Children::reap() {
    bool any = false;
    live_.for_each([&](NodeId node) { any = reap(node, WNOHANG) || any; });
    return any;
}

void Children::kill_all() {
    reap();  // Nodes that have already ended must not count as killed by the launcher.
    live_.for_each([&](NodeId node) { kill(node); });
    live_.for_each([&](NodeId node) {
        reap(node, 0);
        Ending& ending = children_[node].ending;
        // The process may have ended by itself just before the signal.
        ending.by_launcher = ending.signal == SIGKILL;
    });
}

Children::~Children() { kill_all(); }

std::vector<int> Children::pids() const {
    std::vector<int> all;
    for (const Child& child : children_) all.push_back(child.pid);
    return all;
}

bool Children::is_stopped(std::size_t index) const {
    const std::string path = "/proc/" + std::to_string(children_[index].pid) + "/stat";
    const Fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    char text[256];
    const ssize_t size = file.is_open() ? ::read(file.get(), text, sizeof text - 1) : -1;
    if (size <= 0) return false;
    text[size] = '\0';
    // The text is "pid (name) state ...". The name may contain parentheses, so it ends at the last
    // one.
    const char* const name_end = std::strrchr(text, ')');
    return name_end != nullptr && name_end[1] == ' ' && (name_end[2] == 'T' || name_end[2] == 't');
}

}  // namespace paxos::cluster
