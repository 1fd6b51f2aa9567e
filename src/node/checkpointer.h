// Publishes the sum of this node's log below the end of each dead node's log, so that the launcher
// can compare a dead node's whole log (safety.md, S43).
//
// Until a node's death is known, proposers run at most one ring ahead of it. So when a survivor
// learns of the death, its ring nearly always still holds all slots above the dead node's end. The
// sum below that end is then the total sum minus the hashes of those slots.
#pragma once

#include <algorithm>
#include <span>

#include "node/board.h"
#include "node/digest.h"
#include "paxos/log.h"

namespace paxos::node {

/// The sum of the hashes of [first, end). `values_in(first, end)` returns the values of a part of
/// the range that begins at `first`.
template <class ValuesIn>
[[nodiscard]] std::uint64_t sum_of(Slot first, Slot end, ValuesIn&& values_in) {
    std::uint64_t sum = 0;
    while (first < end)
        for (const Value& value : values_in(first, end)) sum += digest_of(first++, value);
    return sum;
}

class Checkpointer {
public:
    explicit Checkpointer(Checkpoints& board) : board_(board) {}

    /// The next slot at which a sum is needed: call reach() once all below were added. ~0: none.
    [[nodiscard]] Slot next() const { return next_; }
    [[nodiscard]] bool has_seen(NodeMask ended) const { return ended == seen_; }

    /// `ended`: all ended nodes. `total` covers all that this node has digested; it retains
    /// [retained_from, total.end).
    template <class EndOf, class ValuesIn>
    [[gnu::cold, gnu::noinline]] void note_ended(NodeMask ended, EndOf&& end_of,
                                                 const PrefixSum& total, Slot retained_from,
                                                 ValuesIn&& values_in) {
        (ended - seen_).for_each([&](NodeId node) {
            const Slot end = end_of(node);
            if (end > total.end) {
                pending_.add(node);
                wanted_[node] = end;
                next_ = std::min(next_, end);
            } else if (end >= retained_from || end == total.end) {
                publish(node, {end, total.sum - sum_of(end, total.end, values_in),
                               total.slots - (total.end - end)});
            }
        });
        seen_ = ended;
    }
    /// All slots below total.end were added or skipped. REQUIRES: total.end >= next().
    [[gnu::cold, gnu::noinline]] void reach(const PrefixSum& total) {
        next_ = ~Slot{0};
        pending_.for_each([&](NodeId node) {
            if (wanted_[node] == total.end) publish(node, total);
            if (wanted_[node] <= total.end)
                pending_.remove(node);  // Not published if this node has skipped that end.
            else
                next_ = std::min(next_, wanted_[node]);
        });
    }
    /// Called when the node stops: publishes the hash of each retained slot in [first, end).
    template <class ValuesIn>
    void publish_retained(Slot first, Slot end, ValuesIn&& values_in) {
        if (first >= end) return;
        for (Slot slot = first; slot < end;)
            for (const Value& value : values_in(slot, end)) {
                board_.retained[slot % board_.retained.size()].set(digest_of(slot, value));
                ++slot;
            }
        board_.retained_first.set(first);
        board_.retained_end.publish(end);
    }

private:
    void publish(NodeId node, const PrefixSum& prefix) {
        Checkpoints::AtEndOf& at = board_.at_end_of[node];
        at.end.set(prefix.end);
        at.sum.set(prefix.sum);
        at.slots.set(prefix.slots);
        at.is_published.publish(1);
    }

    Checkpoints& board_;
    NodeMask seen_;
    NodeMask pending_;  // Ended nodes whose end this node has not reached.
    std::array<Slot, limits::nodes_max> wanted_{};
    Slot next_ = ~Slot{0};
};

}  // namespace paxos::node
