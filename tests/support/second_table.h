// A second, independent description of what src/wire accepts (the "table"), and a comparison of
// src/wire with this description.
#pragma once

#include <cstring>
#include <string>

#include "paxos/runs.h"
#include "support/datagrams.h"

namespace paxos::test {

/// The number of cells that the first message in `cells` takes by the rules of
/// include/paxos/message.h, or 0 if node `sender` of a cluster of `nodes` must not send this
/// message.
inline std::size_t valid_cells(std::span<const std::byte> cells, NodeId sender, std::size_t nodes) {
    Message message;
    std::memcpy(&message, cells.data(), sizeof message);
    const auto names_node = [&](Ballot ballot) {
        return ballot.bits() >= 1U << 24 && ballot.bits() % 256 < nodes;
    };
    const std::uint64_t count = message.slot_count;
    const bool own = names_node(message.ballot) && message.ballot.node() == sender;
    const bool no_value = message.value == Value{};
    if (message.from != sender || message.reserved[0] != 0) return 0;
    if (message.slot > limits::slot_max || count > limits::slot_max - message.slot) return 0;
    if (count > limits::Standard::ring_slots) return 0;
    const bool carries = message.carries_values == 1;
    if (message.carries_values > 1 ||
        (carries && (message.kind != MessageKind::decide || count < 2)))
        return 0;
    // The first value is in the message, and the others follow. Zeros fill the rest of the last
    // cell.
    const auto cells_of_values = [&]() -> std::size_t {
        std::size_t size = 32 + count * limits::value_size;
        for (; size % sizeof message != 0; ++size)
            if (size < cells.size() && cells[size] != std::byte{}) return 0;
        return size <= cells.size() ? size / sizeof message : 0;
    };
    switch (message.kind) {
        case MessageKind::prepare: return own && message.detail == 0 && no_value;
        case MessageKind::promise:
            return names_node(message.ballot) &&
                   (message.detail == 0 ? no_value : count == 1 && names_node(message.accepted()));
        case MessageKind::accept:
            return own && count >= 1 && message.detail == 0 ? cells_of_values() : 0;
        case MessageKind::accepted:
            return names_node(message.ballot) && count >= 1 && message.detail == 0 &&
                   (count == 1 || no_value);
        case MessageKind::decide:
            if (!names_node(message.ballot) || count == 0 || message.detail == 0 ||
                message.detail >= std::uint64_t{1} << nodes)
                return 0;
            return carries ? cells_of_values() : count == 1 || no_value;
        case MessageKind::nack:
            return names_node(message.ballot) && names_node(message.promised()) &&
                   message.promised() > message.ballot && no_value;
        case MessageKind::learn:
            return message.ballot.is_none() && count >= 1 && message.detail == 0 && no_value;
        case MessageKind::none: return 0;
    }
    return 0;
}

/// Whether the first 16 bytes are the tag of all other bytes under `key`. Without a key, whether
/// they are the checksum of all other bytes.
inline bool is_intact(std::span<const std::byte> bytes, const std::optional<wire::AuthKey>& key) {
    const auto rest = bytes.subspan(16);
    wire::Tag expected{XXH3_64bits(rest.data(), rest.size()), 0};
    if (key) {
        const wire::Authenticator authenticator(*key, wire::AuthEngine::portable);
        expected = authenticator.tag(rest.data(), rest.size());
    }
    return std::memcmp(bytes.data(), &expected, sizeof expected) == 0;
}

/// Whether node `self` of a cluster of `nodes` must accept the datagram `bytes` from node `source`.
/// The nodes `ended` have ended.
inline bool is_good(std::span<const std::byte> bytes, NodeId self, std::size_t nodes, NodeId source,
                    NodeMask ended, const std::optional<wire::AuthKey>& key) {
    wire::Header header;
    if (bytes.size() < sizeof header) return false;
    std::memcpy(&header, bytes.data(), sizeof header);
    const std::size_t count = header.message_count;
    if (count > limits::messages_per_datagram || bytes.size() != 64 + count * sizeof(Message))
        return false;
    if (header.sender >= nodes || header.sender == self || source != header.sender) return false;
    if ((ended.bits() >> header.sender & 1) != 0) return false;
    if (header.magic != wire::datagram_magic || header.version != wire::datagram_version ||
        header.run != run_id)
        return false;
    if ((header.destination >> self & 1) == 0 || !is_intact(bytes, key)) return false;
    if (header.learned > limits::slot_max || header.retained > header.learned) return false;
    if (header.leader != no_node && header.leader >= nodes) return false;
    if (header.heard >> nodes != 0) return false;
    for (auto cells = bytes.subspan(64); !cells.empty();) {
        const std::size_t taken = valid_cells(cells, header.sender, nodes);
        if (taken == 0) return false;
        cells = cells.subspan(taken * sizeof(Message));
    }
    return true;
}

inline std::size_t datagram_count(std::size_t size, std::size_t segment_size) {
    return size == 0 || segment_size == 0 ? 1 : (size + segment_size - 1) / segment_size;
}

/// Gives `bytes` to node 0 of a cluster of `nodes`. `bytes` consists of datagrams of `segment_size`
/// bytes; only the last one may be shorter. A datagram must become an arrival if it begins at a
/// multiple of 64 bytes and the table accepts it. Every other datagram must be counted once as
/// rejected. Returns a description of the first difference between src/wire and the table; empty if
/// there is none.
inline std::string disagreement(Receiver& receiver, std::size_t nodes,
                                std::span<const std::byte> bytes, std::size_t segment_size,
                                NodeId source) {
    const std::uint64_t rejected_before = receiver.rejected();
    const auto arrivals = receiver.receive(bytes, segment_size, source);
    std::size_t good = 0;
    const std::size_t count = datagram_count(bytes.size(), segment_size);
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t begin = i * segment_size;
        const std::size_t size = count == 1 ? bytes.size()
                                            : std::min(segment_size, bytes.size() - begin);
        if (begin % 64 != 0 || !is_good(bytes.subspan(begin, size), 0, nodes, source,
                                        receiver.ended(), receiver.key()))
            continue;
        if (good == arrivals.size()) return "a good datagram was refused";
        const std::span<const Message> messages = arrivals[good].messages;
        const bool is_run = arrivals[good++].is_run;
        if (messages.size_bytes() != size - 64 ||
            (!messages.empty() &&
             std::memcmp(messages.data(), bytes.data() + begin + 64, size - 64) != 0))
            return "the decoded messages differ from the messages in the datagram";
        const auto differs = [&](const Message& message) {
            return !are_alike(messages.front(), message);
        };
        if (is_run && std::any_of(messages.begin(), messages.end(), differs))
            return "messages that differ in more than slot and value are marked as a run";
    }
    if (arrivals.size() != good) return "a bad datagram was accepted";
    if (receiver.rejected() - rejected_before != count - good)
        return "a refused datagram was not counted, or counted twice";
    return "";
}

}  // namespace paxos::test
