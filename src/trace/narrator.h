// The live log: the records of all nodes, merged by time into one story, line by line.
//
// 1. Sorted by time across the nodes; each node's records keep their order. A node stamps what it
//    says before it leaves and what it hears after it has come, so no receipt stands above its
//    send; records of one and the same nanosecond stand in the order of the protocol.
// 2. A record is held back until no node can come with an earlier one; `advance` says how far that
//    is.
// 3. Memory is bounded: beyond `held_max` records the earliest are told without waiting.
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

    /// Lines go to `line`, the introduction at once. Times are told from the first record on.
    Narrator(const Setting& setting, Line line);

    /// The next record of `node`.
    void add(NodeId node, const Record& record);
    /// What no node did, told behind everything that happened before `at`.
    void remark(Tick at, const std::string& sentence);
    /// Tells everything that happened before `until`: nobody will add anything earlier.
    void advance(Tick until);
    /// Tells the rest. `lost` records never came, because a ring was full.
    void finish(std::uint64_t lost);

private:
    [[nodiscard]] std::deque<Record>* earliest();
    void tell(std::deque<Record>& from);
    void tell_line(NodeId node, const Record& record, const std::string& sentence);

    Slot warmup_;
    int time_width_;
    int round_width_;
    Sentences sentences_;
    Line line_;
    std::vector<std::deque<Record>> held_;  // By node, each in its order.
    std::size_t held_count_ = 0;
    Tick begin_ = 0;
};

}  // namespace paxos::trace
