// The live log: merges the records of all nodes by time and prints a line for each.
//
// 1. Sorted by time across the nodes; the records of a node keep their order. A node stamps a
//    message before it is sent and after it is received, so no receipt is above its send. Records
//    of the same nanosecond are in the order of the protocol.
// 2. A record is held until no node can deliver an earlier one, up to the time given to `advance`.
// 3. Memory is bounded: beyond `held_max` records the earliest are printed without waiting.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "trace/record.h"
#include "trace/sentences.h"

namespace paxos::trace {

class Narrator {
public:
    using Line = std::function<void(const std::string&)>;
    static constexpr std::size_t held_max = 1 << 18;

    /// Passes each line to `line`, the introduction at once. Times count from the first record.
    Narrator(const Setting& setting, Line line);

    /// The next record of `node`.
    void add(NodeId node, const Record& record);
    /// Prints `sentence`, which belongs to no node, after everything before `at`.
    void remark(Tick at, const std::string& sentence);
    /// Prints everything before `until`. REQUIRES: no earlier record will be added.
    void advance(Tick until);
    /// Prints the rest. `lost`: the records lost because a ring was full.
    void finish(std::uint64_t lost);

private:
    [[nodiscard]] std::deque<Record>* earliest();
    void print(std::deque<Record>& from);
    void print_line(NodeId node, const Record& record, const std::string& sentence);

    Slot warmup_;
    int time_width_;
    int round_width_;
    Sentences sentences_;
    Line line_;
    std::vector<std::deque<Record>> held_;  // By node, in the order of the node.
    std::size_t held_count_ = 0;
    Tick begin_ = 0;
};

}  // namespace paxos::trace
