// The bounds of the protocol and of its datagrams, each with its reason. The relations between
// bounds are asserted here.
//
// The roles (acceptor, learner, proposer) are templates over a set of bounds. Nodes run with
// `Standard`. `Tiny` and `Pair` are for tests and searches that reach most bounds within a few
// messages. `Small` is between `Tiny` and `Standard`.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace paxos::limits {

#ifndef PAXOS_VALUE_SIZE
#define PAXOS_VALUE_SIZE 32
#endif

/// Bytes of a value, an option of the build. With the default of 32 bytes, a message is one cache
/// line.
inline constexpr std::size_t value_size = PAXOS_VALUE_SIZE;

/// Bytes of a cache line, the unit in which memory moves between cores.
inline constexpr std::size_t cache_line_size = 64;

/// Bytes of a datagram's header. It fills whole cache lines, so that the messages behind it are
/// aligned.
inline constexpr std::size_t header_size = 64;
static_assert(header_size % cache_line_size == 0, "messages behind a header are aligned");

/// Bytes of a message: 32 of fields, then the value.
inline constexpr std::size_t message_size = 32 + value_size;
static_assert(message_size % cache_line_size == 0,
              "a message takes whole cache lines: value_size must be 32, 96, 160, 224, ...");

/// Maximum nodes of a cluster. A set of nodes is one 64-bit mask. Its highest bit stays free, so
/// that `1 << nodes_max` is defined.
inline constexpr std::size_t nodes_max = 63;

/// Maximum bytes of a datagram: small enough for any Ethernet MTU, also inside a tunnel.
inline constexpr std::size_t datagram_size_max = 1408;

/// The number of cells in a datagram of `size` bytes. A cell has `message_size` bytes. It holds a
/// message, or values of a message that covers a run of slots (message.h).
constexpr std::size_t cells_in(std::size_t size) { return (size - header_size) / message_size; }
inline constexpr std::size_t messages_per_datagram = cells_in(datagram_size_max);
static_assert(messages_per_datagram >= 1, "a value must fit a datagram");

/// How many values fit a datagram of `size` bytes if one message covers a run of slots. The first
/// value is in the message, the others are directly behind the message.
constexpr std::size_t values_in(std::size_t size) {
    return (cells_in(size) * message_size - (message_size - value_size)) / value_size;
}
inline constexpr std::size_t values_per_datagram = values_in(datagram_size_max);

/// Bytes of a full datagram. This is the segment size with which UDP_SEGMENT divides a send, unless
/// a path between hosts needs a smaller size: see Options::datagram_size.
inline constexpr std::size_t datagram_size = header_size + messages_per_datagram * message_size;

/// The largest full datagram that fits a packet of `mtu` bytes. The IP and UDP headers take
/// `headers_size` of these bytes. REQUIRES: at least one message fits.
constexpr std::size_t datagram_size_in(std::size_t mtu, std::size_t headers_size) {
    const std::size_t cells = cells_in(std::min(mtu - headers_size, datagram_size));
    return header_size + cells * message_size;
}
/// Bytes of the IP and UDP headers in front of a datagram.
inline constexpr std::size_t ipv4_headers_size = 28;
inline constexpr std::size_t ipv6_headers_size = 48;

/// The smallest size that full datagrams may be given, in bytes. A datagram of this size fits paths
/// with an MTU of 1280, the smallest that IPv6 allows (RFC 8200), if the values are small enough.
/// If full datagrams were smaller, a send would carry less, and a step would need more sends
/// (sends_per_step).
inline constexpr std::size_t datagram_size_min = std::max(datagram_size_in(1280, ipv6_headers_size),
                                                          header_size + message_size);

/// Whether full datagrams may have `size` bytes.
constexpr bool is_datagram_size(std::size_t size) {
    return size >= datagram_size_min && size <= datagram_size &&
           (size - header_size) % message_size == 0;
}
static_assert(is_datagram_size(datagram_size_min) && is_datagram_size(datagram_size));

