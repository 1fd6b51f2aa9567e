// The protocol's options, fixed when a node starts.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "paxos/history.h"
#include "paxos/quorum.h"

namespace paxos {

/// The variants of the protocol; variants.h has their classes.
enum class Variant : std::uint8_t { classic, multi };
inline constexpr Variant default_variant = Variant::classic;
inline constexpr std::array<std::string_view, 2> variant_names = {"classic", "multi"};
[[nodiscard]] constexpr std::string_view name_of(Variant variant) {
    return variant_names[static_cast<std::size_t>(variant)];
}

/// Times in nanoseconds. Speed and liveness depend on them; safety does not.
struct Timing {
    /// Bounds of the retransmission timeout of a PREPARE or ACCEPT. The timeout is 8 smoothed round
    /// trips, doubled each time it expires for the request. It is not doubled for a PREPARE of the
    /// whole log. RoundTrip (targets.h) has the shorter timeouts of fast retransmission.
    Tick retransmit_min_ns = 250'000;
    Tick retransmit_max_ns = 20'000'000;
    /// Period of the check for missing decisions. Each check requests with LEARN the decisions that
    /// this node lacks and that some peer had learned at the previous check. The period is short
    /// because the whole cluster may have to wait for it: after a loss, a node falls behind until
    /// its next check, and a proposer runs at most one ring of the log (Limits::ring_slots) ahead
    /// of the slowest node. With a still shorter period, nodes would request decisions that are on
    /// their way.
    Tick catch_up_ns = 80'000;
    /// A node skips the next slots of its log if, for this long, no peer that it hears has retained
    /// them. It does not skip them earlier, because a header in flight may show that a peer has
    /// them.
    Tick give_up_ns = 20'000'000;
    /// Heartbeat interval. The header of a datagram carries two watermarks: the slot below which
    /// the sender has learned everything, and the slot from which on it retains decisions. The
    /// peers in Election::audience() need this node's watermarks and get at least one header per
    /// interval.
    Tick heartbeat_ns = 2'000'000;
    /// Contact interval: how often a header goes to each of the remaining peers, so that every node
    /// knows which nodes it hears and which nodes hear it.
    Tick contact_ns = 10'000'000;
    /// A peer counts as not heard after this long without a datagram. This is four contact
    /// intervals, so that two headers in a row may be lost and the next one late.
    Tick silence_ns = 40'000'000;
    /// If a peer sends again after it was silent for longer than `silence_ns`, but for at most
    /// `silence_max_ns`, it was wrongly counted as not heard: it may be rarely scheduled. From then
    /// on it counts as not heard only after twice the time of that silence, but at most
    /// `silence_max_ns`. While the peer is heard, the timeout decreases again by 1 ms in 16 ms,
    /// down to `silence_ns`.
    Tick silence_max_ns = 400'000'000;
    /// A proposer runs no further ahead than the slowest peer's ring allows. If a peer learns
    /// nothing for longer than `progress_gap_ns`, the peer is charged for the time that the
    /// proposer waits from then on. When the charge reaches `hold_back_ns`, the proposer stops
    /// waiting for that peer. It waits again once the peer has caught up and the charge is at most
    /// half of `hold_back_ns`. Charges decrease sixteen times more slowly than they accrue. In the
    /// long run, a peer that stops learning for long times therefore costs the others at most 1/16
    /// of their time.
    /// `progress_gap_ns` is a few scheduler slices, because nodes that share a core advance one
    /// after the other.
    Tick progress_gap_ns = 10'000'000;
    Tick hold_back_ns = 200'000'000;
    /// If there has been no sign of an active proposer for `takeover_ns`, the node with the lowest
    /// number proposes. Each further node waits `takeover_step_ns` longer than the node before it.
    /// The former leader and nodes known to be down are not counted.
    Tick takeover_ns = 40'000'000;
    Tick takeover_step_ns = 5'000'000;
    /// A preempted proposer waits for 1/2 to 3/2 of a base time. The base time is `backoff_min_ns`,
    /// doubled for each further preemption in a row, but at most `backoff_max_ns`.
    Tick backoff_min_ns = 1'000'000;
    Tick backoff_max_ns = 32'000'000;
};

struct Options {
    NodeId self = 0;
    std::size_t nodes = 1;      ///< 1 .. limits::nodes_max.
    std::size_t proposers = 1;  ///< Nodes 0 .. proposers - 1 propose from the start (designated).
    bool thrifty = false;       ///< Send requests to a quorum instead of to all nodes.
    /// The size of a quorum of phase 2: 2 .. nodes. A quorum of phase 1 then has
    /// `nodes - accept_quorum + 1` nodes. 0: both phases use majorities.
    std::size_t accept_quorum = 0;
    bool runs = true;  ///< One message may cover a run of slots.
    /// Bytes of each full datagram that this node sends: a header and a whole number of cells. At
    /// least limits::datagram_size_min, at most limits::datagram_size. The node receives datagrams
    /// of any size up to limits::datagram_size.
    std::size_t datagram_size = limits::datagram_size;
    std::uint64_t seed = 0;           ///< The seed of the random back-off.
    std::uint64_t first_counter = 1;  ///< The lowest counter of this node's ballots (S36).
    /// Distinguishes this process of the node from earlier ones: higher than at every earlier
    /// start, and durable before the node sends anything (S12, S23). 0 without storage.
    Incarnation incarnation = 0;
    /// Memory for the decisions that leave the log's ring; must outlive the node. The number of
    /// places is a power of two. If there are no places, these decisions are not kept.
    std::span<Decision> history{};
    Timing timing;

    [[nodiscard]] NodeMask others() const { return NodeMask::first(nodes) - NodeMask::of(self); }
    [[nodiscard]] Quorums quorums() const {
        return accept_quorum == 0 ? Quorums{nodes} : Quorums{nodes, accept_quorum};
    }
    [[nodiscard]] NodeMask designated() const { return NodeMask::first(proposers); }
};

}  // namespace paxos
