// The failure detector: which peers this node hears, which peers hear it, how far each has learned,
// and which peers a proposer still waits for. Its inputs are the headers of datagrams, the clock,
// and the set of nodes known to be down.
//
// A node hears a peer if a datagram from it arrived within `silence_ns` plus the peer's grace. A
// peer gets a grace when it sends again after a longer silence: the suspicion that it had failed
// was wrong, so the timeout was too short (Chandra and Toueg, JACM 1996). A peer is live if it
// hears this node and this node hears it. If one direction sufficed, a leader that receives nothing
// could halt the cluster (Omni-Paxos, EuroSys 2023).
//
// Invariants
// 1. A node that is down is neither heard nor waited for (S41).
// 2. A peer that learns nothing delays a proposer for a bounded time (S42): first for
//    `progress_gap_ns`, then until the peer's charge (see wait_for()) reaches `hold_back_ns`.
// 3. What a node reported as learned before it restarted no longer counts: the node may have lost
//    it.
// Safety does not depend on anything here.
#pragma once

#include <algorithm>
#include <array>

#include "paxos/options.h"
#include "paxos/step.h"

namespace paxos {

class Peers {
public:
    explicit Peers(const Options& options)
        : self_(options.self),
          others_(options.others()),
          silence_ns_(options.timing.silence_ns),
          silence_max_ns_(options.timing.silence_max_ns),
          progress_gap_ns_(options.timing.progress_gap_ns),
          hold_back_ns_(options.timing.hold_back_ns) {}

    /// At the start every peer that is not down counts as live, so that it has `silence_ns` to send
    /// a datagram.
    void begin(Tick now) {
        heard_at_.fill(now);
        advanced_at_.fill(now);
        heard_ = live_ = others_ - down_;
        hears_.fill(NodeMask{~std::uint64_t{0}});
        expires_at_ = now + silence_ns_;
        charges_reduced_at_ = graces_reduced_at_ = now;
    }
    /// Excludes `pause`, a time in which this node was not scheduled, from all measured times.
    void exclude_pause(Tick pause) {
        for (Tick& heard_at : heard_at_) heard_at += pause;
        for (Tick& advanced_at : advanced_at_) advanced_at += pause;
        expires_at_ += pause;
        charges_reduced_at_ += pause;
        graces_reduced_at_ += pause;
        if (waiting_since_ != not_waiting) waiting_since_ += pause;
    }
    /// Processes the header of `arrival`. If a later incarnation of the sender was heard before,
    /// ignores the header and returns false.
    [[nodiscard]] bool hear(const Arrival& arrival, Tick now) {
        const NodeId from = arrival.from;
        if (arrival.incarnation != incarnation_[from]) [[unlikely]] {
            if (arrival.incarnation < incarnation_[from]) return false;
            begin_incarnation(from, arrival.incarnation, now);
        }
        if (now - heard_at_[from] > silence_ns_) [[unlikely]]
            extend_grace(from, now - heard_at_[from]);
        known_ = known_ | NodeMask::of(from);
        heard_at_[from] = now;
        heard_ = heard_ | NodeMask::of(from);
        hears_[from] = arrival.contacts.heard;
        const bool hears_us = arrival.contacts.heard.has(self_);  // S42
        live_ = hears_us ? live_ | NodeMask::of(from) : live_ - NodeMask::of(from);
        if (arrival.learned > learned_[from]) {  // Headers may arrive out of order.
            learned_[from] = arrival.learned;
            advanced_at_[from] = now;
            learned_max_ = std::max(learned_max_, arrival.learned);
        }
        retained_from_[from] = std::max(retained_from_[from], arrival.retained_from);
        return true;
    }
    [[nodiscard]] Incarnation incarnation_of(NodeId node) const { return incarnation_[node]; }
    /// Sets the nodes that are down. A node that comes back counts as heard only when a datagram
    /// from it arrives.
    void set_down(NodeMask nodes) {
        down_ = nodes;
        heard_ = heard_ - nodes;
        live_ = live_ - nodes;
    }
    /// Removes from heard() and live() the peers that have been silent for `silence_ns` plus their
    /// grace. Called once a step.
    void expire(Tick now) {
        if (now < expires_at_) [[likely]]
            return;
        expires_at_ = now + silence_ns_;
        reduce_graces(now);
        heard_.for_each([&](NodeId node) {
            const Tick silent_at = heard_at_[node] + silence_ns_ + grace_ns_[node];
            if (now >= silent_at)
                heard_.remove(node);
            else
                expires_at_ = std::min(expires_at_, silent_at);
        });
        live_ = live_ & heard_;
    }

