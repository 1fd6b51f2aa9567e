// Starts the nodes' processes, watches their pidfds, kills the processes if necessary, and reaps
// each one.
//
// 1. A node dies with the launcher, because the kernel kills the node when the thread that forked
//    it ends.
// 2. A node keeps its socket, its eventfd (node::Context::wake), stdin, stdout and stderr. From
//    Linux 5.9 on, it keeps no other descriptor.
// 3. No node process outlives the Children object that started it.
#pragma once

#include <string>
#include <vector>

#include "base/fd.h"
#include "node/node.h"

namespace paxos::cluster {

/// How a process ended and what it used, as reported by the kernel.
struct Ending {
    bool has_ended = false;
    /// True if the process did not stop in time, so that the launcher killed it.
    bool by_launcher = false;
    int exit_code = -1;        ///< -1 if it did not exit.
    int signal = 0;            ///< 0 if no signal ended it.
    std::uint64_t cpu_ns = 0;  ///< CPU time of all processes of the node.
    std::uint64_t rss_peak_bytes = 0;
    bool with_launcher = false;  ///< True if its launcher was on another host and ended first.

    /// Whether a bug ended the process. Signs of a bug are a failed assert, a crash, and an exit
    /// code that no node returns.
    [[nodiscard]] bool is_crash() const;
};

/// A pidfd of child `pid`. It is readable when that process has ended. If the pidfd is not open,
/// errno says why.
[[nodiscard]] Fd open_pidfd(pid_t pid);

class Children {
public:
    Children() = default;
    Children(const Children&) = delete;
    Children& operator=(const Children&) = delete;
    /// Kills and reaps all processes that still run.
    ~Children();

    /// Starts the node of `context`. If false, `error` says why. REQUIRES: nodes are started in
    /// ascending order. Other functions identify a node by `index`, its position in this order,
    /// from 0.
    [[nodiscard]] bool start(const node::Context& context, std::string& error);
    /// Starts node `index` again. Its Ending keeps the CPU time and the memory peak of the earlier
    /// processes. REQUIRES: the last process of the node has ended and was reaped.
    [[nodiscard]] bool restart(std::size_t index, const node::Context& context, std::string& error);

    /// Reaps the processes that have ended. True if there were any.
    bool reap();
    /// Kills node `index` with SIGKILL, if it still runs. Its Ending is set by a later reap().
    void kill(std::size_t index);
    /// Kills all processes that still run, with SIGKILL, and waits for their end.
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
    [[nodiscard]] static bool fork(const node::Context& context, Child& child, std::string& error);
    bool reap(std::size_t index, int options);

    std::vector<Child> children_;
    NodeMask live_;
};

}  // namespace paxos::cluster
