// Which records of one node can only come after records of another: a receipt after its send. The
// narrator needs it where clocks of different hosts disagree by more than a message takes.
//
// 1. An event waits as long as what must have caused it is held and nothing like it has been
//    printed. Of a request that is sent several times the first counts.
// 2. An event whose cause is not held does not wait: records get lost when a ring is full.
// 3. Memory is bounded: the oldest printed causes are forgotten.
#pragma once

#include <cstdint>
#include <deque>
#include <unordered_map>

#include "paxos/step.h"

namespace paxos::trace {

class Causes {
public:
    /// `nodes`: of the cluster.
    explicit Causes(std::size_t nodes) : nodes_(nodes) {}

    /// The record of `event` at `node` is held.
    void hold(NodeId node, const Event& event);
    /// It is printed and no longer held.
    void release(NodeId node, const Event& event);
    /// Whether `event` at `node` must be printed after one that is held.
    [[nodiscard]] bool is_waiting(NodeId node, const Event& event) const;

private:
    /// What a node sent, or, with MessageKind::none, that it decided a slot.
    struct Cause {
        MessageKind kind;
        NodeId node;
        std::uint64_t ballot;  // Bits; 0 for decisions.
        Slot slot;
        bool operator==(const Cause&) const = default;
    };
    struct Hash {
        std::size_t operator()(const Cause& cause) const;
    };
    struct State {
        std::uint32_t held = 0;
        bool is_printed = false;
    };
    /// How much is known of some alternatives.
    struct Known {
        bool is_held = false, is_printed = false;
        [[nodiscard]] bool must_wait() const { return is_held && !is_printed; }
    };
    static constexpr std::size_t printed_max = 1 << 16;

    template <class Visit>
    static void for_each_cause(NodeId node, const Event& event, Visit&& visit);
    void look_up(const Cause& cause, Known& known) const;
    /// Whether `message`, or one about the whole log, sent by `from`, must be printed first.
    [[nodiscard]] bool must_wait_for(NodeId from, MessageKind kind, const Message& message) const;
    [[nodiscard]] bool must_wait_for_decision(NodeId node, Slot slot) const;
    [[nodiscard]] bool is_answer_waiting(NodeId node, const Message& answer) const;
    [[nodiscard]] bool is_quorum_waiting(NodeId node, NodeMask voters, MessageKind kind,
                                         const Message& message) const;

    std::size_t nodes_;
    std::unordered_map<Cause, State, Hash> states_;
    std::deque<Cause> printed_;  // In the order of printing.
};

}  // namespace paxos::trace
