// When another node dies, publishes a prefix sum of this node's log: the sum of the hashes of all
// slots below the slot where the dead node's log ended. When another node is restarted, publishes
// the sum below the slot where the restarted node's log begins again. With these sums the launcher
// compares all that a dead node had learned, and all that a restarted node learns, with the logs of
// the other nodes (safety.md, S43).
//
// Until a node's death is known, proposers run at most one ring ahead of it. When a survivor learns
// of the death, its ring therefore nearly always still holds every slot that follows the dead
// node's log. The prefix sum at the end of that log is the total sum minus the hashes of these
// slots. A restarted node catches up from some slot. The prefix sum at this slot is computed in the
// same way, if the ring of the survivor still holds this slot and all later ones.
#pragma once

#include <algorithm>
#include <span>

#include "node/board.h"
#include "node/digest.h"
#include "paxos/log.h"

namespace paxos::node {

/// The sum of the hashes of [first, end). `values_in(first, end)` returns the values from `first`
/// on: at least one, at most all.
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

    /// The next slot at which a sum is needed; ~0 if there is none. Call reach() once this node has
    /// learned all slots below next().
    [[nodiscard]] Slot next() const { return next_; }
    [[nodiscard]] bool has_seen(NodeMask ended) const { return ended == seen_; }

    /// `ended`: all nodes that are down. `slot_of(node)` is called for each node that has ended or
    /// was restarted since the last call. `slot_of` returns the slot at which to publish a sum.
    /// `total` covers all that this node has digested. The ring of this node holds the slots
    /// [retained_from, total.end).
    template <class SlotOf, class ValuesIn>
    [[gnu::cold, gnu::noinline]] void note_ended(NodeMask ended, SlotOf&& slot_of,
                                                 const PrefixSum& total, Slot retained_from,
                                                 ValuesIn&& values_in) {
        ((ended - seen_) | (seen_ - ended)).for_each([&](NodeId node) {
            const Slot slot = slot_of(node);
            if (slot > total.end) {
                want(slot);
            } else if (slot >= retained_from || slot == total.end) {
                publish({slot, total.sum - sum_of(slot, total.end, values_in),
                         total.slots - (total.end - slot)});
            }
        });
        seen_ = ended;
    }
    /// Makes reach() publish the sum below `slot`. REQUIRES: this node has not yet learned all
    /// slots below `slot`.
    void want(Slot slot) {
        if (wanted_count_ == wanted_.size()) return;  // Some slots stay uncompared as a result.
        wanted_[wanted_count_++] = slot;
        next_ = std::min(next_, slot);
    }
    /// `total`: the sum over all slots that this node has learned or skipped. REQUIRES: `total.end`
    /// is at least next().
    [[gnu::cold, gnu::noinline]] void reach(const PrefixSum& total) {
        next_ = ~Slot{0};
        std::size_t kept = 0;
        for (std::size_t i = 0; i < wanted_count_; ++i) {
            const Slot slot = wanted_[i];
            if (slot == total.end) publish(total);
            if (slot <= total.end) continue;  // If below, `slot` was skipped and has no sum.
            wanted_[kept++] = slot;
            next_ = std::min(next_, slot);
        }
        wanted_count_ = kept;
    }
    /// Publishes the hash of each slot in [first, end), all of which are in the ring. Called when
    /// the node stops.
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
    void publish(const PrefixSum& prefix) {
        const std::uint64_t count = board_.sum_count.get();
        if (count == board_.sums.size()) return;  // Some slots stay uncompared as a result.
        Checkpoints::Sum& sum = board_.sums[count];
        sum.end.set(prefix.end);
        sum.sum.set(prefix.sum);
        sum.slots.set(prefix.slots);
        board_.sum_count.publish(count + 1);
    }

    Checkpoints& board_;
    NodeMask seen_;
    /// The slots at which sums are still to be published, because this node has not reached them.
    /// There is space for two slots of each node: where its log ended, and where its log begins
    /// again.
    std::array<Slot, 2 * limits::nodes_max> wanted_{};
    std::size_t wanted_count_ = 0;
    Slot next_ = ~Slot{0};
};

}  // namespace paxos::node
