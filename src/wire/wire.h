// Encodes messages into datagrams, and validates and decodes received datagrams. This is the only
// place where received bytes become messages.
//
// 1. Received bytes are validated here, once, in this order: length, source, whether the sender is
//    down, magic and version, run, destination, checksum or tag, range of each field. Invalid
//    contents lead to a rejection, never to a failed assertion.
// 2. Each rejection has its own counter. A rejected datagram gets no answer.
// 3. Nothing is copied: messages are encoded and decoded in place.
//
// Used by the node's one thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "paxos/outbox.h"
#include "paxos/step.h"
#include "wire/auth.h"
#include "wire/datagram.h"

namespace paxos::wire {

/// Why a datagram was rejected. A datagram is counted once, under the first reason found. The
/// header is checked first, in the order of this enum, and then one message after the other. One
/// invalid message causes the rejection of the whole datagram.
enum class Rejection : std::uint8_t {
    /// The size is not that of a header and message_count cells, or the datagram does not begin at
    /// a 64-byte boundary.
    length,
    /// The sender named in the header is not a node of the cluster, or the datagram did not come
    /// from that node's address.
    source,
    ended,  ///< From a node that is down (S24, S41).
    magic,
    version,
    run,          ///< Another cluster, or an earlier run (S30).
    destination,  ///< Not for this node, or reflected: from this node itself.
    checksum,
    tag,        ///< No valid tag in a run with authentication (S45).
    watermark,  ///< `learned` beyond the last slot, or more slots retained than learned.
    contacts,   ///< The leader, or a node heard, is not in the cluster.
    kind,       ///< Unknown kind of message.
    sender,     ///< The `from` of a message is not the sender of the datagram.
    reserved,   ///< A byte that must be zero is not zero, or `carries_values` is wrongly set.
    ballot,     ///< Missing, not allowed, of an unknown node, or of another proposer.
    slot,       ///< Slots above slot_max, a wrong number of slots, or values beyond the datagram.
    detail,     ///< An impossible ballot or quorum mask, or not zero where it must be zero.
    value,      ///< A value in a message that must have none.
};
inline constexpr std::size_t rejections = 18;
[[nodiscard]] const char* name_of(Rejection rejection);

/// The sender's state that a header carries. REQUIRES: retained_from <= learned <=
/// limits::slot_max; learned - retained_from fits in 32 bits.
struct SenderState {
    Slot learned;
    Slot retained_from;
    Contacts contacts;
};

/// The cluster that a datagram must belong to, and this node's place in it.
struct Membership {
    NodeId self = 0;
    std::size_t nodes = 0;
    std::uint64_t run = 0;
    Incarnation incarnation = 0;  ///< The incarnation of this node.
    /// The key of the authentication tags. None: datagrams have checksums, which anyone can
    /// compute.
    std::optional<AuthKey> key = std::nullopt;
};

class Wire {
public:
    explicit Wire(const Membership& membership);

    /// Sets the nodes that are down. Their datagrams are rejected (S24, S41).
    void set_down(NodeMask nodes) { down_ = nodes; }

    /// Writes the header of every datagram of `sends`, in place.
    void encode(std::span<const Send> sends, const SenderState& sender);

    /// Validates the datagrams in `bytes`, which are adjacent. Each but the last is `segment_size`
    /// bytes long. All come from the address of node `source`, or from an unknown address if
    /// `source` is no_node. Writes an Arrival for each valid datagram to the start of `arrivals`
    /// and returns the number of valid datagrams. Their messages stay in `bytes`. Counts every
    /// other datagram in `rejected`. If `bytes` is empty, it counts as one empty datagram; if
    /// `segment_size` is 0, `bytes` is one datagram.
    /// REQUIRES: `bytes` is 64-byte aligned; `arrivals` has an element for each datagram
    /// (bytes.size() / 64 + 1 suffice).
    std::size_t decode(std::span<const std::byte> bytes, std::size_t segment_size, NodeId source,
                       std::span<Arrival> arrivals);

    /// Datagrams rejected, by Rejection.
    [[nodiscard]] const std::array<std::uint64_t, rejections>& rejected() const {
        return rejected_;
    }

private:
    using Datagram = std::span<const std::byte>;
    using Fault = std::optional<Rejection>;

    /// What is wrong with a datagram. The three functions are called in this order, which is also
    /// the order of Rejection; with authentication, the tag is checked instead of the checksum.
    /// `read` writes `arrival` if there is no fault.
    [[nodiscard]] Fault fault_of_header(Datagram datagram, NodeId source) const;
    [[nodiscard]] static Fault fault_of_checksum(Datagram datagram);
    [[nodiscard]] Fault read(Datagram datagram, Arrival& arrival) const;

    std::size_t decode_authenticated(Datagram bytes, std::size_t segment_size_max, NodeId source,
                                     std::span<Arrival> arrivals);
    /// Writes the tags of the datagrams of `send`.
    void sign(const Send& send) const;
    void count(Rejection rejection) { ++rejected_[static_cast<std::size_t>(rejection)]; }

    Membership membership_;
    std::optional<Authenticator> authenticator_;
    NodeMask down_;
    std::uint16_t sequence_ = 0;
    std::array<std::uint64_t, rejections> rejected_{};
};

}  // namespace paxos::wire
