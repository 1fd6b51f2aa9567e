// The disk of a node in an exhaustive search. It has records that are durable, and records that
// wait for a flush, grouped by step. A flush makes the records of the oldest step durable. A crash
// loses the waiting records.
#pragma once

#include <deque>
#include <span>
#include <vector>

#include "paxos/records.h"

namespace paxos::sim {

struct SearchDisk {
    using Cells = std::vector<Message>;

    Cells durable;
    std::deque<Cells> waiting;  // One entry per step, oldest first.
    Sequence durable_up_to = 0;
    Incarnation incarnation = 0;

    void add(std::span<const std::byte> records) {
        if (records.empty()) return;
        const auto* first = reinterpret_cast<const Message*>(records.data());
        waiting.emplace_back(first, first + records.size() / sizeof(Message));
    }
    /// Returns the records that have become durable. REQUIRES: `waiting` is not empty.
    Cells flush() {
        Cells flushed = std::move(waiting.front());
        waiting.pop_front();
        durable.insert(durable.end(), flushed.begin(), flushed.end());
        ++durable_up_to;
        return flushed;
    }
    void crash() {
        waiting.clear();
        durable_up_to = 0;
        ++incarnation;
    }
};

}  // namespace paxos::sim
