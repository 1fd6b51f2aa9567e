// Finds which records of one node must be printed after a record of another node, such as a receipt
// after its send. The order of time is not enough for that, because the clocks of two hosts may
// differ by more than the transit time of a message.
//
// 1. The narrator (narrator.h) holds records until it prints them. An event waits while a record of
//    its cause is held. If a request was sent several times, its sends are several records of one
//    cause. As soon as one of them has been printed, the event no longer waits.
// 2. An event whose cause is not held does not wait, because the record of the cause may have been
//    lost in a full ring.
// 3. Memory is bounded: the oldest printed causes are discarded.
#pragma once

#include <cstdint>
#include <deque>
#include <unordered_map>

#include "paxos/step.h"

namespace paxos::trace {

class Causes {
public:
    /// `nodes` is the number of nodes of the cluster.
    explicit Causes(std::size_t nodes) : nodes_(nodes) {}

    /// Call when the narrator begins to hold the record of `event` at `node`.
    void hold(NodeId node, const Event& event);
    /// Call when the record of `event` is printed and no longer held.
    void release(NodeId node, const Event& event);
    /// Whether `event` at `node` must be printed after a record that is still held.
    [[nodiscard]] bool is_waiting(NodeId node, const Event& event) const;

private:
    /// A message that a node sent. With MessageKind::none, the decision of a slot at a node.
    struct Cause {
        MessageKind kind;
        NodeId node;
        std::uint64_t ballot;  // The bits of the ballot; 0 for a decision and for a DECIDE.
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
    /// What is known about the possible causes of an event, one of which suffices.
    struct Known {
        bool is_held = false, is_printed = false;
        [[nodiscard]] bool must_wait() const { return is_held && !is_printed; }
    };
    static constexpr std::size_t printed_max = 1 << 16;

    template <class Visit>
    static void for_each_cause(NodeId node, const Event& event, Visit&& visit);
    void look_up(const Cause& cause, Known& known) const;
    /// Whether a message of `kind` from `from`, about the slot of `message` or about the whole log,
    /// must be printed first.
    [[nodiscard]] bool must_wait_for(NodeId from, MessageKind kind, const Message& message) const;
    [[nodiscard]] bool must_wait_for_decision(NodeId node, Slot slot) const;
    [[nodiscard]] bool is_answer_waiting(NodeId node, const Message& answer) const;
    [[nodiscard]] bool is_quorum_waiting(NodeId node, NodeMask voters, MessageKind kind,
                                         const Message& message) const;

    std::size_t nodes_;
    std::unordered_map<Cause, State, Hash> states_;
    std::deque<Cause> printed_;  // The printed causes, in the order of printing.
};

}  // namespace paxos::trace
