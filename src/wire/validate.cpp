// Checks every field of a message. If Options::runs is off, most datagrams hold messages that are
// about one slot each and differ only in slot and value. A vectorised comparison recognises such a
// datagram, in which only the first message needs the full validation.
#include "wire/validate.h"

#include <cstddef>
#include <cstring>

namespace paxos::wire {
namespace {

/// What the messages are validated against.
struct Cluster {
    NodeId sender;
    std::size_t nodes;
};
using Fault = std::optional<Rejection>;

bool is_ballot(Ballot ballot, const Cluster& cluster) {
    return ballot.counter() != 0 && ballot.node() < cluster.nodes;
}

/// A PREPARE or ACCEPT with another node's ballot would let two proposers share that ballot (S11).
bool is_own_ballot(Ballot ballot, const Cluster& cluster) {
    return ballot.counter() != 0 && ballot.node() == cluster.sender;
}

/// Whether `nodes` is not empty and has only nodes of the cluster.
bool is_set_of(NodeMask nodes, const Cluster& cluster) {
    return !nodes.empty() && nodes.bits() >> cluster.nodes == 0;
}

/// S44: a count is checked before it is used. It is at most the size of the ring.
bool is_range(std::uint32_t slot_count) {
    return slot_count != 0 && slot_count <= limits::Standard::ring_slots;
}
bool is_range_or_all(std::uint32_t slot_count) { return slot_count == 0 || is_range(slot_count); }

/// Checks the values of a message that has some: they must be in its datagram (S44), and the rest
/// of their last cell must be zero. `cell_count`: the cells of the datagram from the message on.
Fault fault_of_values(const Message& message, std::size_t cell_count) {
    if (message.value_count() > limits::values_per_datagram || message.cell_count() > cell_count)
        return Rejection::slot;
    const std::size_t used = offsetof(Message, value) + message.value_count() * sizeof(Value);
    const auto* bytes = reinterpret_cast<const std::byte*>(&message);
    std::byte rest{};
    for (std::size_t i = used; i < message.cell_count() * sizeof(Message); ++i) rest |= bytes[i];
    return rest == std::byte{} ? Fault{} : Rejection::reserved;
}

Fault fault_of_prepare(const Message& message, const Cluster& cluster) {
    if (!is_own_ballot(message.ballot, cluster)) return Rejection::ballot;
    if (!is_range_or_all(message.slot_count)) return Rejection::slot;
    if (message.detail != 0) return Rejection::detail;
    if (!message.value.is_zero()) return Rejection::value;
    return std::nullopt;
}

Fault fault_of_promise(const Message& message, const Cluster& cluster) {
    if (!is_ballot(message.ballot, cluster)) return Rejection::ballot;
    if (!is_range_or_all(message.slot_count)) return Rejection::slot;
    if (message.detail == 0) return message.value.is_zero() ? Fault{} : Rejection::value;
    // A PROMISE that reports an accepted ballot is about one slot.
    if (message.slot_count != 1 || !is_ballot(message.accepted(), cluster))
        return Rejection::detail;
    return std::nullopt;
}

Fault fault_of_accept(const Message& message, std::size_t cell_count, const Cluster& cluster) {
    if (!is_own_ballot(message.ballot, cluster)) return Rejection::ballot;
    if (!is_range(message.slot_count)) return Rejection::slot;
    if (message.detail != 0) return Rejection::detail;
    return fault_of_values(message, cell_count);
}

Fault fault_of_accepted(const Message& message, const Cluster& cluster) {
    if (!is_ballot(message.ballot, cluster)) return Rejection::ballot;
    if (!is_range(message.slot_count)) return Rejection::slot;
    if (message.detail != 0) return Rejection::detail;
    if (message.slot_count > 1 && !message.value.is_zero()) return Rejection::value;
    return std::nullopt;
}

Fault fault_of_decide(const Message& message, std::size_t cell_count, const Cluster& cluster) {
    if (!is_ballot(message.ballot, cluster)) return Rejection::ballot;
    if (!is_range(message.slot_count)) return Rejection::slot;
    if (!is_set_of(message.quorum(), cluster)) return Rejection::detail;
    if (message.carries_values != 0) return fault_of_values(message, cell_count);
    if (message.slot_count > 1 && !message.value.is_zero()) return Rejection::value;
    return std::nullopt;
}

Fault fault_of_nack(const Message& message, const Cluster& cluster) {
    if (!is_ballot(message.ballot, cluster)) return Rejection::ballot;
    if (!is_range_or_all(message.slot_count)) return Rejection::slot;
    // S07: a NACK names the higher ballot that was promised.
    if (!is_ballot(message.promised(), cluster) || message.promised() <= message.ballot)
        return Rejection::detail;
    if (!message.value.is_zero()) return Rejection::value;
    return std::nullopt;
}

Fault fault_of_learn(const Message& message) {
    if (!message.ballot.is_none()) return Rejection::ballot;
    if (!is_range(message.slot_count)) return Rejection::slot;
    if (message.detail != 0) return Rejection::detail;
    if (!message.value.is_zero()) return Rejection::value;
    return std::nullopt;
}

Fault fault_of_kind(const Message& message, std::size_t cell_count, const Cluster& cluster) {
    switch (message.kind) {
        case MessageKind::prepare: return fault_of_prepare(message, cluster);
        case MessageKind::promise: return fault_of_promise(message, cluster);
        case MessageKind::accept: return fault_of_accept(message, cell_count, cluster);
        case MessageKind::accepted: return fault_of_accepted(message, cluster);
        case MessageKind::decide: return fault_of_decide(message, cell_count, cluster);
        case MessageKind::nack: return fault_of_nack(message, cluster);
        case MessageKind::learn: return fault_of_learn(message);
        case MessageKind::none: break;
    }
    return Rejection::kind;
}

/// What is wrong with `message`. `cell_count`: the cells of its datagram from the message on.
Fault fault_of(const Message& message, std::size_t cell_count, const Cluster& cluster) {
    if (message.from != cluster.sender) return Rejection::sender;
    const bool may_carry = message.kind == MessageKind::decide && message.slot_count > 1;
    if (message.reserved[0] != 0 || message.carries_values > may_carry) return Rejection::reserved;
    // The range ends at slot_max at the latest. An open range (count 0) may begin at slot_max.
    if (message.slot > limits::slot_max - message.slot_count) return Rejection::slot;
    return fault_of_kind(message, cell_count, cluster);
}

bool has_value(const Message& message) {
    switch (message.kind) {
        case MessageKind::accept:
        case MessageKind::accepted:
        case MessageKind::decide: return true;
        case MessageKind::promise: return message.detail != 0;
        default: return false;
    }
}

/// The fields before a message's value, as one vector (an extension of GCC and clang). Every
/// message is compared, so the comparison must be fast.
using Fields [[gnu::vector_size(32)]] = std::uint64_t;
static_assert(sizeof(Fields) == offsetof(Message, value) && offsetof(Message, slot) == 8);

}  // namespace

std::optional<Rejection> find_fault(std::span<const Message> messages, NodeId sender,
                                    std::size_t nodes) {
    const Cluster cluster{sender, nodes};
    for (std::size_t i = 0; i < messages.size(); i += messages[i].cell_count())
        if (const Fault fault = fault_of(messages[i], messages.size() - i, cluster)) return fault;
    return std::nullopt;
}

bool is_run(std::span<const Message> messages) {
    if (messages.empty()) return false;
    const Message& first = messages.front();
    if (first.slot_count != 1 || first.slot >= limits::slot_max) return false;
    constexpr std::uint64_t all = ~std::uint64_t{0};
    const Fields counting{all, ~(limits::slot_max - 1), all, all};
    Fields wanted, different{};
    std::memcpy(&wanted, &first, sizeof wanted);
#pragma GCC unroll 4
    for (const Message& message : messages) {
        Fields fields;  // Never passed to a function: the ABI for vectors differs without AVX.
        std::memcpy(&fields, &message, sizeof fields);
        different |= (fields ^ wanted) & counting;
    }
    if ((different[0] | different[1] | different[2] | different[3]) != 0) return false;
    if (has_value(first)) return true;
    Value values{};
    for (const Message& message : messages)
        for (std::size_t i = 0; i < values.words.size(); ++i)
            values.words[i] |= message.value.words[i];
    return values.is_zero();
}

}  // namespace paxos::wire
