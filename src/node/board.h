// The board: the shared memory through which nodes and launcher communicate, mapped before the
// fork.
//
// 1. Every word has one writer at a time. A node writes only its own NodeBoard and death mark. The
//    launcher writes LauncherLine, and the NodeBoards and death marks of nodes that other launchers
//    started (cluster/remotes.h). If the launcher itself started a node, it writes the node's
//    NodeBoard and death mark only while no process of that node runs. One word of a NodeBoard is
//    an exception: only the launcher writes the reader's index of the trace ring (trace/record.h).
// 2. All words are atomics. A word that publishes other data is stored with release and loaded with
//    acquire. Counters are relaxed, so a reader may see an old value, but never a torn one. No
//    access is a locked instruction.
// 3. Arrays (digest entries, trace records, error text) are written before the word that publishes
//    them.
// 4. A process that continues a killed node is a later *incarnation* of the node. It continues the
//    node's counts. Digests, checkpoints and evidence belong to one incarnation
//    (cluster/restarts.h).
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>

#include "base/counter_table.h"
#include "base/histogram.h"
#include "node/death_marks.h"
#include "node/moments.h"
#include "node/plan.h"
#include "paxos/step.h"
#include "trace/record.h"

namespace paxos::node {

/// A word with one writer.
class Word {
public:
    Word() = default;
    /// REQUIRES: nothing writes `other`.
    Word(const Word& other) : value_(other.get()) {}
    Word& operator=(const Word& other) {
        set(other.get());
        return *this;
    }
    void set(std::uint64_t value) { value_.store(value, std::memory_order_relaxed); }
    void add(std::uint64_t more) { set(get() + more); }
    [[nodiscard]] std::uint64_t get() const { return value_.load(std::memory_order_relaxed); }
    /// A reader that gets this value from seen() can also read everything written before publish().
    void publish(std::uint64_t value) { value_.store(value, std::memory_order_release); }
    [[nodiscard]] std::uint64_t seen() const { return value_.load(std::memory_order_acquire); }

private:
    std::atomic<std::uint64_t> value_{0};
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

enum class Phase : std::uint64_t { wait = 0, start, stop };

enum class NodeState : std::uint64_t {
    starting = 0,
    ready,  ///< All memory is allocated and touched; waits for Phase::start.
    running,
    complete,        ///< Has learned or skipped every slot of the run; still answers its peers.
    stopped,         ///< Has published everything after Phase::stop; exits with code 0.
    failed,          ///< The host is not fit to run the node: see `error`. Exits with code 3.
    storage_failed,  ///< A write to the node's file failed (S26): see `error`. Exits with code 3.
    unsafe,          ///< Detected a violation: see `error`. Exits with code 5.
};

/// For each interval of slots, the sum of the hashes of its learned slots. The hash of a slot
/// covers its number and its value (digest.h). A chained hash would depend on all earlier slots. A
/// sum depends only on its own interval, so two nodes can be compared in every interval that both
/// have learned (safety.md, proof 9). Entry i covers slots [i << log2_size, (i + 1) << log2_size).
/// When the array is full, the size of the intervals doubles.
struct Digests {
    static constexpr std::size_t entries_max = 4096;
    /// Value of log2_size while the size of the intervals doubles. This value remains if the node
    /// dies meanwhile.
    static constexpr std::uint64_t doubling = 64;
    Word log2_size;
    Word complete_end;                    ///< All learned slots below this slot are in the entries.
    std::array<Word, entries_max> entry;  ///< Sum of the interval's (slot, value) hashes.
    std::array<Word, entries_max> slots;  ///< How many slots of the interval are learned here.
};

/// The number of slots below `end` that an incarnation of a node has learned, and the sum of their
/// hashes.
struct PrefixSum {
    Slot end = 0;
    std::uint64_t sum = 0;
    std::uint64_t slots = 0;
};

/// The prefix sum of all that a node has learned. Two cells alternate, so that the last published
/// cell is complete whenever the node is killed.
class Prefix {
public:
    void publish(const PrefixSum& prefix) {
        // The stores below overwrite the cell that was valid until the last publication, so they
        // must not become visible before that publication.
        std::atomic_thread_fence(std::memory_order_release);
        const std::uint64_t next = published_.get() + 1;
        Cell& cell = cells_[next % cells_.size()];
        cell.end.set(prefix.end);
        cell.sum.set(prefix.sum);
        cell.slots.set(prefix.slots);
        published_.publish(next);
    }
    /// REQUIRES: the node no longer writes this prefix.
    [[nodiscard]] PrefixSum get() const {
        const Cell& cell = cells_[published_.seen() % cells_.size()];
        return {cell.end.get(), cell.sum.get(), cell.slots.get()};
    }

private:
    struct Cell {
        Word end, sum, slots;
    };
    std::array<Cell, 2> cells_;
    Word published_;
};

/// Prefix sums make it possible to compare logs that end at different slots. Digests do not suffice
/// for this, because the digest of an interval does not show where in the interval a node stopped.
struct Checkpoints {
    Prefix own;
    /// This node's prefix sums at other slots: those at which a node that died had stopped, or at
    /// which a restarted node continues (checkpointer.h).
    static constexpr std::size_t sums_max = 512;
    struct Sum {
        Word end, sum, slots;  ///< As in PrefixSum.
    };
    std::array<Sum, sums_max> sums;
    Word sum_count;  ///< The number of published sums.
    /// The hashes of the slots in [retained_first, retained_end). These are the learned slots that
    /// were in the ring when the node's loop ended. The hash of a slot is at index
    /// `slot % ring_slots`. A killed node has not written these hashes.
    Word retained_first, retained_end;
    std::array<Word, limits::Standard::ring_slots> retained;
};

/// Evidence for what this node learned: for every 2^log2_step-th slot, the acceptors that the
/// decision names, the ballot of the decision, the ballot at which this node accepted last, and the
/// hash of the value. The step doubles when the array is full. Entry i is for slot i << log2_step.
struct Evidence {
    static constexpr std::size_t entries_max = 4096;
    static constexpr std::uint64_t doubling = 64;  ///< Value of log2_step while the step doubles.
    struct Entry {
        Word decided_by;  ///< NodeMask; empty if there is no evidence for the slot.
        Word decided;     ///< Bits of the ballot at which the slot was decided.
        Word accepted;    ///< Bits of the ballot at which this node accepted last; zero if none.
        Word hash;        ///< Hash of slot and value (digest.h).
    };
    Word log2_step;
    Word end;  ///< The entries of all sampled slots below this slot are written.
    std::array<Entry, entries_max> entry;
};

/// What one node measured of one row (plan.h).
struct RowBoard {
    Word first_proposal_at;  ///< Tick; 0 if none.
    Word last_decision_at;   ///< Tick of the last quorum of this node's proposer.
    Word learned_at;         ///< Tick at which every slot of the row was learned here.
    Word decided;            ///< Number of slots that this node decided as proposer.
    Word decided_first;      ///< Slots in `decided` that were decided at this node's first ballot.
    Word messages_sent[message_kinds];
    Word resent, cells_sent;
    Word datagrams_sent, datagrams_received, enters, turns, allocations, page_faults;
    Word cpu_user_ns, cpu_system_ns;
    /// Maximum time between two consecutive steps that learned slots. The first wait of a row
    /// counts from the start of the row.
    Word longest_wait_ns;
    Word longest_wait_slot;  ///< The first slot learned after that wait.
    /// Time from the proposal to the quorum, at the proposer. With a fixed rate it counts from the
    /// time when the proposal was due.
    Histogram latency;
    Histogram uncorrected;  ///< With a fixed rate, the time from the proposal. Otherwise empty.
};

/// What a durable node wrote to its file in this run.
struct StorageBoard {
    Word batches, bytes, checkpoints;
    Word error;  ///< The errno of the write that failed; 0 if none failed.
    /// In ns, from the step that began a write to the step that found it durable.
    Histogram flush;
};

/// How an incarnation of a node began. Published once the node's records are restored. Only an
/// incarnation that continues a killed node sets `took_part_at` and `caught_up_at`.
struct IncarnationBoard {
    Word begin;      ///< The first slot of the incarnation's digests.
    Word recovered;  ///< Earlier incarnations had learned every slot below this one.
    Word behind;     ///< Number of slots at or above `recovered` that other nodes had learned then.
    Word ready_at;   ///< Tick at which the incarnation could receive; 0 until then.
    Word took_part_at;  ///< Tick of its first PREPARE, PROMISE, ACCEPT or ACCEPTED; 0 if none.
    /// Tick at which the incarnation had learned every slot that at least one node had learned
    /// before `ready_at`; 0 if the incarnation never caught up.
    Word caught_up_at;
};

/// A decision that the summary lists.
struct ListedDecision {
    Slot slot;
    Ballot ballot;
    Value value;
};

struct alignas(limits::cache_line_size) NodeBoard {
    Word state;    ///< NodeState.
    Word learned;  ///< All slots below this one are learned or skipped.
    Word skipped;  ///< Slots that this incarnation skipped, because no peer retained them.
    Word skipped_first, skipped_end;
    Word plan_end;   ///< Where the last row ended; ~0 until this node, as a proposer, sets it.
    Word proposing;  ///< 1 while this node's proposer is active.
    Word heard;      ///< NodeMask of the peers that this node hears.
    Word leader;     ///< Contacts::leader of this node's headers.
    Word receive_buffer_size;  ///< As granted by the kernel, in bytes.
    Word turns;                ///< Turns of the node's loop, in all its incarnations.
    IncarnationBoard incarnation;
    Word kills;  ///< How many `kill=` entries the node's incarnations have carried out.
    std::array<Word, counter_count> counters;              ///< In the order of counter_table.
    std::array<Word, 4> refused_errno, refused_datagrams;  ///< As in io::Counters::refusals.
    std::array<Word, 24> rejected;  ///< Indexed by wire::Rejection; recorder.cpp asserts the size.
    Word no_ops;                    ///< No-ops among the measured slots that this node learned.
    std::array<RowBoard, rows_max> rows;
    StorageBoard storage;
    /// All decisions after the warm-up if there are at most ten, otherwise none.
    std::array<ListedDecision, 10> listed;
    Word listed_count;
    Digests digests;
    Checkpoints checkpoints;
    Evidence evidence;
    /// Zero-terminated: the I/O implementation, and why no better one is used.
    std::array<char, 128> io_text;
    std::array<char, 1024> error;  ///< Zero-terminated: what failed, likely cause, remedy.
    trace::Ring trace;
    Moments moments;  ///< Filled with --explain; read after the node has ended.
};

struct alignas(limits::cache_line_size) LauncherLine {
    Word phase;         ///< Phase.
    Word started_at;    ///< Tick of Phase::start.
    Word cores_shared;  ///< NodeMask of nodes that had a core of their own and lost it.
};

struct Board {
    LauncherLine launcher;
    alignas(limits::cache_line_size) DeathMarks dead;
    /// Only the boards of the plan's nodes are mapped and touched.
    std::array<NodeBoard, limits::nodes_max> nodes;
};

/// Everything that a node reads on the board outside its own NodeBoard.
class Control {
public:
    Control() = default;
    /// For node `self` in a cluster of `nodes`. `board` outlives this object.
    Control(Board& board, std::size_t nodes, NodeId self)
        : board_(&board), nodes_(nodes), self_(self) {}

