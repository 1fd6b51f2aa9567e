// A ballot: counter, incarnation and node, totally ordered (S04). "Paxos Made Simple" calls it a
// proposal number and requires "that different proposals have different numbers". Because a ballot
// contains the node and its incarnation, no two proposers use the same ballot, and no proposer uses
// a ballot again after a restart (S12).
#pragma once

#include <compare>
#include <cstdint>

#include "paxos/assert.h"
#include "paxos/limits.h"
#include "paxos/tick.h"

namespace paxos {

using NodeId = std::uint8_t;  ///< 0 .. limits::nodes_max - 1.
/// The number of one instance of consensus, which users see as a round. It is below
/// limits::slot_max.
using Slot = std::uint64_t;
/// Distinguishes the processes of one node. The number rises with each start of a node that keeps
/// records. It is 0 if the node keeps none.
using Incarnation = std::uint16_t;

class Ballot {
public:
    constexpr Ballot() = default;  ///< No ballot: below every other.
    /// `counter` is 1 .. limits::ballot_counter_max.
    constexpr Ballot(std::uint64_t counter, NodeId node, Incarnation incarnation = 0)
        : bits_(counter << 24 | std::uint64_t{incarnation} << 8 | node) {
        PAXOS_ASSERT(counter >= 1 && counter <= limits::ballot_counter_max);
    }
    /// The ballot with these bits. If the bits come from a message, src/wire has checked that the
    /// ballot's node exists.
    static constexpr Ballot from_bits(std::uint64_t bits) {
        Ballot ballot;
        ballot.bits_ = bits;
        return ballot;
    }

    [[nodiscard]] constexpr std::uint64_t counter() const { return bits_ >> 24; }
    [[nodiscard]] constexpr Incarnation incarnation() const {
        return static_cast<Incarnation>(bits_ >> 8);
    }
    [[nodiscard]] constexpr NodeId node() const { return static_cast<NodeId>(bits_); }
    [[nodiscard]] constexpr std::uint64_t bits() const { return bits_; }
    [[nodiscard]] constexpr bool is_none() const { return bits_ == 0; }

    /// Compares counter, incarnation and node as one number of 64 bits (S04).
    constexpr bool operator==(const Ballot&) const = default;
    constexpr auto operator<=>(const Ballot& other) const { return bits_ <=> other.bits_; }

private:
    std::uint64_t bits_ = 0;
};
static_assert(sizeof(Ballot) == 8);

}  // namespace paxos
