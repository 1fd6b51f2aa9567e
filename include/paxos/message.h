// The layout of a message, in memory and on the wire.
//
// Little-endian, no implicit padding, spare bytes zero: two nodes in the same state send the same
// bytes. With 32-byte values a message is one cache line.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "paxos/ballot.h"
#include "paxos/limits.h"
#include "paxos/quorum.h"

namespace paxos {

/// A proposed or decided value. The protocol compares values and does not interpret them.
struct Value {
    std::array<std::uint64_t, limits::value_size / 8> words;

    /// Word by word without a branch: the defaulted operator calls memcmp, and every decided value
    /// is compared.
    constexpr bool operator==(const Value& other) const {
        std::uint64_t difference = 0;
        for (std::size_t i = 0; i < words.size(); ++i) difference |= words[i] ^ other.words[i];
        return difference == 0;
    }
    [[nodiscard]] constexpr bool is_zero() const {
        std::uint64_t bits = 0;
        for (std::uint64_t word : words) bits |= word;
        return bits == 0;
    }
    /// The no-op, which fills a gap in the log after a take-over (S16). No load generates it.
    [[nodiscard]] constexpr bool is_no_op() const { return is_zero(); }
};

enum class MessageKind : std::uint8_t {
    none = 0,  // Zero is no kind: a zeroed buffer is never a message.
    prepare,   // 1a
    promise,   // 1b
    accept,    // 2a
    accepted,  // 2b
    decide,
    nack,   // Refuses a PREPARE or an ACCEPT; a message of its own, never a PROMISE (S07).
    learn,  // Requests the decisions of these slots.
};
inline constexpr std::size_t message_kinds = 8;

struct alignas(64) Message {
    MessageKind kind;
    NodeId from;  ///< The sender; wire rejects a message whose sender is not its datagram's.
    std::uint8_t reserved[2] = {};  ///< Zero.
    /// How many slots from `slot` on this is about. PREPARE, PROMISE: 1, or 0 for all there are (of
    /// a promise: "nothing accepted from `slot` on"). DECIDE: 1 with its value, more without.
    /// LEARN: at least 1. Others: 1.
    std::uint32_t slot_count;
    Slot slot;
    /// The ballot of the request or answer; in a NACK the refused one. LEARN: none.
    Ballot ballot = {};
    /// PROMISE: bits of the ballot in which `value` was accepted, zero if none. NACK: bits of the
    /// higher ballot already promised. DECIDE: the mask of acceptors whose ACCEPTED made it.
    /// Others: zero.
    std::uint64_t detail = 0;
    /// PROMISE with something accepted, ACCEPT, ACCEPTED, DECIDE of one slot; otherwise zero.
    Value value = {};

    [[nodiscard]] constexpr Ballot accepted() const { return Ballot::from_bits(detail); }
    [[nodiscard]] constexpr Ballot promised() const { return Ballot::from_bits(detail); }
    [[nodiscard]] constexpr NodeMask quorum() const { return NodeMask{detail}; }

    constexpr bool operator==(const Message&) const = default;
};
static_assert(sizeof(Message) == limits::message_size && std::is_trivially_copyable_v<Message>);
static_assert(std::has_unique_object_representations_v<Message>);
static_assert(offsetof(Message, kind) == 0 && offsetof(Message, from) == 1 &&
              offsetof(Message, reserved) == 2 && offsetof(Message, slot_count) == 4 &&
              offsetof(Message, slot) == 8 && offsetof(Message, ballot) == 16 &&
              offsetof(Message, detail) == 24 && offsetof(Message, value) == 32);
static_assert(std::endian::native == std::endian::little,
              "the wire is little-endian and nothing is swapped");

}  // namespace paxos