    [[nodiscard]] Phase phase() const { return static_cast<Phase>(board_->launcher.phase.seen()); }
    /// The nodes that are down: DeathMarks::marked(). All that they wrote to the board is visible.
    [[nodiscard]] NodeMask ended() const { return board_->dead.marked(nodes_); }
    /// The end of the log of a node that has ended. If the node has been started again meanwhile,
    /// returns how far its new incarnation has published its log. REQUIRES: ended() has contained
    /// `node`.
    [[nodiscard]] Slot log_end_of(NodeId node) const {
        return board_->nodes[node].checkpoints.own.get().end;
    }
    /// The end of the slots that a restarted node had learned before its restart. REQUIRES:
    /// ended() no longer contains `node`.
    [[nodiscard]] Slot recovered_by(NodeId node) const {
        return board_->nodes[node].incarnation.recovered.get();
    }
    /// Maps the pages that log_end_of() and recovered_by() read, so that these calls cause no page
    /// fault during the run.
    void touch() const {
        for (std::size_t i = 0; i < nodes_; ++i) {
            const auto node = static_cast<NodeId>(i);
            static_cast<void>(log_end_of(node) + recovered_by(node));
        }
    }
    /// The maximum of `learned` over all nodes.
    [[nodiscard]] Slot learned_max() const {
        Slot most = 0;
        for (std::size_t i = 0; i < nodes_; ++i)
            most = std::max<Slot>(most, board_->nodes[i].learned.seen());
        return most;
    }
    /// The time of the first proposal in row `row`, whichever node made it; 0 if there is none yet.
    [[nodiscard]] std::uint64_t row_begun_at(std::size_t row) const {
        std::uint64_t first = 0;
        for (std::size_t i = 0; i < nodes_; ++i) {
            const std::uint64_t at = board_->nodes[i].rows[row].first_proposal_at.get();
            if (first == 0 || (at != 0 && at < first)) first = at;
        }
        return first;
    }
    /// This node's own death mark.
    [[nodiscard]] DeathMarks::Word& death_mark() const { return board_->dead.word(self_); }
    /// Whether this node had a core of its own and has lost it since the start (a smaller cpuset).
    [[nodiscard]] bool has_lost_core() const {
        return NodeMask{board_->launcher.cores_shared.get()}.has(self_);
    }

private:
    Board* board_ = nullptr;
    std::size_t nodes_ = 0;
    NodeId self_ = 0;
};

}  // namespace paxos::node
