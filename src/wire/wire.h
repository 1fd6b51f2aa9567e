// Datagrams <-> messages: framing, checksum, validation. The only place where outside bytes become
// messages.
//
// 1. Outside bytes are validated here, once, in this order: length, source address, whether the
//    sender has ended, magic and version, run, destination, checksum, range of each field. They are
//    never asserted.
// 2. Every rejection is counted under its own name. Nothing answers a stranger.
// 3. Nothing is copied: messages are framed and read where they stand.
//
// One thread: the node's.
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

/// Why a datagram was refused. It is counted once, under the first reason found: the header is
/// asked first, in this order, then message after message. One bad message rejects its whole
/// datagram, and nothing of it is used.
enum class Rejection : std::uint8_t {
    length,  ///< Not a header and as many messages as it says, or not 64-byte aligned.
    source,  ///< Not from the address of the node that its header names, or no such node.
    ended,   ///< From a node that has ended (S24, S41).
    magic,
    version,
    run,          ///< Another cluster, or an earlier run (S30).
    destination,  ///< Not for this node, or reflected: from this node itself.
    checksum,
    watermark,  ///< `learned` beyond the last slot, or more slots retained than learned.
    contacts,   ///< The leader, or a node heard, is not in the cluster.
    kind,       ///< Unknown kind of message.
    sender,     ///< A message whose `from` is not the datagram's sender.
    reserved,   ///< A spare byte that is not zero.
    ballot,     ///< A ballot of no node, of the wrong proposer, missing, or where none belongs.
    slot,       ///< A slot beyond the last, or a range of slots that its kind does not allow.
    detail,     ///< An accepted ballot, promised ballot or quorum mask that cannot be.
    value,      ///< A value where none belongs.
};
inline constexpr std::size_t rejections = 17;
[[nodiscard]] const char* name_of(Rejection rejection);

/// What a node's headers carry about it. REQUIRES: retained_from <= learned <= limits::slot_max;
/// learned - retained_from fits in 32 bits.
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

    /// Fills in the headers of every datagram of `sends`, in place.
    void frame(std::span<const Send> sends, const SenderState& sender);

    /// Validates the datagrams that stand one behind the other in `bytes`, each `segment_size` long
    /// but for the last, all from the address of node `source` (no_node: a stranger's), and puts an Arrival for each good one into `arrivals`,
    /// from its start; the messages stay in `bytes`. Returns how many are good; each of the others
    /// is counted in `rejected`. No bytes are one empty datagram; segment_size 0 says that there is
    /// only one. REQUIRES: `bytes` is 64-byte aligned; `arrivals` has room for each datagram, or
    /// for one more than can be good (bytes.size() / 64 + 1).
    std::size_t unframe(std::span<const std::byte> bytes, std::size_t segment_size, NodeId source,
                        std::span<Arrival> arrivals);

    /// Datagrams refused, by Rejection.
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
