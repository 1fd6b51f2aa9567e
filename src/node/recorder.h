// What a node did, written to its board: counters as they stand, and per row the difference between
// its two ends.
#pragma once

#include "io/communicator.h"
#include "node/board.h"
#include "node/fault_injector.h"
#include "wire/wire.h"

namespace paxos::node {

/// Everything that is counted somewhere in a node, read together.
struct Readings {
    const Counters& protocol;
    const io::Counters& io;
    const std::array<std::uint64_t, wire::rejections>& rejected;
    FaultInjector::Counters injected;
    std::uint64_t turns;
};

class Recorder {
public:
    explicit Recorder(NodeBoard& board) : board_(board) {}

    /// Publishes all counters.
    void publish(const Readings& readings);
    /// Whatever is counted from here on belongs to the next row.
    void begin_row(const Readings& readings);
    /// Writes what was counted since `begin_row` into `row`.
    void end_row(const Readings& readings, RowBoard& row);
    /// Slots from `first` on were learned at `now`; keeps the longest time for which nothing was.
    void on_progress(Slot first, Tick now, RowBoard& row);
    /// The wait that the next progress ends begins now.
    void restart_wait(Tick now) { progress_at_ = now; }

private:
    struct Snapshot {
        Counters protocol;
        io::Counters io;
        std::uint64_t turns, cpu_user_ns, cpu_system_ns, allocations, page_faults;
    };
    [[nodiscard]] static Snapshot take(const Readings& readings);

    NodeBoard& board_;
    Snapshot row_begin_{};
    Tick progress_at_ = 0;
};

}  // namespace paxos::node
