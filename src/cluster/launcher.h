// The launcher: one cluster from its first socket to its last process reaped.
//
// 1. Every descriptor and process belongs to a member: leaving in any way closes, kills and reaps.
// 2. It sleeps in poll; it wakes when a node says something, ends, a signal comes, or ten times a
//    second.
// 3. It writes nothing to the terminal; what there is to say goes through the callbacks.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cluster/children.h"
#include "cluster/core_watch.h"
#include "cluster/course.h"
#include "cluster/memory_watch.h"
#include "cluster/shared_board.h"
#include "cluster/signals.h"
#include "io/sockets.h"
#include "trace/narrator.h"

namespace paxos::cluster {

class Launcher {
public:
    Launcher(const node::Plan& plan, const Placement& placement, int repetition,
             const Callbacks& callbacks);
    ~Launcher();
    Launcher(const Launcher&) = delete;
    Launcher& operator=(const Launcher&) = delete;

    measure::RunResult run();

private:
    [[nodiscard]] bool prepare(std::string& error);
    [[nodiscard]] bool start_nodes(std::string& error);
    [[nodiscard]] bool wait_until_ready(std::string& error);
    void watch();
    void stop();
    measure::RunResult result();
    [[nodiscard]] std::string refusals_text() const;

    /// Sleeps until something has happened, or until the next beat, and takes note of it.
    void wait();
    /// Publishes which nodes have ended, and where their logs end.
    void mark_dead();
    void beat_every(Tick ns);
    /// A node has ended in a way that ends the run.
    [[nodiscard]] bool is_broken() const;
    /// Notes which of `nodes` have been stopped from outside.
    void note_stopped(NodeMask nodes);
    void pass_on_log(bool is_end);

    const node::Plan& plan_;
    const Placement& placement_;
    const Callbacks& callbacks_;
    Course course_;
    Tick begun_at_;
    Tick started_at_ = 0;

    CoreWatch cores_;
    MemoryWatch memory_;
    Signals signals_;
    SharedBoard board_;
    std::vector<io::Socket> sockets_;  // Kept open so that their ports stay bound to the end.
    Fd wake_;
    Fd timer_;
    io::PeerTable peers_;
    wire::Membership membership_;
    std::unique_ptr<trace::Narrator> narrator_;
    Children children_;  // Last: the nodes go before what they use.
};

}  // namespace paxos::cluster
