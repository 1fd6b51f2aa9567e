// The layout of a message, in memory and on the wire.
//
// A message may cover a run of slots: it stands for one message about each of them (S44). If such a
// message carries values, the first value is in the message. The other values follow the message,
// in cells of the size of a message. The unused rest of the last cell is zero.
//
// A message is little-endian, has no implicit padding, and its spare bytes are zero, so two nodes
// in the same state send the same bytes. With 32-byte values a message is one cache line.
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

    /// Compares word by word without a branch, for speed: every decided value is compared. The
    /// defaulted operator would call memcmp, which is slower.
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
    /// The no-op, which fills a gap in the log after a take-over (S16). ValueSource never returns
    /// it.
    [[nodiscard]] constexpr bool is_no_op() const { return is_zero(); }
};

enum class MessageKind : std::uint8_t {
    none = 0,  // Invalid, so that a zeroed buffer is never a message.
    prepare,   // 1a
    promise,   // 1b
    accept,    // 2a
    accepted,  // 2b
    decide,
    nack,   // Refuses a PREPARE or an ACCEPT. No other kind refuses a request (S07).
    learn,  // Requests the decisions of the slots that it names.
};
inline constexpr std::size_t message_kinds = 8;

struct alignas(64) Message {
    MessageKind kind;
    NodeId from;  ///< The sender. src/wire rejects a message if its datagram has another sender.
    std::uint8_t carries_values = 0;  ///< DECIDE of several slots: 1 if their values follow.
    std::uint8_t reserved[1] = {};    ///< Zero.
    /// The message is about this many slots, from `slot` on. 0 (PREPARE, PROMISE, NACK): about all
    /// slots from `slot` on; such a PROMISE reports that nothing was accepted in them. A PROMISE
    /// that reports a value is about 1 slot.
    std::uint32_t slot_count;
    Slot slot;
    /// PREPARE, PROMISE, ACCEPT, ACCEPTED: the ballot of the request. NACK: the refused ballot.
    /// DECIDE: the ballot at which the slots were decided. LEARN: none.
    Ballot ballot = {};
    /// PROMISE: bits of the ballot at which `value` was accepted, zero if none. NACK: bits of the
    /// higher ballot already promised. DECIDE: the mask of the acceptors whose ACCEPTED decided the
    /// slots. Others: zero.
    std::uint64_t detail = 0;
    /// PROMISE: the accepted value, if any. ACCEPT, or DECIDE that carries values: the value of the
    /// first slot. ACCEPTED or DECIDE about one slot: the value. Otherwise zero.
    Value value = {};

    /// The number of values of this message; the first one is `value`.
    [[nodiscard]] constexpr std::size_t value_count() const {
        switch (kind) {
            case MessageKind::accept: return slot_count;
            case MessageKind::decide:
                return carries_values != 0 || slot_count == 1 ? slot_count : 0;
            case MessageKind::accepted: return slot_count == 1 ? 1 : 0;
            case MessageKind::promise: return detail != 0 ? 1 : 0;
            default: return 0;
        }
    }
    /// Cells of the message and its values.
    [[nodiscard]] constexpr std::size_t cell_count() const { return cells_for(value_count()); }
    /// Cells of a message with `value_count` values.
    [[nodiscard]] static constexpr std::size_t cells_for(std::size_t value_count) {
        if (value_count <= 1) return 1;
        return 1 + ((value_count - 1) * limits::value_size + limits::message_size - 1) /
                       limits::message_size;
    }
    [[nodiscard]] constexpr Ballot accepted() const { return Ballot::from_bits(detail); }
    [[nodiscard]] constexpr Ballot promised() const { return Ballot::from_bits(detail); }
    [[nodiscard]] constexpr NodeMask quorum() const { return NodeMask{detail}; }

    constexpr bool operator==(const Message&) const = default;
};
static_assert(sizeof(Message) == limits::message_size && std::is_trivially_copyable_v<Message>);
static_assert(std::has_unique_object_representations_v<Message>);
static_assert(offsetof(Message, kind) == 0 && offsetof(Message, from) == 1 &&
              offsetof(Message, carries_values) == 2 && offsetof(Message, reserved) == 3 &&
              offsetof(Message, slot_count) == 4 && offsetof(Message, slot) == 8 &&
              offsetof(Message, ballot) == 16 && offsetof(Message, detail) == 24 &&
              offsetof(Message, value) == 32);
static_assert(Message::cells_for(limits::values_per_datagram) <= limits::messages_per_datagram &&
                  Message::cells_for(limits::values_per_datagram + 1) >
                      limits::messages_per_datagram,
              "the longest run with values fills a datagram");
static_assert(std::endian::native == std::endian::little,
              "the wire is little-endian and bytes are not swapped");

}  // namespace paxos
