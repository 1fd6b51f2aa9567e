// The ranges of a message's fields.
//
// Nearly all messages are good. The way of a good one is a line of comparisons that never jump, and
// one jump on its kind, which comes in long runs; gathering the faults without a branch is slower.
#include "wire/validate.h"

#include <algorithm>

namespace paxos::wire {
namespace {

/// Whom the messages are held against.
struct Cluster {
    NodeId sender;
    std::size_t nodes;
};

bool is_ballot(Ballot ballot, const Cluster& cluster) {
    return ballot.counter() != 0 && ballot.node() < cluster.nodes;
}

/// A PREPARE or ACCEPT with somebody else's ballot would let two proposers share it (S11).
bool is_own_ballot(Ballot ballot, const Cluster& cluster) {
    return ballot.counter() != 0 && ballot.node() == cluster.sender;
}

bool is_range(std::uint32_t slot_count) {
    return slot_count != 0 && slot_count <= limits::Standard::ring_slots;
}

bool is_zero(const Value& value) {
    std::uint64_t bits = 0;
    for (std::uint64_t word : value.words) bits |= word;
    return bits == 0;
}

using Fault = std::optional<Rejection>;

Fault fault_of_prepare(const Message& message, const Cluster& cluster) {
    if (!is_own_ballot(message.ballot, cluster)) return Rejection::ballot;
    if (message.slot_count > 1) return Rejection::slot;
    if (message.detail != 0) return Rejection::detail;
    if (!is_zero(message.value)) return Rejection::value;
    return std::nullopt;
}

Fault fault_of_promise(const Message& message, const Cluster& cluster) {
    if (!is_ballot(message.ballot, cluster)) return Rejection::ballot;
    if (message.slot_count > 1) return Rejection::slot;
    if (message.detail == 0) return is_zero(message.value) ? Fault{} : Rejection::value;
    // "Nothing accepted from this slot on" names no ballot.
    if (message.slot_count == 0 || !is_ballot(message.accepted(), cluster))
        return Rejection::detail;
    return std::nullopt;
}

Fault fault_of_accept(const Message& message, const Cluster& cluster) {
    if (!is_own_ballot(message.ballot, cluster)) return Rejection::ballot;
    if (message.slot_count != 1) return Rejection::slot;
    if (message.detail != 0) return Rejection::detail;
    return std::nullopt;
}

Fault fault_of_accepted(const Message& message, const Cluster& cluster) {
    if (!is_ballot(message.ballot, cluster)) return Rejection::ballot;
    if (message.slot_count != 1) return Rejection::slot;
    if (message.detail != 0) return Rejection::detail;
    return std::nullopt;
}

Fault fault_of_decide(const Message& message, const Cluster& cluster) {
    if (!is_ballot(message.ballot, cluster)) return Rejection::ballot;
    if (!is_range(message.slot_count)) return Rejection::slot;
    if (message.quorum().empty() || !(message.quorum() - NodeMask::first(cluster.nodes)).empty())
        return Rejection::detail;
    if (message.slot_count > 1 && !is_zero(message.value)) return Rejection::value;
    return std::nullopt;
}

Fault fault_of_nack(const Message& message, const Cluster& cluster) {
    if (!is_ballot(message.ballot, cluster)) return Rejection::ballot;
    if (message.slot_count > 1) return Rejection::slot;
    // S07: a refusal names the higher ballot for which it refuses.
    if (!is_ballot(message.promised(), cluster) || message.promised() <= message.ballot)
        return Rejection::detail;
    if (!is_zero(message.value)) return Rejection::value;
    return std::nullopt;
}

Fault fault_of_learn(const Message& message) {
    if (!message.ballot.is_none()) return Rejection::ballot;
    if (!is_range(message.slot_count)) return Rejection::slot;
    if (message.detail != 0) return Rejection::detail;
    if (!is_zero(message.value)) return Rejection::value;
    return std::nullopt;
}

Fault fault_of_kind(const Message& message, const Cluster& cluster) {
    switch (message.kind) {
        case MessageKind::prepare: return fault_of_prepare(message, cluster);
        case MessageKind::promise: return fault_of_promise(message, cluster);
        case MessageKind::accept: return fault_of_accept(message, cluster);
        case MessageKind::accepted: return fault_of_accepted(message, cluster);
        case MessageKind::decide: return fault_of_decide(message, cluster);
        case MessageKind::nack: return fault_of_nack(message, cluster);
        case MessageKind::learn: return fault_of_learn(message);
        case MessageKind::none: break;
    }
    return Rejection::kind;
}

Fault fault_of(const Message& message, const Cluster& cluster) {
    if (message.from != cluster.sender) return Rejection::sender;
    if ((message.reserved[0] | message.reserved[1]) != 0) return Rejection::reserved;
    // The last slot of the range; one that is open at its end has its first.
    if (message.slot > limits::slot_max - std::max<std::uint64_t>(message.slot_count, 1))
        return Rejection::slot;
    return fault_of_kind(message, cluster);
}

}  // namespace

std::optional<Rejection> find_fault(std::span<const Message> messages, NodeId sender, std::size_t nodes) {
    const Cluster cluster{sender, nodes};
    for (const Message& message : messages)
        if (const Fault fault = fault_of(message, cluster)) [[unlikely]]
            return fault;
    return std::nullopt;
}

}  // namespace paxos::wire