    /// How much longer than `silence_ns` the peer may be silent before it counts as not heard:
    /// 0 .. silence_max_ns - silence_ns.
    [[nodiscard]] Tick grace_ns(NodeId node) const { return grace_ns_[node]; }
    [[nodiscard]] NodeMask down() const { return down_; }
    /// Peers that this node hears.
    [[nodiscard]] NodeMask heard() const { return heard_; }
    /// Peers that this node hears and that hear it, according to the last header of each.
    [[nodiscard]] NodeMask live() const { return live_; }
    /// Whether this node and its live peers are a quorum.
    [[nodiscard]] bool has(const Quorum& quorum) const {
        return quorum.is_met(live() | NodeMask::of(self_));
    }
    /// Peers that this node hears and that do not hear `node`.
    [[nodiscard]] NodeMask deaf_to(NodeId node) const {
        return among(heard() - NodeMask::of(node),
                     [&](NodeId peer) { return !hears_[peer].has(node); });
    }

    [[nodiscard]] Slot learned_of(NodeId node) const { return learned_[node]; }
    /// The highest watermark that any peer has reported. The watermark of a peer is the slot below
    /// which the peer has learned everything.
    [[nodiscard]] Slot learned_max() const { return learned_max_; }
    /// Heard peers that have learned `slot` and still retain its decision.
    [[nodiscard]] NodeMask retaining(Slot slot) const {
        return among(heard(), [&](NodeId node) {
            return learned_[node] > slot && retained_from_[node] <= slot;
        });
    }
    /// The lowest slot that at least one heard peer retains, counting only peers that have learned
    /// `slot`; 0 if there is no such peer.
    [[nodiscard]] Slot retained_min(Slot slot) const {
        Slot least = limits::slot_max;
        heard().for_each([&](NodeId node) {
            if (learned_[node] > slot) least = std::min(least, retained_from_[node]);
        });
        return least == limits::slot_max ? 0 : least;
    }
    /// Whether a heard peer no longer retains slot `learned`. A candidate that has not learned this
    /// slot would ask what was accepted there, and the peer could not answer (S16). Dead peers do
    /// not count. Otherwise, if a dead leader had discarded slots that the survivors lack, no
    /// survivor could ever replace it.
    [[nodiscard]] bool has_forgotten(Slot learned) const {
        return !among(heard(), [&](NodeId node) { return retained_from_[node] > learned; }).empty();
    }

    /// The end of the slots that a proposer may open: `ring_slots` above the watermark
    /// (learned_of()) of the slowest peer that it waits for. `learned` is this node's watermark. A
    /// peer that is more than a ring behind `learned` gets the missing decisions from the history,
    /// so for such a peer the end is `history_slots` higher. Returns ~0 if the proposer waits for
    /// no peer.
    [[nodiscard]] Slot open_end(Slot learned, Slot ring_slots, Slot history_slots) const {
        Slot least = ~Slot{0};
        (others_ - down_ - passed_over_).for_each([&](NodeId node) {
            const Slot ring_end = learned_[node] + ring_slots;
            least = std::min(least, ring_end >= learned ? ring_end : ring_end + history_slots);
        });
        return least;
    }
    /// Called in each step in which no slow peer keeps the proposer from opening slots. Stops
    /// passing over (see wait_for()) each peer that has learned every slot below `caught_up` and
    /// whose charge is at most half of `hold_back_ns`. The proposer may then wait for them again.
    void stop_waiting(Slot caught_up, Tick now) {
        waiting_since_ = not_waiting;
        if (passed_over_.empty()) [[likely]]
            return;
        reduce_charges(now);
        passed_over_ = passed_over_ - among(passed_over_, [&](NodeId node) {
                           return learned_[node] >= caught_up &&
                                  charge_ns_[node] <= hold_back_ns_ / 2;
                       });
    }
    /// Called in each step in which open_end() keeps the proposer from opening slots. Charges the
    /// waiting time since the last call to each peer that lacks slots below `decided` and has
    /// learned nothing for `progress_gap_ns`. A peer whose charge reaches `hold_back_ns` is passed
    /// over, which means that the proposer no longer waits for it. All slow peers are charged for
    /// the same waiting time, so several dead peers delay the proposer no longer than one does.
    void wait_for(Slot decided, Tick now) {
        reduce_charges(now);
        const Tick waited = waiting_since_ == not_waiting ? 0 : now - waiting_since_;
        waiting_since_ = now;
        (others_ - down_ - passed_over_).for_each([&](NodeId node) {
            if (learned_[node] >= decided || now - advanced_at_[node] < progress_gap_ns_) return;
            charge_ns_[node] += waited;
            if (charge_ns_[node] >= hold_back_ns_)
                passed_over_ = passed_over_ | NodeMask::of(node);  // S42
        });
    }

