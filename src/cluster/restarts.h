// Starts killed nodes of a durable cluster again (--faults restart=).
//
// A node runs in *incarnations*, one process after the other. All incarnations of a node write the
// same NodeBoard. Counts, times of rows and latencies cover all incarnations. Digests, checkpoints
// and evidence belong to one incarnation. When an incarnation was killed and another is to follow,
// class Restarts copies them from the board and clears them there.
//
// 1. A node is started again only after its process was reaped and its death mark was set. The next
//    incarnation clears the mark when it can receive (node/death_marks.h).
// 2. What an incarnation left is kept until the end of the run, so that the verdict covers it.
// 3. An incarnation that cannot start (such as one with a damaged file) ends the node, not the run.
// 4. No function here blocks. The new process itself waits for the lock of its file.
// 5. A node on another host is started by that host's launcher, on an order from this launcher
//    (remotes.h).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cluster/agreement.h"
#include "cluster/children.h"
#include "cluster/evidence.h"
#include "measure/result.h"
#include "node/board.h"

namespace paxos::cluster {

/// What an incarnation left on the board when it ended. Kept only if another incarnation followed
/// or was due to follow.
struct EndedIncarnation {
    NodeId node = 0;
    std::uint64_t skipped = 0;  ///< Number of slots that it skipped.
    SlotRange skipped_range{};  ///< Contains all slots that it skipped.
    Slot begin = 0;             ///< The first slot of its log.
    std::unique_ptr<node::Digests> digests;
    std::unique_ptr<node::Checkpoints> checkpoints;
    std::unique_ptr<node::Evidence> evidence;

    [[nodiscard]] LogOf log() const {
        return {node, digests.get(), checkpoints.get(), false, skipped_range, begin};
    }
    [[nodiscard]] Slot end() const { return checkpoints->own.get().end; }
};

/// Clears what belongs to one incarnation. Keeps `checkpoints.own`, because a peer that detects the
/// death late still needs the end of the dead node's log.
void clear_incarnation(node::NodeBoard& board);

class Restarts {
public:
    /// Maximum number of restarts in a run. It bounds the memory, because each restart keeps an
    /// EndedIncarnation of about a third of a MiB.
    static constexpr std::size_t restarts_max = 1000;
    /// An incarnation that is not ready within this time is killed, and the node stays dead.
    static constexpr Tick start_timeout_ns = 20'000'000'000;

    /// The processes of the nodes, on any host.
    struct Processes {
        std::function<NodeMask()> ended;  ///< Nodes that were started and have ended.
        std::function<const Ending&(NodeId)> ending;
        /// Starts the next process of a node. `recorded_end` becomes Context::recorded_end of that
        /// process. If false, `error` says why not.
        std::function<bool(NodeId, Slot recorded_end, std::string& error)> start;
        std::function<void(NodeId)> kill;
        /// Called when a node was killed and will run again.
        std::function<void(NodeId, Tick, const std::string& what)> on_killed;
        /// Called when a node that was started again is ready.
        std::function<void(NodeId, Tick)> on_ready;
    };

    explicit Restarts(const node::Plan& plan) : plan_(plan) {}
    /// Call first, after Phase::start was published. `started_at` is the time of the publication.
    /// `board` outlives this object.
    void begin(node::Board& board, Tick started_at, Processes processes);

    /// Keeps what newly killed nodes left, and starts killed nodes whose restart is due. Call after
    /// the death marks of killed nodes were set.
    void step(Tick now);
    /// Nodes that will be started. They count as alive, so the run waits for them.
    [[nodiscard]] NodeMask pending() const { return pending_; }
    /// Nodes that will be started, or were started and are not ready.
    [[nodiscard]] NodeMask starting() const { return pending_ | starting_; }
    /// Whether `node` has had an incarnation before its last one.
    [[nodiscard]] bool has_earlier_incarnation(NodeId node) const {
        return started_again_.has(node);
    }
    /// Call when the run ends. Kills the incarnations that are not ready. No node is started again
    /// after this.
    void stop();
    /// The restarts of the run, in order of time. REQUIRES: all nodes have ended.
    [[nodiscard]] std::vector<measure::RestartResult> results();
    [[nodiscard]] std::vector<EndedIncarnation> take_ended_incarnations() {
        return std::move(ended_incarnations_);
    }

private:
    struct Restart {
        NodeId node;
        Tick killed_at;      // When this launcher noticed that the process was killed.
        Tick forked_at = 0;  // When the new process was forked or ordered; 0 if not yet.
        // The board of the new incarnation, copied when the incarnation ends.
        node::IncarnationBoard incarnation;
        bool was_left_behind = false;
    };
    [[nodiscard]] bool may_restart(const Ending& ending) const;
    void note_killed(NodeId node, Tick now);
    void keep_incarnation(NodeId node);
    void start(Restart& restart, Tick now);
    void note_starting(Tick now);
    [[nodiscard]] Restart& last_of(NodeId node);
    [[nodiscard]] Slot recorded_end(NodeId node) const;

    const node::Plan& plan_;
    node::Board* board_ = nullptr;  // Null before begin().
    Tick started_at_ = 0;
    Processes processes_;
    std::vector<EndedIncarnation> ended_incarnations_;
    std::vector<Restart> restarts_;
    NodeMask pending_;        // Nodes that were killed and will be started.
    NodeMask starting_;       // Nodes that were started again and are not ready.
    NodeMask started_again_;  // Nodes that were started again at least once.
    NodeMask given_up_;       // Nodes that stay dead.
};

}  // namespace paxos::cluster
