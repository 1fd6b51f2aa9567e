// Datagrams <-> messages: encoding, checksum, validation. The only place where received bytes
// become messages.
//
// 1. Received bytes are validated here, once, in this order: length, source, whether the sender has
//    ended, magic and version, run, destination, checksum, range of each field. They are never
//    asserted.
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
#include "wire/datagram.h"

namespace paxos::wire {

/// Why a datagram was rejected. It is counted once, under the first reason found: first the header,
/// in this order, then message by message. One invalid message rejects the whole datagram.
enum class Rejection : std::uint8_t {
    length,  ///< Not a header and message_count messages, or not 64-byte aligned.
    source,  ///< Not from the address of the node that the header names, or no such node.
    ended,   ///< From a node that has ended (S24, S41).
    magic,
    version,
    run,          ///< Another cluster, or an earlier run (S30).
    destination,  ///< Not for this node, or reflected: from this node itself.
    checksum,
    watermark,  ///< `learned` beyond the last slot, or more slots retained than learned.
    contacts,   ///< The leader, or a node heard, is not in the cluster.
    kind,       ///< Unknown kind of message.
    sender,     ///< The `from` of a message is not the sender of the datagram.
    reserved,   ///< A reserved byte is not zero.
    ballot,     ///< A ballot of no node or of another proposer, a missing one, or one too many.
    slot,       ///< Above slot_max, or a range that the kind does not allow.
    detail,     ///< An impossible accepted ballot, promised ballot or quorum mask.
    value,      ///< A value in a message that has none.
};
inline constexpr std::size_t rejections = 17;
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
};

class Wire {
public:
    explicit Wire(const Membership& membership);

    /// `nodes` have ended: their datagrams are rejected from now on (S24, S41).
    void end(NodeMask nodes) { ended_ = nodes; }

    /// Writes the header of every datagram of `sends`, in place.
    void encode(std::span<const Send> sends, const SenderState& sender);

    /// Validates the datagrams in `bytes`: one after the other, each `segment_size` long except the
    /// last, all from the address of node `source` (no_node: an unknown address). Writes an Arrival
    /// for each valid one to `arrivals`, from its start; its messages stay in `bytes`. Returns
    /// their number; each other datagram is counted in `rejected`. No bytes are one empty datagram;
    /// segment_size 0 means one datagram. REQUIRES: `bytes` is 64-byte aligned; `arrivals` has room
    /// for each datagram, or for bytes.size() / 64 + 1.
    std::size_t decode(std::span<const std::byte> bytes, std::size_t segment_size, NodeId source,
                       std::span<Arrival> arrivals);

    /// Datagrams rejected, by Rejection.
    [[nodiscard]] const std::array<std::uint64_t, rejections>& rejected() const {
        return rejected_;
    }

private:
    [[nodiscard]] std::optional<Rejection> examine(std::span<const std::byte> datagram,
                                                   NodeId source, Arrival& arrival) const;

    Membership membership_;
    NodeMask ended_;
    std::uint32_t sequence_ = 0;
    std::array<std::uint64_t, rejections> rejected_{};
};

}  // namespace paxos::wire