    /// Asserts that every live peer is heard, and that the sets contain only nodes of the cluster.
    /// Called at the end of a step.
    void check() const {
        PAXOS_ASSERT((live_ - heard_).empty());
        PAXOS_ASSERT((heard_ - NodeMask::of(self_) - others_).empty());
        PAXOS_ASSERT((passed_over_ - others_).empty());
        if constexpr (verifies)
            PAXOS_ASSERT(learned_max_ == *std::max_element(learned_.begin(), learned_.end()));
    }

private:
    static constexpr Tick not_waiting = ~Tick{0};
    // Charges decrease this many times more slowly than they accrue. Graces decrease at the same
    // rate as charges.
    static constexpr Tick expiry_ratio = 16;

    template <class Predicate>
    [[nodiscard]] static NodeMask among(NodeMask nodes, Predicate&& is_meant) {
        NodeMask meant;
        nodes.for_each([&](NodeId node) {
            if (is_meant(node)) meant.add(node);
        });
        return meant;
    }
    [[gnu::cold, gnu::noinline]] void begin_incarnation(NodeId node, Incarnation incarnation,
                                                        Tick now) {
        incarnation_[node] = incarnation;
        learned_[node] = retained_from_[node] = 0;
        heard_at_[node] = advanced_at_[node] = now;
        grace_ns_[node] = 0;
        learned_max_ = *std::max_element(learned_.begin(), learned_.end());
    }
    /// A silence of more than `silence_max_ns` gives no grace, because the longest grace would not
    /// have been enough. The time before the peer's first datagram gives no grace either, because
    /// the peer had not started yet.
    [[gnu::cold, gnu::noinline]] void extend_grace(NodeId node, Tick silence) {
        if (silence > silence_max_ns_ || !known_.has(node)) return;
        grace_ns_[node] = std::max(grace_ns_[node],
                                   std::min(2 * silence, silence_max_ns_) - silence_ns_);
    }
    /// Does not reduce the grace of a peer that is silent, because the grace must last as long as
    /// the silence.
    void reduce_graces(Tick now) {
        const Tick reduction = (now - graces_reduced_at_) / expiry_ratio;
        graces_reduced_at_ = now;
        heard_.for_each([&](NodeId node) {
            if (now - heard_at_[node] < silence_ns_)
                grace_ns_[node] -= std::min(grace_ns_[node], reduction);
        });
    }
    void reduce_charges(Tick now) {
        const Tick reduction = (now - charges_reduced_at_) / expiry_ratio;
        if (reduction == 0) return;
        charges_reduced_at_ = now;
        for (Tick& charge : charge_ns_) charge -= std::min(charge, reduction);
    }

    NodeId self_;
    NodeMask others_;
    NodeMask down_;
    NodeMask known_;  // Peers from which a datagram has arrived.
    NodeMask heard_;
    NodeMask live_;         // Peers of `heard_` whose last header lists this node as heard.
    NodeMask passed_over_;  // Peers that a proposer no longer waits for.
    Tick silence_ns_, silence_max_ns_, progress_gap_ns_, hold_back_ns_;
    Tick expires_at_ = 0;  // No peer of `heard_` can expire earlier.
    Tick waiting_since_ = not_waiting;
    Tick charges_reduced_at_ = 0;
    Tick graces_reduced_at_ = 0;
    Slot learned_max_ = 0;
    std::array<Tick, limits::nodes_max> heard_at_{};
    std::array<Tick, limits::nodes_max> advanced_at_{};  // When `learned_` last rose.
    std::array<Tick, limits::nodes_max> charge_ns_{};
    std::array<Tick, limits::nodes_max> grace_ns_{};
    std::array<NodeMask, limits::nodes_max> hears_{};  // Nodes that each peer reports hearing.
    std::array<Slot, limits::nodes_max> learned_{};
    std::array<Slot, limits::nodes_max> retained_from_{};
    std::array<Incarnation, limits::nodes_max> incarnation_{};  // The highest one of each peer.
};

}  // namespace paxos
