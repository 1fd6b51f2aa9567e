// The results of a run. The launcher fills in this plain data; the summary and the result file read
// it.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/counter_table.h"
#include "base/histogram.h"
#include "measure/explanation.h"
#include "paxos/step.h"

namespace paxos::measure {

enum class Verdict { safe, unsafe, unknown };

/// One node of one repetition.
struct NodeResult {
    int id = 0;
    int pid = 0;
    int core = -1;
    /// How the node ended: "stopped", "killed by signal 9", "left behind", "failed", "unsafe", ...
    std::string state;
    std::string error;          ///< The node's error text, if it ended by itself.
    bool alive_at_end = false;  ///< Also true for a node that was silent or left behind.
    std::uint64_t learned = 0;  ///< Slots below this were learned or skipped.
    /// Of these, slots that the node skipped, because its peers no longer retained them.
    std::uint64_t skipped = 0;
    std::uint64_t cpu_ns = 0;
    /// Slots compared with another node's log. If there is only one node: all slots of its log.
    std::uint64_t compared = 0;
    std::uint64_t decided = 0;        ///< Rounds decided as proposer, without the warm-up.
    std::uint64_t decided_first = 0;  ///< Of these, rounds decided at the node's first ballot.
    std::uint64_t preemptions = 0;
    std::uint64_t takeovers = 0;
    /// Every slot that the node learned counts as compared, and no slot differs.
    bool log_is_prefix = true;
    int signal = 0;                      ///< The signal that ended the node; 0: none.
    std::uint64_t ended_near_round = 0;  ///< Number of rounds below `learned`.
    std::uint64_t rss_peak_bytes = 0;
};

/// The cost of one row (RowResult) at one node.
struct NodeCost {
    std::uint64_t cpu_user_ns = 0, cpu_system_ns = 0;
    std::uint64_t messages_sent = 0, datagrams_sent = 0, datagrams_received = 0, enters = 0;
};

/// A part of a row's time.
struct Slice {
    std::uint64_t begin_ns = 0, end_ns = 0;  ///< Since the start of the run.
    std::uint64_t decisions = 0;             ///< A slot that two proposers decided counts twice.
    std::optional<std::uint64_t> p50_ns, p99_ns;  ///< None: too few samples.
};

/// Something that may have changed the figures, and when the launcher noticed it.
struct RunEvent {
    std::uint64_t at_ns = 0;  ///< Since the start of the run.
    int node = 0;
    std::string text;  ///< "killed by signal 9", "took over", "left behind".
};

/// A killed node that was started again. All times except `killed_at_ns` count from the moment at
/// which the launcher noticed the node's end.
struct RestartResult {
    int node = 0;
    std::uint64_t killed_at_ns = 0;  ///< Since the start of the run.
    std::uint64_t started_ns = 0;    ///< Until its new process was forked.
    /// Until the new process had restored its records and could receive. None if it never could.
    std::optional<std::uint64_t> ready_ns;
    /// Until the new process sent its first PREPARE, PROMISE, ACCEPT or ACCEPTED.
    std::optional<std::uint64_t> took_part_ns;
    /// Until the new process had learned every slot that other nodes knew when it became ready.
    std::optional<std::uint64_t> caught_up_ns;
    /// Number of slots that the new process lacked when it became ready.
    std::uint64_t behind = 0;
    /// The new process skipped slots that its peers no longer retained.
    bool was_left_behind = false;
};

/// A turn of a node, from the end of one exchange of datagrams with the kernel to the end of the
/// next exchange.
struct Turn {
    int node = 0;
    std::uint64_t begin_ns = 0, end_ns = 0;  ///< Since the start of the run.
    std::uint64_t cpu_ns = 0, switches = 0, page_faults = 0;
};

/// One row (a window or a rate) of one repetition.
struct RowResult {
    std::string load;  ///< "unloaded", "saturated", "window", "rate".
    std::uint32_t window = 1;
    std::uint64_t rate = 0;  ///< Requested rounds a second; 0 if no rate was requested.
    int repetition = 0;
    std::uint64_t rounds = 0;      ///< Rounds requested; 0 if a duration ended the row.
    std::uint64_t decisions = 0;   ///< Decided slots of the row.
    std::uint64_t elapsed_ns = 0;  ///< From the first proposal to the last decision.
    /// From the first proposal until every node that stopped cleanly had learned all slots of the
    /// row. 0: unknown.
    std::uint64_t learned_elapsed_ns = 0;
    /// Merged over the proposers; never null. If a rate was requested, latency counts from the time
    /// when the round was due.
    std::shared_ptr<Histogram> latency;
    /// Latency from the proposal; null if no rate was requested.
    std::shared_ptr<Histogram> uncorrected;
    std::vector<NodeCost> costs;                          ///< By node.
    std::array<std::uint64_t, message_kinds> messages{};  ///< By MessageKind.
    std::uint64_t resent = 0, cells_sent = 0;
    std::uint64_t datagrams_sent = 0, datagrams_received = 0, enters = 0, turns = 0;
    std::uint64_t cpu_ns = 0;
    std::uint64_t allocations = 0, page_faults = 0;
    /// The longest time in which a node learned nothing, and the first round that it learned after
    /// this time.
    std::uint64_t longest_wait_ns = 0, longest_wait_round = 0;
    std::vector<Slice> slices;               ///< Contiguous.
    std::optional<Explanation> explanation;  ///< With --explain, if samples suffice for a p99.
};

/// A line of --log, as text for the result file. A line is an event of a node or of the simulated
/// world.
struct TracedEvent {
    std::uint64_t at_ns = 0;       ///< Time since the first event.
    int node = -1;                 ///< -1: an event of the world.
    std::string event = "remark";  ///< "remark", or the name of an EventKind: "sent", "late", ...
    std::string message;           ///< "PREPARE", ...; empty: the event has none.
    int from = -1;                 ///< The sender, if `event` is "late" or "stale"; otherwise -1.
    /// The receivers of a message that was sent, or the nodes of a quorum.
    std::vector<int> nodes;
    std::uint64_t round = 0;
    /// The event is about this many rounds, from `round` on; 0: about all rounds from `round` on.
    std::uint64_t rounds = 1;
    std::string ballot;    ///< "1.n0"; empty: none.
    std::string value;     ///< As printed; empty: none.
    std::string sentence;  ///< The text of the line, as printed.
};

struct Decision {
    std::uint64_t round;
    std::string value;  ///< As printed, such as n0#17, red, or a no-op.
    int by;
    std::string ballot;  ///< As printed, such as 1.n0.
};

/// The size of a sample of the decisions, and how many decisions of the sample are verified. A
/// decision is verified if each node of its quorum has itself confirmed that it accepted the value.
struct EvidenceResult {
    std::uint64_t every = 1;    ///< The sample is one slot in `every`.
    std::uint64_t sampled = 0;  ///< Sampled slots that some node learned.
    /// Sampled slots in which every node of the quorum that the decision names accepted the value.
    std::uint64_t verified = 0;
};

/// What the nodes of a durable cluster wrote to their files.
struct StorageResult {
    std::uint64_t first_slot = 0;                           ///< The run's first slot in the log.
    std::uint64_t batches = 0, bytes = 0, checkpoints = 0;  ///< Sums over all nodes.
    std::uint64_t learned = 0;         ///< Slots of the run that the nodes learned, summed.
    std::shared_ptr<Histogram> flush;  ///< Durations of writes of all nodes, in ns.

