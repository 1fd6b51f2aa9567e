// What the launcher knows about a run, in addition to what the boards hold.
#pragma once

#include <string>
#include <vector>

#include "cluster/children.h"
#include "cluster/cluster.h"
#include "cluster/restarts.h"
#include "cluster/series.h"
#include "cluster/watch.h"

namespace paxos::cluster {

/// Maximum number of --log events in the result file. It suffices for several hundred rounds of
/// five nodes.
inline constexpr std::size_t traced_max = 20'000;

/// What a launcher observed on its host during the run.
struct HostWatch {
    std::string environment_changes;  ///< Changes of cores or CPU quota. Empty if none.
    std::uint64_t throttled = 0;      ///< Number of periods in which the CPU quota was exhausted.
    std::uint64_t oom_kills = 0;      ///< Number of OOM kills.
    std::string memory_limit;         ///< As MemoryWatch::limit(). Empty if none.
};

struct RunRecord {
    const node::Plan* plan = nullptr;
    const Placement* placement = nullptr;
    const Series* series = nullptr;         ///< Null if the run was not sampled.
    const node::LogFiles* files = nullptr;  ///< Null in memory-only mode.
    int repetition = 0;
    bool has_started = false;  ///< All nodes were ready, and Phase::start was published.
    Tick started_at = 0;       ///< When Phase::start was published; 0 if it was not.
    Outcome outcome = Outcome::running;
    std::string reason;  ///< Why the run ended undecided, or why it did not start.
    int signal = 0;      ///< The signal that the launcher received; 0 if none.
    Slot slot_end = 0;   ///< The end of the planned slots; ~0 if unknown.
    NodeMask silent;     ///< Alive at the end, but making no turns or not stopping.
    NodeMask stopped;    ///< Those of `silent` that were suspended, or whose host was silent.
    NodeMask cut_off;    ///< Alive at the end, but no decision reached them.
    std::vector<Ending> endings;  ///< Indexed by node. Shorter if not all nodes were started.
    std::vector<int> pids;
    /// What incarnations left on the boards, if another incarnation followed or was due to follow.
    std::vector<EndedIncarnation> ended_incarnations;
    std::vector<measure::RestartResult> restarts;
    HostWatch watch;  ///< What this launcher observed.
    /// What the launchers of nodes 1, 2, ... observed; may be empty.
    std::vector<HostWatch> remote_watches;
    std::vector<measure::TracedEvent> trace;  ///< What --log printed, up to traced_max.
    /// Number of datagrams from nodes that were left unread in the sockets when all nodes had
    /// ended.
    std::uint64_t unread = 0;
    std::uint64_t start_ns = 0;  ///< How long starting the nodes took.
    std::uint64_t stop_ns = 0;   ///< How long stopping the nodes took.

    /// Whether a later incarnation of `node` was started.
    [[nodiscard]] bool has_restarted(int node) const {
        return std::ranges::any_of(restarts, [&](const auto& one) { return one.node == node; });
    }
    /// The watch of the launcher of `node`.
    [[nodiscard]] const HostWatch& watch_of(std::size_t node) const {
        return node == 0 || remote_watches.empty() ? watch : remote_watches[node - 1];
    }
};

/// The result of a run: sums over the boards, the way in which the run ended, and the verdict.
[[nodiscard]] measure::RunResult gather(const node::Board& board, const RunRecord& record);

/// The second half of `gather`. Derives the verdict, the exit code and the failure text from the
/// nodes' logs and evidence, and from how the run and its nodes ended.
void conclude(const node::Board& board, const RunRecord& record, measure::RunResult& result);

}  // namespace paxos::cluster
