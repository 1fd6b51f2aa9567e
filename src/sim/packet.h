// Packets in flight in a simulated cluster that a test or scenario drives (world.h), and filters
// that select packets.
#pragma once

#include <functional>
#include <vector>

#include "paxos/step.h"

namespace paxos::sim {

struct Packet {
    NodeId from;
    NodeId to;
    Slot learned;
    Slot retained_from;
    std::vector<Message> messages;
    Tick due = 0;
    Contacts contacts{.heard = NodeMask{~std::uint64_t{0}}};

    [[nodiscard]] bool is(MessageKind kind) const {
        return !messages.empty() && messages.front().kind == kind;
    }
};

/// Selects packets. `&&`, `||` and `!` combine filters.
struct Filter {
    std::function<bool(const Packet&)> matches;
    bool operator()(const Packet& packet) const { return matches(packet); }
    friend Filter operator&&(const Filter& a, const Filter& b) {
        return {[a, b](const Packet& packet) { return a(packet) && b(packet); }};
    }
    friend Filter operator||(const Filter& a, const Filter& b) {
        return {[a, b](const Packet& packet) { return a(packet) || b(packet); }};
    }
    friend Filter operator!(const Filter& a) {
        return {[a](const Packet& packet) { return !a(packet); }};
    }
};
inline Filter any() {
    return {[](const Packet&) { return true; }};
}
inline Filter kind(MessageKind kind) {
    return {[kind](const Packet& packet) { return packet.is(kind); }};
}
inline Filter header_only() {
    return {[](const Packet& packet) { return packet.messages.empty(); }};
}
inline Filter from(NodeId node) {
    return {[node](const Packet& packet) { return packet.from == node; }};
}
inline Filter to(NodeId node) {
    return {[node](const Packet& packet) { return packet.to == node; }};
}
inline Filter between(NodeId a, NodeId b) { return (from(a) && to(b)) || (from(b) && to(a)); }
inline Filter in_slot(Slot slot) {
    return {[slot](const Packet& packet) {
        return !packet.messages.empty() && packet.messages.front().slot == slot;
    }};
}

}  // namespace paxos::sim
