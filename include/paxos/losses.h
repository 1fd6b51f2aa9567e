// Estimates whether many datagrams are lost, from the number of slots that a node had to ask for
// again: in requests that its proposer retransmitted, a request to n nodes counting n times, and in
// LEARNs. If losses are frequent, messages without values are sent twice: SendPool::repeat(). A
// wrong estimate costs time, never safety.
#pragma once

#include <algorithm>
#include <cstdint>

namespace paxos {

template <class Limits>
class Losses {
public:
    /// This node asked again about `slots` slots.
    void note_again(std::uint64_t slots) { again_ += slots; }
    /// This node has learned `slots` more slots. Reviews the estimate every `review_every` slots.
    void note_learned(std::uint64_t slots) {
        learned_ += slots;
        if (learned_ < review_every) return;
        are_frequent_ = again_ * (are_frequent_ ? end_one_in : begin_one_in) >= learned_;
        learned_ = again_ = 0;
    }
    /// Becomes true if this node asks again about one slot in `begin_one_in`, which it does if more
    /// than about 12 % of the datagrams are lost. Remains true until it asks again about less than
    /// one slot in `end_one_in`. This bound is lower, because messages are then sent twice, so that
    /// fewer slots are missing although as many datagrams are lost.
    [[nodiscard]] bool are_frequent() const { return are_frequent_; }

    /// Long enough that a few lost datagrams do not make losses frequent.
    static constexpr std::uint64_t review_every = std::max<std::uint64_t>(Limits::window_max, 1024);
    static constexpr std::uint64_t begin_one_in = 3;
    static constexpr std::uint64_t end_one_in = 6;

private:
    std::uint64_t again_ = 0;
    std::uint64_t learned_ = 0;
    bool are_frequent_ = false;
};

}  // namespace paxos
