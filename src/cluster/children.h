// The nodes' processes: born, watched through pidfds, killed if need be, and each one reaped.
//
// 1. A node dies with the launcher: the kernel kills it when the thread that forked it ends.
// 2. Beside stdin, stdout and stderr a node holds its socket and the eventfd, and no other
//    descriptor.
// 3. When a Children goes, so have all its processes.
#pragma once

#include <string>
#include <vector>

#include "cluster/fd.h"
#include "node/node.h"

namespace paxos::cluster {

/// How a process ended and what it used, as the kernel tells.
struct Ending {
    bool has_ended = false;
    bool by_launcher = false;  ///< It had not stopped in time, and the launcher killed it.
    int exit_code = -1;        ///< -1: it did not exit.
    int signal = 0;            ///< 0: no signal ended it.
    std::uint64_t cpu_ns = 0;
    std::uint64_t rss_peak_bytes = 0;

    /// By the program's own fault: an assert, a crash, an exit code that no node gives.
    [[nodiscard]] bool is_crash() const;
};

/// Readable when process `pid`, a child, has ended. Not open: errno says why.
[[nodiscard]] Fd open_pidfd(pid_t pid);

class Children {
public:
    Children() = default;
    Children(const Children&) = delete;
    Children& operator=(const Children&) = delete;
    /// Kills and reaps whatever still runs.
    ~Children();

    /// Starts the node of `context`, the next one. False: `error` says why.
    [[nodiscard]] bool start(const node::Context& context, std::string& error);

    /// Takes note of the processes that have ended. True if there were any.
    bool reap();
    /// Kills what still runs, with SIGKILL, and waits until all of it is gone.
    void kill_all();

    [[nodiscard]] std::size_t count() const { return children_.size(); }
    [[nodiscard]] NodeMask live() const { return live_; }
    /// Readable when node `index` has ended.
    [[nodiscard]] int pidfd(std::size_t index) const { return children_[index].pidfd.get(); }
    [[nodiscard]] int pid(std::size_t index) const { return children_[index].pid; }
    [[nodiscard]] std::vector<int> pids() const;
    [[nodiscard]] const Ending& ending(std::size_t index) const { return children_[index].ending; }
    /// Whether the process of node `index` has been stopped (SIGSTOP, a debugger) and not
    /// continued.
    [[nodiscard]] bool is_stopped(std::size_t index) const;

private:
    struct Child {
        pid_t pid = -1;
        Fd pidfd;
        Ending ending;
    };
    bool reap(std::size_t index, int options);

    std::vector<Child> children_;
    NodeMask live_;
};

}  // namespace paxos::cluster
