// The format of a datagram: a header, then 0 .. limits::messages_per_datagram cells. A cell holds
// either a message or values. Such values belong to the last message before them, which covers a
// run of slots.
//
// All fields are little-endian, without implicit padding. The checksum comes first, so that it
// covers one contiguous range, from `magic` to the end. With authentication, a tag takes the place
// of the checksum.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "paxos/message.h"

namespace paxos::wire {

inline constexpr std::uint32_t datagram_magic = 0x53584150;  // "PAXS".
inline constexpr std::uint8_t datagram_version = 3;

struct alignas(64) Header {
    /// XXH3 of the bytes from `magic` to the end, or the first half of the authentication tag of
    /// these bytes.
    std::uint64_t checksum;
    std::uint64_t checksum_high;  ///< Zero, or the second half of the tag.
    std::uint32_t magic;
    std::uint8_t version;
    NodeId leader;  ///< Contacts::leader.
    NodeId sender;
    std::uint8_t message_count;  ///< The number of cells, not only of messages.
    std::uint64_t run;           ///< Random; identifies the cluster and the run (S30).
    std::uint64_t destination;   ///< NodeMask of all recipients, which get the same bytes.
    std::uint64_t heard;         ///< NodeMask, Contacts::heard.
    Slot learned;
    std::uint32_t retained;  ///< The number of slots below `learned` that the sender retains.
    /// The upper 16 bits are the sender's incarnation. The lower 16 bits count the sender's
    /// datagrams from 0, wrapping; a datagram to several recipients counts once.
    std::uint32_t sequence;
};
static_assert(sizeof(Header) == limits::header_size &&
              std::has_unique_object_representations_v<Header>);
static_assert(std::is_trivially_copyable_v<Header>);
static_assert(limits::messages_per_datagram <= 255, "message_count is one byte");
static_assert(limits::datagram_size % alignof(Message) == 0,
              "in a send of several datagrams all messages are aligned");
inline constexpr std::size_t checksum_begins = offsetof(Header, magic);

}  // namespace paxos::wire