/// Maximum datagrams in one send. The kernel gets a send as one buffer and divides it into
/// datagrams (UDP_SEGMENT). The kernel takes less than 64 KiB at once, and 44 full datagrams have
/// at most 61,952 bytes. Older kernels accept at most 64 datagrams at once.
inline constexpr std::size_t datagrams_per_send = 44;
static_assert(datagrams_per_send * datagram_size <= 65507, "a send fits in one UDP payload");
static_assert(datagrams_per_send <= 64, "UDP_MAX_SEGMENTS of older kernels");

/// Cells of one full send.
inline constexpr std::size_t messages_per_send = datagrams_per_send * messages_per_datagram;

/// Slots of one full send if each message covers a run of slots. Batches of this size have the
/// highest throughput.
inline constexpr std::size_t slots_per_send = datagrams_per_send * values_per_datagram;

/// Maximum number of sends needed for `cells` cells that go to one set of nodes. Assumes the
/// smallest datagrams, which need the most sends. Includes one send that is partly filled.
constexpr std::size_t sends_for(std::size_t cells) {
    return cells / (datagrams_per_send * cells_in(datagram_size_min)) + 1;
}

/// Maximum receives tried in one turn. A turn is one pass of a node's loop: it receives, takes one
/// step of the protocol, and sends. Eight receives are enough for four peers in both phases. With
/// more, a turn would be longer than the peers' retransmission timeout, and no system call would be
/// saved.
inline constexpr std::size_t receives_per_turn = 8;

/// Minimum receives tried in one turn by a node that yields or sleeps when it is idle. Such a node
/// usually shares its core. The other nodes of the core run before its next turn, so more than one
/// receive may then have data. A second receive lets the node answer the data of both receives in
/// one datagram. That is worth the 0.25 us which a receive without data costs.
inline constexpr std::size_t receives_sharing_a_core = 2;

/// Maximum number of different sets of nodes to which one step retransmits requests. After the loss
/// of one datagram, its requests are retransmitted to one set. If a step needs more sets than this
/// maximum, some nodes get retransmissions that they do not need.
inline constexpr std::size_t retransmit_groups = 8;

/// The highest counter of a ballot; it has 40 bits. A proposer that has reached it stops proposing
/// (S36).
inline constexpr std::uint64_t ballot_counter_max = (std::uint64_t{1} << 40) - 1;

/// Every slot is below this number, so that slot arithmetic (slot + ring) never wraps.
inline constexpr std::uint64_t slot_max = std::uint64_t{1} << 62;

/// Decisions that a durable node keeps beyond its log's ring, in at most 32 MiB, for peers that
/// restart. With values of 32 bytes it keeps 524,288 decisions, those of half a second at a
/// million decisions per second. Each decision takes a value, a ballot and a mask of nodes.
inline constexpr std::size_t history_slots = std::bit_floor((std::size_t{32} << 20) /
                                                            (value_size + 16));

