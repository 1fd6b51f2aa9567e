// The decisions that have left the ring of a node's log. They are kept for peers that lag behind by
// more than a ring. For example, a peer that was down for 0.2 s may lack more than 100,000 slots,
// and a ring has 16,384.
//
// Invariants
// 1. The history has the decisions that were added last: those of the slots [begin, end).
// 2. The memory belongs to the caller. The number of places is a power of two. The place of a slot
//    is the slot modulo this number. Without places, nothing is kept.
#pragma once

#include <algorithm>
#include <bit>
#include <span>

#include "paxos/assert.h"
#include "paxos/message.h"

namespace paxos {

/// What was decided in a slot, and how.
struct Decision {
    Value value;
    Ballot ballot;
    NodeMask quorum;
};

class History {
public:
    History() = default;
    /// `places` outlive the history.
    explicit History(std::span<Decision> places) : places_(places) {
        PAXOS_ASSERT(places.empty() || std::has_single_bit(places.size()));
    }

    /// Whether decisions are kept at all.
    [[nodiscard]] bool is_kept() const { return !places_.empty(); }
    [[nodiscard]] Slot begin() const { return begin_; }
    [[nodiscard]] Slot end() const { return end_; }
    [[nodiscard]] bool has(Slot slot) const { return slot - begin_ < end_ - begin_; }
    /// REQUIRES: has(slot).
    [[nodiscard]] const Decision& of(Slot slot) const {
        PAXOS_ASSERT(has(slot));
        return places_[slot & (places_.size() - 1)];
    }

    /// Adds the decisions of the slots from end() on. The slots have the values `values`, and each
    /// was decided at `ballot` by `quorum`. Drops the oldest decisions if all places are taken.
    void add(std::span<const Value> values, Ballot ballot, NodeMask quorum) {
        Decision* const places = places_.data();
        const Slot mask = places_.size() - 1;
        for (const Value& value : values) {
            places[end_ & mask] = {value, ballot, quorum};
            ++end_;
        }
        begin_ = std::max(begin_, end_ - std::min<Slot>(end_, places_.size()));
    }
    /// Drops everything. The next slot to be added is `slot`.
    void restart(Slot slot) { begin_ = end_ = slot; }

private:
    Slot begin_ = 0;
    Slot end_ = 0;
    std::span<Decision> places_;
};

}  // namespace paxos
