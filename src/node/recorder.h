// Writes a node's counters to its board: their current values, and for each row the increase from
// the row's start to the row's end. A later incarnation of a node adds to what the earlier ones
// have written.
#pragma once

#include "io/communicator.h"
#include "node/board.h"
#include "node/fault_injector.h"
#include "wire/wire.h"

namespace paxos::node {

/// All counters of a node, read together.
struct Readings {
    const Counters& protocol;
    const io::Counters& io;
    const std::array<std::uint64_t, wire::rejections>& rejected;
    FaultInjector::Counters injected;
    std::uint64_t turns;
};

class Recorder {
public:
    explicit Recorder(NodeBoard& board);

    /// Publishes all counters.
    void publish(const Readings& readings);
    /// Begins a row. Later counts belong to this row.
    void begin_row(const Readings& readings);
    /// Adds the counts since `begin_row` to `row`.
    void end_row(const Readings& readings, RowBoard& row);
    /// Call when slots are learned; `first` is the lowest of them. The time between two consecutive
    /// calls is a wait. Keeps in `row` the longest wait, and `first` of the call that ended it.
    void on_progress(Slot first, Tick now, RowBoard& row);
    /// Makes the next wait count from `now`.
    void restart_wait(Tick now) { progress_at_ = now; }

private:
    struct Snapshot {
        Counters protocol;
        io::Counters io;
        std::uint64_t turns, cpu_user_ns, cpu_system_ns, allocations, page_faults;
    };
    [[nodiscard]] static Snapshot take(const Readings& readings);
    void publish_refusals(const io::Counters& counters);

    NodeBoard& board_;
    /// What earlier incarnations of this node have published.
    const std::array<Word, counter_count> earlier_counters_;
    const std::array<Word, 4> earlier_refused_errno_, earlier_refused_datagrams_;
    const std::array<Word, 24> earlier_rejected_;
    const std::uint64_t earlier_turns_;
    Snapshot row_begin_{};
    Tick progress_at_ = 0;
};

}  // namespace paxos::node
