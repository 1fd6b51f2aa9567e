// Sets of nodes, and quorums. A quorum is a set of distinct senders, never a count of answers
// (S08).
#pragma once

#include <bit>
#include <cstdint>

#include "paxos/ballot.h"

namespace paxos {

/// A set of nodes; bit i is node i.
class NodeMask {
public:
    constexpr NodeMask() = default;
    constexpr explicit NodeMask(std::uint64_t bits) : bits_(bits) {}
    static constexpr NodeMask of(NodeId node) { return NodeMask{std::uint64_t{1} << node}; }
    /// Nodes 0 .. count - 1; `count` is 0 .. limits::nodes_max.
    static constexpr NodeMask first(std::size_t count) {
        return NodeMask{(std::uint64_t{1} << count) - 1};
    }

    [[nodiscard]] constexpr bool has(NodeId node) const { return bits_ >> node & 1; }
    [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
    [[nodiscard]] constexpr std::size_t count() const {
        return static_cast<std::size_t>(std::popcount(bits_));
    }
    /// The lowest node of the set. REQUIRES: not empty.
    [[nodiscard]] constexpr NodeId lowest() const {
        return static_cast<NodeId>(std::countr_zero(bits_));
    }
    [[nodiscard]] constexpr std::uint64_t bits() const { return bits_; }

    constexpr void add(NodeId node) { bits_ |= std::uint64_t{1} << node; }
    constexpr void remove(NodeId node) { bits_ &= ~(std::uint64_t{1} << node); }

    friend constexpr NodeMask operator|(NodeMask a, NodeMask b) {
        return NodeMask{a.bits_ | b.bits_};
    }
    friend constexpr NodeMask operator&(NodeMask a, NodeMask b) {
        return NodeMask{a.bits_ & b.bits_};
    }
    friend constexpr NodeMask operator-(NodeMask a, NodeMask b) {
        return NodeMask{a.bits_ & ~b.bits_};
    }
    constexpr bool operator==(const NodeMask&) const = default;

    /// Calls `visit(NodeId)` for each node of the set, lowest first.
    template <class Visit>
    constexpr void for_each(Visit&& visit) const {
        for (std::uint64_t rest = bits_; rest != 0; rest &= rest - 1)
            visit(static_cast<NodeId>(std::countr_zero(rest)));
    }

private:
    std::uint64_t bits_ = 0;
};

/// Quorums over nodes 0 .. nodes - 1: the majorities, or all sets of at least a given size.
class Quorum {
public:
    constexpr explicit Quorum(std::size_t nodes) {
        PAXOS_ASSERT(nodes >= 1 && nodes <= limits::nodes_max);
        everyone_ = NodeMask::first(nodes);
        size_ = nodes / 2 + 1;
        PAXOS_ASSERT(2 * size_ > nodes);  // S15: any two quorums intersect.
    }
    /// REQUIRES: 1 <= size <= nodes.
    constexpr Quorum(std::size_t nodes, std::size_t size) : Quorum(nodes) {
        PAXOS_ASSERT(size >= 1 && size <= nodes);
        size_ = size;
    }
    /// The number of nodes in the smallest quorum.
    [[nodiscard]] constexpr std::size_t size() const { return size_; }
    [[nodiscard]] constexpr std::size_t nodes() const { return everyone_.count(); }
    [[nodiscard]] constexpr NodeMask everyone() const { return everyone_; }
    [[nodiscard]] constexpr bool is_met(NodeMask answered) const {
        return (answered & everyone_).count() >= size_;
    }

private:
    NodeMask everyone_;
    std::size_t size_ = 0;
};

/// The quorums of the two phases. Either both are majorities, or phase 2 has quorums of a chosen
/// size, and phase 1 has the smallest size with which every quorum of one phase intersects every
/// quorum of the other. Two quorums of the same phase need not intersect (Flexible Paxos, Howard et
/// al., 2016).
struct Quorums {
    Quorum prepare;
    Quorum accept;

    constexpr explicit Quorums(std::size_t nodes) : prepare(nodes), accept(nodes) { check(nodes); }
    /// REQUIRES: 1 <= accept_size <= nodes.
    constexpr Quorums(std::size_t nodes, std::size_t accept_size)
        : prepare(nodes, nodes - accept_size + 1), accept(nodes, accept_size) {
        check(nodes);
    }
    /// The larger of the two quorums, which is at least a majority. A candidate needs this many
    /// nodes: a quorum of phase 1 to become leader, and a quorum of phase 2 to decide.
    [[nodiscard]] constexpr const Quorum& larger() const {
        return prepare.size() > accept.size() ? prepare : accept;
    }
    /// The quorum that a leader needs to decide a slot. `phases`: 1 if each slot goes through phase
    /// 2 only, 2 if each slot goes through both phases.
    [[nodiscard]] constexpr const Quorum& of_slot(unsigned phases) const {
        return phases == 1 ? accept : larger();
    }

private:
    constexpr void check(std::size_t nodes) const {
        // S15: every prepare quorum intersects every accept quorum.
        PAXOS_ASSERT(prepare.size() + accept.size() > nodes);
    }
};

}  // namespace paxos
