// Publishes prefix sums of this node's log at the slots where the log of another node's incarnation
// begins or ends. With these sums the launcher compares all that a dead node had learned, and all
// that the node learns after it was restarted (safety.md, S43).
//
// Until a node's death is known, proposers run at most one ring ahead of it. So when a survivor
// learns of the death, the survivor's ring nearly always still holds all slots from the end of the
// dead node's log on. The sum below that end is then the total sum minus the hashes of those slots.
// A restarted node catches up from some slot. The sum below this slot is found in the same way, as
// long as the ring of the survivor still holds all slots from this slot on.
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

    /// The next slot at which a sum is needed; ~0 if there is none. Call reach() once all slots
    /// below next() were added.
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
    /// Makes reach() publish the sum below `slot`. REQUIRES: at least one slot below `slot` was not
    /// added yet.
    void want(Slot slot) {
        if (wanted_count_ == wanted_.size()) return;  // Some slots stay uncompared as a result.
        wanted_[wanted_count_++] = slot;
        next_ = std::min(next_, slot);
    }
    /// Call when all slots below total.end were added or skipped. REQUIRES: total.end >= next().
    [[gnu::cold, gnu::noinline]] void reach(const PrefixSum& total) {
        next_ = ~Slot{0};
        std::size_t kept = 0;
        for (std::size_t i = 0; i < wanted_count_; ++i) {
            const Slot slot = wanted_[i];
            if (slot == total.end) publish(total);
            if (slot <= total.end) continue;  // A skipped slot gets no sum.
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
