// What --explain collects on a node's board: its slowest decisions, its longest turns, and a sample
// of all turns.
//
// The memory is bounded, because only the longest decisions and turns are kept, and the sample has
// a maximum size. A turn that delayed one of the longest decisions is long itself, so it is usually
// kept, however long the run is. The data needs no atomics, because the launcher reads it after the
// node has ended.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "node/plan.h"
#include "paxos/step.h"

namespace paxos::node {

/// A range of slots that a proposer decided in one step. It counts as one decision, with the
/// latency of its first slot.
struct SlowDecision {
    SlotRange slots;    ///< Numbered from the run's first slot.
    Tick begun_at = 0;  ///< When the first slot was proposed; with a fixed rate, when it was due.
    Tick proposed_at = 0;  ///< When the first slot was proposed.
    Tick decided_at = 0;
    // The proposer's counts between begun_at and decided_at.
    std::uint64_t resent = 0;     ///< Number of retransmitted requests.
    std::uint64_t dropped = 0;    ///< Number of sends to the proposer's socket that were dropped.
    std::uint64_t refused = 0;    ///< Number of datagrams that the kernel refused to send.
    std::uint64_t took_over = 0;  ///< Number of take-overs and preemptions.

    [[nodiscard]] Tick length_ns() const { return decided_at - begun_at; }
};

/// A turn of a node, from the end of one exchange to the end of the next.
struct TurnSpan {
    Tick begin = 0, end = 0;
    std::uint64_t cpu_ns = 0;    ///< CPU time that the kernel accounted to the node in this turn.
    std::uint64_t switches = 0;  ///< Number of involuntary context switches, yields included.
    std::uint64_t page_faults = 0;

    [[nodiscard]] Tick length_ns() const { return end - begin; }
};

/// Keeps the longest items that were added, at most `capacity` of them.
template <class Item, std::size_t capacity>
class Longest {
public:
    /// Whether add() would keep an item of this length.
    [[nodiscard]] bool wants(Tick length_ns) const {
        return count_ < capacity || length_ns > items_.front().length_ns();
    }
    /// REQUIRES: wants() holds for the item's length.
    void add(const Item& item) {
        // A heap with the shortest item in front.
        const auto is_longer = [](const Item& one, const Item& other) {
            return one.length_ns() > other.length_ns();
        };
        if (count_ == capacity)
            std::pop_heap(items_.begin(), items_.end(), is_longer);
        else
            ++count_;
        items_[count_ - 1] = item;
        std::push_heap(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(count_),
                       is_longer);
    }
    /// The items, in no particular order.
    [[nodiscard]] std::span<const Item> items() const { return std::span{items_}.first(count_); }

private:
    std::size_t count_ = 0;
    std::array<Item, capacity> items_;
};

/// Keeps every 2^n-th item that was added. n grows so that at most `capacity` items are kept.
template <class Item, std::size_t capacity>
class Sample {
public:
    void add(const Item& item) {
        const std::uint64_t number = added_++;
        if (number % (std::uint64_t{1} << step_log2_) != 0) return;
        if (count_ == capacity) {
            // Removes every second item. The new item's number is a multiple of the new step too.
            for (std::size_t i = 1; 2 * i < capacity; ++i) items_[i] = items_[2 * i];
            count_ = capacity / 2;
            ++step_log2_;
        }
        items_[count_++] = item;
    }
    /// The kept items, in the order in which they were added.
    [[nodiscard]] std::span<const Item> items() const { return std::span{items_}.first(count_); }

private:
    static_assert(capacity % 2 == 0);

    std::uint64_t added_ = 0;
    std::size_t step_log2_ = 0, count_ = 0;
    std::array<Item, capacity> items_;
};

struct Moments {
    std::array<Longest<SlowDecision, 128>, rows_max> decisions;
    Longest<TurnSpan, 1024> long_turns;
    Sample<TurnSpan, 1024> sampled_turns;
};

}  // namespace paxos::node