    [[nodiscard]] double bytes_per_slot() const {
        return learned == 0 ? 0 : static_cast<double>(bytes) / static_cast<double>(learned);
    }
};

/// One repetition, which is one start of a cluster.
struct RunResult {
    int repetition = 0;
    std::vector<RowResult> rows;
    std::vector<NodeResult> nodes;
    /// All decisions of the run, if there are ten or fewer; otherwise empty.
    std::vector<Decision> decisions;
    std::vector<RunEvent> events;         ///< In order of time.
    std::vector<RestartResult> restarts;  ///< In order of time.
    /// With --explain: the longest turns, and a sample of the other turns.
    std::vector<Turn> turns;
    std::vector<TracedEvent> trace;  ///< With --log: the first lines that --log printed.
    std::uint64_t rounds = 0;        ///< Rounds requested in all rows; 0 if a duration ended them.
    std::uint64_t decided = 0;       ///< Rounds decided in all rows, without no-ops.
    std::uint64_t no_ops = 0;
    NodeCounters counters;               ///< Sums over all nodes.
    std::uint64_t datagrams_unread = 0;  ///< Left in the sockets when all nodes had ended.
    /// Every process of a node ended cleanly and published its last counts.
    bool ledger_is_complete = true;
    std::map<int, std::uint64_t> refused_sends;  ///< Datagrams that could not be sent, by errno.
    /// Datagrams that nodes rejected, by reason. Reasons that did not occur are absent.
    std::map<std::string, std::uint64_t> rejected;
    std::uint64_t start_ns = 0, stop_ns = 0;  ///< Time to start and to stop the cluster.
    std::uint64_t receive_buffer_size = 0;    ///< Bytes, at the node with the smallest buffer.
    std::string io;                           ///< "io_uring", or "mmsg" with the reason for it.
    std::string idle;  ///< "spin", "yield", "block", or "spin; yield" where nodes differ.
    std::string environment_changes;  ///< Changes of cores or CPU quota in the run; empty: none.
    std::uint64_t throttled = 0;      ///< Periods in which the CPU quota was exhausted.
    /// A node did not stop cleanly (it died, was silent or was left behind), or a killed node was
    /// started again.
    bool degraded = false;
    bool logged = false;  ///< The run was made with --log.
    Verdict verdict = Verdict::unknown;
    std::string verdict_reason;  ///< The complete explanation of UNSAFE or UNKNOWN.
    int agreeing_nodes = 0;  ///< The number of nodes whose logs were compared and do not differ.
    std::uint64_t compared = 0;        ///< Slots compared between at least two nodes.
    int compared_nodes = 0;            ///< The number of nodes whose logs were compared.
    std::uint64_t learned_slots = 0;   ///< Slots that at least one node learned.
    std::uint64_t learned_by_one = 0;  ///< Of these, slots that one node alone learned.
    EvidenceResult evidence;
    std::optional<StorageResult> storage;  ///< None: the nodes kept everything in memory.
    /// Digest of the longest log. Considers restarted nodes only if every node was restarted.
    std::uint64_t digest = 0;
    int exit_code = 0;    ///< 0, 1, 3, 5, or 128 + the signal that stopped the run.
    std::string failure;  ///< One or two lines for stderr when exit_code is not 0.

