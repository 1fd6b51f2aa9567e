// Estimates whether many datagrams are lost. If so, messages without values are sent twice:
// SendPool::repeat(). A wrong estimate costs time, never safety.
//
// Two kinds of messages are counted, by their slots: LEARNs, and requests that were retransmitted
// because a node had answered a later request but not this one. Then this request or its answer was
// probably lost. A request to n nodes counts n times.
#pragma once

#include <algorithm>
#include <cstdint>

namespace paxos {

template <class Limits>
class Losses {
public:
    /// This node sent a LEARN or a retransmitted request about `slots` slots.
    void note_again(std::uint64_t slots) { again_ += slots; }
    /// This node has learned `slots` more slots. Reviews the estimate every `review_every` slots.
    void note_learned(std::uint64_t slots) {
        learned_ += slots;
        if (learned_ < review_every) return;
        are_frequent_ = again_ * (are_frequent_ ? end_one_in : begin_one_in) >= learned_;
        learned_ = again_ = 0;
    }
    /// Becomes true if at least one slot is counted for every `begin_one_in` slots learned. On one
    /// host, an acceptor reaches this bound if about 12 % of the datagrams are lost. Less loss
    /// suffices if the round trip is longer than Timing::catch_up_ns. A LEARN is then repeated, and
    /// counted again, before its answer can arrive.
    ///
    /// Becomes false if fewer than one slot is counted for every `end_one_in` slots learned. This
    /// bound is lower because messages that are sent twice hide losses: once this node and its
    /// peers send messages twice, fewer slots are missing, and fewer are counted, at the same loss.
    [[nodiscard]] bool are_frequent() const { return are_frequent_; }

    /// Large enough that a few lost datagrams do not matter.
    static constexpr std::uint64_t review_every = std::max<std::uint64_t>(Limits::window_max, 1024);
    static constexpr std::uint64_t begin_one_in = 3;
    static constexpr std::uint64_t end_one_in = 6;

private:
    std::uint64_t again_ = 0;
    std::uint64_t learned_ = 0;
    bool are_frequent_ = false;
};

}  // namespace paxos