/// Sizes of a node's state in real runs.
struct Standard {
    /// Slots in the log's ring. Their values take 512 KiB of each node's memory if a value has 32
    /// bytes.
    static constexpr std::size_t ring_slots = 16384;
    /// Maximum slots that a proposer may have in flight: half a ring. The other half is for
    /// learners that lag behind.
    static constexpr std::size_t window_max = 8192;
    /// Maximum cells of PROMISEs, ACCEPTEDs and NACKs of one step, for all askers together, without
    /// those that `reports_per_step` limits. A request about one slot gets one cell at most, so the
    /// bound suffices even if every receive is full of such requests. A request about a run may
    /// need more: a cell for each piece of the run in which all slots are in the same state. Slots
    /// beyond the bound are not answered, and the peer asks again.
    static constexpr std::size_t reply_cells_per_step = receives_per_turn * messages_per_send;
    /// Maximum number of slots that one step reports in answer to PREPAREs for the whole log, with
    /// a PROMISE or a DECIDE for each slot. All peers answer such a PREPARE at once, so the limit
    /// is one full send.
    static constexpr std::size_t reports_per_step = messages_per_send;
    /// Maximum number of other decisions that one step sends to peers that lack them. A decision
    /// that is sent to two peers counts twice. The limit is a quarter of the ring, or lower if
    /// values have more than 32 bytes. If each of four peers sends a quarter of the ring to a node
    /// that catches up, the ring of that node is full.
    static constexpr std::size_t decisions_per_step = std::min(ring_slots / 4,
                                                               reply_cells_per_step);
    /// Maximum sends of one step. A cell covers at least one slot, so n slots take at most n cells.
    static constexpr std::size_t sends_per_step = std::max<std::size_t>(
        64,
        sends_for(reply_cells_per_step) +          // Replica: answers to requests,
            2 * receives_per_turn +                // and two partial sends to each asking peer:
                                                   // one with these answers, and one with
                                                   // answers that have waited for storage.
            sends_for(reports_per_step) +          // Acceptor: PROMISEs about single slots.
            sends_for(decisions_per_step) +        // Replica: DECIDEs that answer requests.
            2 * sends_for(window_max) +            // Proposer: DECIDEs, with and without value.
            sends_for(window_max) +                // Proposer: the slots that it opens.
            sends_for(window_max) +                // Proposer: retransmitted requests.
            ring_slots / decisions_per_step + 1 +  // Learner: LEARNs, one per part of the ring.
            sends_for(decisions_per_step) +        // Replica: DECIDEs sent unasked to a peer.
            4 +                                    // Partial sends: to each of the two teams
                                                   // (Targets), to the peers outside each team,
            1 +                                    // to all peers,
            retransmit_groups +                    // and to the groups of retransmissions.
            2);                                    // Heartbeat: headers alone, to two sets.
                                                   // Copies (SendPool::repeat()) need none of their
                                                   // own: they use only sends that are left over.
    static constexpr std::size_t datagrams_per_send = limits::datagrams_per_send;
    /// Maximum answers that wait for storage. There is space for all answers of two turns, even if
    /// each answer is about one slot.
    static constexpr std::size_t held_answers = 2 * reply_cells_per_step;
};

/// Sizes for tests and searches, in which most bounds are reached within a few messages.
struct Tiny {
    static constexpr std::size_t ring_slots = 8;
    static constexpr std::size_t window_max = 4;
    static constexpr std::size_t reports_per_step = 4;
    static constexpr std::size_t decisions_per_step = 4;
    static constexpr std::size_t reply_cells_per_step = 336;
    static constexpr std::size_t sends_per_step = 64;
    static constexpr std::size_t datagrams_per_send = 2;
    static constexpr std::size_t held_answers = 64;
};

/// A log ring of only two slots, so that slot 2 already reuses the place of slot 0. Used by the
/// exhaustive search.
struct Pair {
    static constexpr std::size_t ring_slots = 2;
    static constexpr std::size_t window_max = 1;
    static constexpr std::size_t reports_per_step = 2;
    static constexpr std::size_t decisions_per_step = 2;
    static constexpr std::size_t reply_cells_per_step = 336;
    static constexpr std::size_t sends_per_step = 64;
    static constexpr std::size_t datagrams_per_send = 2;
    static constexpr std::size_t held_answers = 16;
};

/// Sizes for simulations. Datagrams fill up and the ring wraps around often, but the state of the
/// nodes stays in the CPU's cache.
struct Small {
    static constexpr std::size_t ring_slots = 512;
    static constexpr std::size_t window_max = 256;
    static constexpr std::size_t reports_per_step = 84;
    static constexpr std::size_t decisions_per_step = 84;
    static constexpr std::size_t reply_cells_per_step = 672;
    static constexpr std::size_t sends_per_step = 64;
    static constexpr std::size_t datagrams_per_send = 4;
    static constexpr std::size_t held_answers = 672;
};

template <class Limits>
constexpr bool consistent() {
    static_assert(std::has_single_bit(Limits::ring_slots), "places are found by a mask");
    static_assert(std::has_single_bit(Limits::window_max), "places are found by a mask");
    static_assert(Limits::ring_slots >= 2 * Limits::window_max,
                  "half of the ring is for the window, half for learners that lag");
    static_assert(Limits::reports_per_step >= 2,
                  "the answer to a PREPARE for the whole log takes at least two messages");
    static_assert(Limits::held_answers >= 2 * Limits::reports_per_step,
                  "the answer to a PREPARE for the whole log can be held");
    return true;
}
static_assert(consistent<Standard>() && consistent<Tiny>() && consistent<Pair>() &&
              consistent<Small>());

}  // namespace paxos::limits