    /// Slots not compared between two nodes, because only one node learned them or because no
    /// comparison was possible.
    [[nodiscard]] std::uint64_t uncompared() const {
        return learned_slots - std::min(compared, learned_slots);
    }
    /// Datagrams that were sent and did not arrive, plus those that the fault injector dropped. If
    /// `ledger_is_complete` is false, the last counts of a process are missing. Then a difference
    /// between datagrams sent and received counts as loss only if the kernel dropped datagrams at a
    /// socket.
    [[nodiscard]] std::uint64_t datagrams_lost() const {
        return (ledger_is_complete || counters.kernel_dropped != 0 ? datagrams_missing() : 0) +
               counters.injected_lost;
    }
    /// A lower bound for the number of foreign datagrams that the kernel dropped at the nodes'
    /// sockets. A datagram is foreign if no node of the run sent it. Datagrams with a wrong UDP
    /// checksum are counted too, because the kernel also drops these.
    [[nodiscard]] std::uint64_t foreign_dropped() const {
        return counters.kernel_dropped - std::min(counters.kernel_dropped, datagrams_missing());
    }

private:
    [[nodiscard]] std::uint64_t datagrams_missing() const {
        const std::uint64_t received = counters.datagrams_received;
        const std::uint64_t arrived = received - std::min(received, foreign_received()) +
                                      datagrams_unread;
        return counters.datagrams_sent - std::min(arrived, counters.datagrams_sent);
    }
    /// Foreign datagrams that nodes received and rejected. 0 if the fault injector corrupted
    /// datagrams, because nodes may reject corrupted datagrams for the same reasons.
    [[nodiscard]] std::uint64_t foreign_received() const {
        if (counters.injected_corrupted != 0) return 0;
        std::uint64_t count = 0;
        for (const char* const reason : {"length", "source"})
            if (const auto found = rejected.find(reason); found != rejected.end())
                count += found->second;
        return count;
    }
};

/// Bare UDP on the same cores, with no Paxos (see measure/floor.h). A figure that was not measured
/// is zero.
struct FloorResult {
    double rtt_ns_p50 = 0;
    double round_ns_p50 = 0;          ///< One round in flight, with all phases of the protocol.
    double rounds_per_second = 0;     ///< One round in flight.
    double decisions_per_second = 0;  ///< Many rounds in flight.
    double flush_ns_p50 = 0;          ///< A durable write of 4 KiB (see measure/disk_floor.h).
    /// For each measured figure that is not reported: its name in the result file, and the reason.
    std::map<std::string, std::string> unreliable;
};

struct Build {
    std::string version, commit, compiler, flags, libraries;
    bool dirty = false;
};

}  // namespace paxos::measure
