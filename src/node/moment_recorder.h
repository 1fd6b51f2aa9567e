// Collects a node's slowest decisions and longest turns (moments.h). Exists only with --explain.
//
// 1. Each turn costs a clock read and a getrusage(), together about 0.3 us. Nothing is allocated.
// 2. A turn in which the node slept by choice (--idle block) is not kept.
#pragma once

#include <array>

#include "node/load.h"
#include "node/moments.h"
#include "node/recorder.h"
#include "node/usage.h"

namespace paxos::node {

class MomentRecorder {
public:
    /// The run begins at slot `base` of the log.
    explicit MomentRecorder(Moments& moments, Slot base = 0) : moments_(moments), base_(base) {}

    /// Called in each turn when its exchange of datagrams has ended. `readings` are the counters at
    /// this time.
    void note_turn(const Readings& readings);
    /// Called when this node's proposer has decided `run`, a range of slots of the log, at `now`.
    /// REQUIRES: `load` still has the times of these slots, and a row has begun (`load.row()`).
    void note_quorum(SlotRange run, Tick now, const Load& load);

private:
    /// The counters from `at` on, until the next change.
    struct Counts {
        Tick at = 0;
        std::uint64_t resent = 0, dropped = 0, refused = 0, took_over = 0;

        [[nodiscard]] bool equals(const Counts& other) const {
            return resent == other.resent && dropped == other.dropped && refused == other.refused &&
                   took_over == other.took_over;
        }
    };
    [[nodiscard]] const Counts& latest() const {
        return changes_[(changes_end_ - 1) % changes_.size()];
    }
    [[nodiscard]] Counts counts_at(Tick at) const;

    Moments& moments_;
    Slot base_;
    Tick turned_at_ = 0;  // When the last exchange ended.
    Usage usage_;         // The thread's resource usage until `turned_at_`.
    /// A ring of the latest changes, in order of time. The last one has the current counts.
    std::array<Counts, 256> changes_{};
    std::size_t changes_end_ = 1;
};

}  // namespace paxos::node
