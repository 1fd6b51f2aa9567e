// The launcher: runs one cluster, from its first socket to its last process.
//
// 1. Every descriptor and process is owned by a member. The destructor closes the descriptors, and
//    kills and reaps the processes.
// 2. The launcher sleeps in poll. It wakes when a node changes its state or ends, when a launcher
//    on another host sends something, when a signal arrives, and ten times a second. It wakes more
//    often near the end of a run with a duration, and while a node waits to be restarted.
// 3. The launcher writes nothing to the terminal. Its output goes through the callbacks.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cluster/children.h"
#include "cluster/core_watch.h"
#include "cluster/memory_watch.h"
#include "cluster/node_sockets.h"
#include "cluster/remotes.h"
#include "cluster/restarts.h"
#include "cluster/run_record.h"
#include "cluster/series.h"
#include "cluster/shared_board.h"
#include "cluster/signals.h"
#include "io/sockets.h"
#include "trace/narrator.h"

namespace paxos::cluster {

class Launcher {
public:
    Launcher(const node::Plan& plan, const Placement& placement, int repetition,
             const Callbacks& callbacks, const control::Secret* secret, Remotes* remotes,
             node::LogFiles* files);
    ~Launcher();
    Launcher(const Launcher&) = delete;
    Launcher& operator=(const Launcher&) = delete;

    measure::RunResult run();

private:
    [[nodiscard]] bool prepare(std::string& error);
    /// Sets files_->base above every slot that is recorded in the files of this launcher's nodes.
    [[nodiscard]] bool find_log_end(std::string& error);
    [[nodiscard]] bool draw_membership(std::string& error);
    [[nodiscard]] bool start_nodes(std::string& error);
    [[nodiscard]] node::Context context_for(NodeId node) const;
    [[nodiscard]] bool wait_until_ready(std::string& error);
    void watch();
    void stop();
    measure::RunResult result();
    [[nodiscard]] std::string refusals_text() const;

    /// Sleeps until an event or the next timer tick, and handles it.
    void wait();
    /// Marks on the board which nodes have ended, and informs the launchers of other hosts.
    void mark_dead();
    void set_timer(Tick interval_ns);
    /// The nodes, on all hosts, that were started and have not ended.
    [[nodiscard]] NodeMask live() const;
    [[nodiscard]] const Ending& ending(std::size_t node) const;
    /// The nodes, on all hosts, that were started and have ended.
    [[nodiscard]] NodeMask ended() const;
    [[nodiscard]] Restarts::Processes processes();
    /// Requests the boards of nodes on other hosts and waits for them.
    void collect();
    /// Whether a node has ended in a way that ends the run.
    [[nodiscard]] bool is_broken() const;
    /// Whether `node` ended because a write to its file failed (S26), or because it was started
    /// again and could not continue from its file. In both cases the other nodes continue.
    [[nodiscard]] bool has_lost_storage(std::size_t node) const {
        return static_cast<node::NodeState>(board_.get().nodes[node].state.seen()) ==
                   node::NodeState::storage_failed ||
               (ending(node).exit_code == 3 &&
                restarts_.has_earlier_incarnation(static_cast<NodeId>(node)));
    }
    /// Notes in the run's record which of `nodes` were suspended from outside (SIGSTOP, a debugger)
    /// or are on a silent host. These nodes are not reported as hung.
    void note_stopped(NodeMask nodes);
    void pass_on_log(bool is_end);

    const node::Plan& plan_;
    const Placement& placement_;
    const Callbacks& callbacks_;
    // The run's key is derived from this secret. If it is null, the key is random.
    const control::Secret* const secret_;
    Remotes* const remotes_;       // Null if this launcher starts all nodes.
    node::LogFiles* const files_;  // Null in memory-only mode.
    // The number of nodes that this launcher starts, from n0 on.
    const std::size_t local_nodes_;
    RunRecord record_;
    Tick begun_at_;
    Tick started_at_ = 0;
    Tick ended_at_ = 0;  // When the run was over, before the nodes were stopped.

    Series series_;
    CoreWatch cores_;
    MemoryWatch memory_;
    Signals signals_;
    SharedBoard board_;
    NodeSockets sockets_;  // Open to the end, so that their ports stay bound.
    Fd wake_;
    Fd timer_;
    io::PeerTable peers_;
    wire::Membership membership_;
    std::unique_ptr<trace::Narrator> narrator_;
    // Declared after everything that the nodes use, so that the destructors kill the nodes first.
    Children children_;
    Restarts restarts_{plan_};
};

}  // namespace paxos::cluster
