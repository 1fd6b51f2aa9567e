// The ranges of a message's fields.
//
// Nearly all messages are good, of one slot, and of the five kinds that a round is made of. Of these `is_usual` says so
// at the first look, in half the time that `fault_of` needs to find no fault; what it does not pass may still be good.
#include "wire/validate.h"

#include <cstring>

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

/// Somebody, and nobody from outside.
bool is_set_of(NodeMask nodes, const Cluster& cluster) {
    return !nodes.empty() && nodes.bits() >> cluster.nodes == 0;
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
    if (!is_set_of(message.quorum(), cluster)) return Rejection::detail;
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
    // The end of the range; one that is open at its end may begin there, with nothing in it.
    if (message.slot > limits::slot_max - message.slot_count) return Rejection::slot;
    return fault_of_kind(message, cluster);
}

/// Whether `fault_of` would find nothing, for most messages. Sender, spare bytes and a slot count of one are the first
/// eight bytes, the kind aside: one comparison.
bool is_usual(const Message& message, const Cluster& cluster) {
    std::uint64_t head = 0;
    std::memcpy(&head, &message, sizeof head);
    if (head >> 8 != (cluster.sender | std::uint64_t{1} << 24)) return false;
    if (message.slot >= limits::slot_max) return false;
    switch (message.kind) {
        case MessageKind::prepare:
            return is_own_ballot(message.ballot, cluster) && message.detail == 0 &&
                   is_zero(message.value);
        case MessageKind::promise:
            return is_ballot(message.ballot, cluster) && message.detail == 0 && is_zero(message.value);
        case MessageKind::accept:
            return is_own_ballot(message.ballot, cluster) && message.detail == 0;
        case MessageKind::accepted:
            return is_ballot(message.ballot, cluster) && message.detail == 0;
        case MessageKind::decide:
            return is_ballot(message.ballot, cluster) && is_set_of(message.quorum(), cluster);
        default: return false;
    }
}

}  // namespace

std::optional<Rejection> find_fault(std::span<const Message> messages, NodeId sender, std::size_t nodes) {
    const Cluster cluster{sender, nodes};
    for (const Message& message : messages) {
        if (is_usual(message, cluster)) [[likely]]
            continue;
        if (const Fault fault = fault_of(message, cluster)) return fault;
    }
    return std::nullopt;
}

}  // namespace paxos::wire
