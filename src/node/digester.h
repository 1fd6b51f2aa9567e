// Digests of what a node learned, one for each interval of slots, on its board (safety.md, proof
// 9).
//
// 1. An entry is the sum of its slots' hashes. Unlike a chained hash, the sum does not depend on
//    earlier slots, so two nodes can be compared in every interval that both learned.
// 2. Entries are written before `complete_end` is published.
// 3. `prefix` holds a slot `end` and the sum of the hashes of all learned slots below `end`. Sum
//    and `end` are consistent even if the node is killed.
// 4. When the array is full, the size of the intervals is doubled by adding up pairs of entries
//    (fold()). Meanwhile `log2_size` is `doubling`. If the node dies during this time, its entries
//    are not compared.
#pragma once

#include "node/board.h"

namespace paxos::node {

class Digester {
public:
    Digester(Digests& digests, Prefix& prefix) : digests_(digests), prefix_(prefix) {
        digests_.log2_size.set(first_log2_size);
    }

    /// Makes the digests begin at `slot`. Call before the first add().
    void begin(Slot slot) { complete(slot); }
    /// Adds `count` slots from `slot` on, all in one interval. `hash` is the sum of their hashes.
    void add(Slot slot, std::uint64_t hash, std::uint64_t count) {
        while (slot >> log2_size_ >= Digests::entries_max) fold();
        const std::size_t entry = slot >> log2_size_;
        digests_.entry[entry].add(hash);
        digests_.slots[entry].add(count);
        total_.end = slot + count;
        total_.sum += hash;
        total_.slots += count;
    }
    /// Publishes that every learned slot below `end` has been added.
    void complete(Slot end) {
        total_.end = end;
        prefix_.publish(total_);
        digests_.complete_end.publish(end);
    }
    /// The prefix sum of the slots added so far.
    [[nodiscard]] const PrefixSum& total() const { return total_; }
    /// The end of the interval that contains `slot`. The result is valid until an add() beyond the
    /// array doubles the size of the intervals.
    [[nodiscard]] Slot interval_end(Slot slot) const {
        return ((slot >> log2_size_) + 1) << log2_size_;
    }

private:
    static constexpr unsigned first_log2_size = 6;

    void fold() {
        digests_.log2_size.publish(Digests::doubling);
        std::atomic_thread_fence(std::memory_order_release);  // Entries change only after this.
        for (std::size_t i = 0; i < Digests::entries_max / 2; ++i) {
            digests_.entry[i].set(digests_.entry[2 * i].get() + digests_.entry[2 * i + 1].get());
            digests_.slots[i].set(digests_.slots[2 * i].get() + digests_.slots[2 * i + 1].get());
        }
        for (std::size_t i = Digests::entries_max / 2; i < Digests::entries_max; ++i) {
            digests_.entry[i].set(0);
            digests_.slots[i].set(0);
        }
        digests_.log2_size.publish(++log2_size_);
    }

    Digests& digests_;
    Prefix& prefix_;
    PrefixSum total_;
    unsigned log2_size_ = first_log2_size;
};

}  // namespace paxos::node
