// A bounded queue of an acceptor's answers that wait until their records are durable (S06). They
// are released in the order in which they were made. Memory-only nodes, which have no storage, hold
// no answers and never touch the queue's memory.
#pragma once

#include <cstddef>
#include <new>

#include "paxos/records.h"

namespace paxos {

template <class Limits>
class HeldAnswers {
public:
    struct Held {
        Message message;
        NodeMask to;
        Sequence after;  ///< The answer is sent when the records up to this number are durable.
    };
    static constexpr std::size_t capacity = Limits::held_answers;

    [[nodiscard]] bool empty() const { return count_ == 0; }
    [[nodiscard]] std::size_t size() const { return count_; }
    [[nodiscard]] std::size_t room() const { return capacity - count_; }
    /// REQUIRES: not empty.
    [[nodiscard]] const Held& front() const { return at(0); }
    /// REQUIRES: index < size().
    [[nodiscard]] const Held& at(std::size_t index) const {
        return *std::launder(reinterpret_cast<const Held*>(bytes_ + place(index) * sizeof(Held)));
    }
    void pop() {
        PAXOS_ASSERT(count_ != 0);
        first_ = place(1);
        --count_;
    }
    /// REQUIRES: room() != 0; `after` is at least the `after` of the last answer added.
    void add(Sequence after, NodeMask to, const Message& message) {
        PAXOS_ASSERT(count_ < capacity && (empty() || at(count_ - 1).after <= after));
        ::new (bytes_ + place(count_) * sizeof(Held)) Held{message, to, after};
        ++count_;
    }

private:
    [[nodiscard]] std::size_t place(std::size_t index) const { return (first_ + index) % capacity; }

    std::size_t first_ = 0;
    std::size_t count_ = 0;
    // Not initialized, so that a memory-only node never faults these pages in.
    alignas(Held) std::byte bytes_[capacity * sizeof(Held)];
};

}  // namespace paxos
