// Records the moments of a node (moments.h). Exists only with --explain.
//
// 1. Costs a clock read and a getrusage() a turn, about 0.3 us; no allocation.
// 2. A turn in which the node slept by choice (--idle block) is not long.
#pragma once

#include <array>

#include "node/load.h"
#include "node/moments.h"
#include "node/recorder.h"
#include "node/usage.h"

namespace paxos::node {

class MomentRecorder {
public:
    explicit MomentRecorder(Moments& moments) : moments_(moments) {}

    /// An exchange has ended. `readings`: now.
    void note_turn(const Readings& readings);
    /// This node's proposer decided `run` at `now`. Call before the load forgets its begin.
    /// REQUIRES: `load.row()` is a row.
    void note_quorum(SlotRange run, Tick now, const Load& load);

private:
    /// Counters as they were from `at` on.
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
    Tick turned_at_ = 0;  // When the last exchange ended, and what was accounted until then.
    Usage usage_;
    /// A ring of the latest changes, in order of time. The last one has the current counts.
    std::array<Counts, 256> changes_{};
    std::size_t changes_end_ = 1;
};

}  // namespace paxos::node
