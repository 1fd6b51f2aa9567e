// Decides when a node proposes and under which ballot. Handles the start, preemption with back-off,
// and take-over from a failed leader.
//
// A leader is an active proposer that hears a quorum and is heard by it. If the proposer needs only
// phase 2 for the next slot, a quorum of phase 2 suffices. Otherwise it needs the larger of the two
// phases' quorums. The headers of the leader's datagrams name the leader. Every node that hears the
// leader directly names the leader in its own headers. All nodes of the leader's quorum hear the
// leader. A candidate must hear the larger quorum (invariant 2), which intersects the leader's
// quorum. So the candidate hears the leader itself or a node that names the leader. Therefore a
// candidate does not depose a leader merely because it cannot hear the leader directly (Omni-Paxos,
// EuroSys 2023, "chained" scenario).
//
// Invariants
// 1. No ballot is used twice: each new ballot is above every ballot that this node has seen or used
//    since it started, and contains its incarnation, which rises at each start (S12). A node that
//    has seen a ballot with the last counter (limits::ballot_counter_max) takes no further ballot
//    (S36).
// 2. A node stands for election only while it hears, and is heard by, a quorum of each phase. A
//    proposer stops proposing when it lacks the quorum that it needs (S42). Therefore a node that
//    cannot win an election does not preempt others. A leader that lacks its quorum no longer names
//    itself, so its headers do not stop others from standing.
// 3. Safety depends only on invariant 1: two simultaneous leaders only waste messages.
#pragma once

#include <algorithm>

#include "paxos/options.h"
#include "paxos/peers.h"
#include "paxos/random.h"
#include "paxos/step.h"

namespace paxos {

/// Whether a proposer is active, and in `multi` whether phase 1 of its ballot is done for the log.
enum class Lead : std::uint8_t { passive, preparing, leading };

class Election {
public:
    enum class Begun : std::uint8_t { no, resumed, took_over };

    /// `duels`: a preempted designated proposer (Options::proposers) resumes instead of leaving the
    /// lead to the preemptor. If there is only one designated proposer, it always resumes.
    /// `phases`: how many phases each slot needs, 1 or 2.
    Election(const Options& options, bool duels, unsigned phases)
        : options_(options),
          leader_quorum_(options.quorums().of_slot(phases)),
          candidate_quorum_(options.quorums().larger()),
          resumes_(options.designated().has(options.self) && (duels || options.proposers == 1)),
          random_(options.seed ^ mix(options.self + 1U)),
          counter_seen_(options.first_counter - 1) {}

    /// Called once, in the first step. A designated proposer stands for election at once. Any other
    /// node assumes that n0 leads. If n0 goes down later, the node takes over without waiting for
    /// Timing::takeover_ns. If n0 is in `down` already, this node was probably restarted during a
    /// run, and another node may lead. The node then does not assume that n0 leads, so that it
    /// waits for Timing::takeover_ns. In this time it hears of the leader, if there is one.
    void begin(Tick now, NodeMask down) {
        leader_heard_at_ = now;
        if (down.has(leader_)) leader_ = options_.self;
        if (!options_.designated().has(options_.self)) return;
        is_backing_off_ = true;
        resume_at_ = now;
    }

    [[nodiscard]] Lead lead() const { return lead_; }
    [[nodiscard]] bool is_active() const { return lead_ != Lead::passive; }
    /// Called when new slots may be opened. In `multi` this is when phase 1 for the log is done: a
    /// quorum has answered for all slots. In `classic`, which has no such phase, it is when a
    /// ballot begins. REQUIRES: is_active().
    void lead_log() {
        PAXOS_ASSERT(is_active());
        lead_ = Lead::leading;
    }
    /// The quorum that this node needs in order to decide the next slot.
    [[nodiscard]] const Quorum& quorum() const {
        return lead_ == Lead::leading ? leader_quorum_ : candidate_quorum_;
    }
    [[nodiscard]] Ballot ballot() const { return ballot_; }
    [[nodiscard]] bool is_first_ballot() const {
        return ballot_.counter() == options_.first_counter;
    }
    /// The node that this node takes for the leader: the last one that a header named, or the owner
    /// of the highest ballot seen, if this ballot was first seen after that header.
    [[nodiscard]] NodeId leader() const { return leader_; }
    /// Nodes that must know at all times how far this node has learned: all other nodes if this
    /// node proposes, otherwise the designated proposers and the leader.
    [[nodiscard]] NodeMask audience() const {
        if (is_active()) return options_.others();
        return (options_.designated() | NodeMask::of(leader_)) - NodeMask::of(options_.self);
    }
    /// The leader that this node's headers name. A node that proposes or backs off names itself if
    /// it hears quorum() and is heard by it. Any other node names the last leader that it heard
    /// directly, if it heard this leader within the last two heartbeat intervals and the leader is
    /// not down. In all other cases a node names no leader (no_node).
    [[nodiscard]] NodeId announced_leader(const Peers& peers, Tick now) const {
        if (is_active() || is_backing_off_) return peers.has(quorum()) ? options_.self : no_node;
        const bool is_current = now < direct_heard_at_ + 2 * options_.timing.heartbeat_ns;
        const bool is_known = direct_leader_ != no_node && is_current;
        return is_known && !peers.down().has(direct_leader_) ? direct_leader_ : no_node;
    }

    /// Called when this node has granted a PREPARE or an ACCEPT at `ballot`, which shows that the
    /// ballot's owner is proposing.
    void vote_for(Ballot ballot, const Peers& peers, Tick now) {
        if (!peers.down().has(ballot.node())) leader_heard_at_ = now;
        follow(ballot, now);
    }
    /// Called when `ballot` was seen. If it is above all ballots seen before, its owner becomes the
    /// leader.
    void follow(Ballot ballot, Tick now) {
        if (ballot <= ballot_seen_) [[likely]]
            return;
        ballot_seen_ = ballot;
        leader_ = ballot.node();
        leader_heard_at_ = now;
        counter_seen_ = std::max(counter_seen_, ballot.counter());
    }
    /// Called with the ballot of each record from before the restart. New ballots will be above all
    /// of these.
    void restore(Ballot ballot) {
        ballot_seen_ = std::max(ballot_seen_, ballot);
        counter_seen_ = std::max(counter_seen_, ballot.counter());
        options_.first_counter = std::max(options_.first_counter, counter_seen_ + 1);
    }
    /// Called when a datagram from `from` names `leader`, which is `from` itself or a leader that
    /// `from` hears.
    void hear(NodeId from, NodeId leader, const Peers& peers, Tick now) {
        if (leader == no_node || leader == options_.self || peers.down().has(leader)) return;
        leader_ = leader;
        leader_heard_at_ = now;
        if (leader != from) return;
        direct_leader_ = from;
        direct_heard_at_ = now;
    }

    /// Does not count `pause`, in which this node was not scheduled, towards the take-over timeout.
    void exclude_pause(Tick pause) { leader_heard_at_ += pause; }

    /// Takes a new ballot and becomes active on three conditions: a resume or a take-over is due,
    /// this node hears quorum() and is heard by it, and no heard peer has discarded slots that this
    /// node would have to recover. Returns Begun::no if a condition fails or no ballot is left.
    [[nodiscard]] Begun try_begin(const Peers& peers, Slot learned, Tick now, Counters& counters) {
        if (is_active()) return Begun::no;
        if (!peers.has(quorum())) {  // Restarts the take-over timeout.
            leader_heard_at_ = now;
            return Begun::no;
        }
        const bool is_due = is_backing_off_
                                ? now >= resume_at_ || peers.down().has(leader_)
                                : now >= leader_heard_at_ + takeover_timeout(peers.down());
        if (!is_due || peers.has_forgotten(learned)) return Begun::no;
        const bool takes_over = !is_backing_off_;
        leader_heard_at_ = now;  // The next attempt waits a full timeout.
        if (!try_take_ballot(now, counters)) return Begun::no;
        counters.takeovers += takes_over;
        return takes_over ? Begun::took_over : Begun::resumed;
    }

    /// Called when a NACK or this node's own acceptor names the higher ballot `by`. The caller
    /// abandons its window. A duelling proposer, or the only designated one, backs off and resumes
    /// after a random time, which grows exponentially with the number of preemptions in a row. Any
    /// other node steps down and stands again when there is no leader.
    void preempt(Ballot by, Tick now, Counters& counters) {
        follow(by, now);
        if (!is_active()) return;
        ++counters.preemptions;
        step_down(now);
        if (!resumes_) return;
        is_backing_off_ = true;
        const Tick wait = std::min(options_.timing.backoff_max_ns,
                                   options_.timing.backoff_min_ns << preempted_in_a_row_);
        preempted_in_a_row_ = std::min(preempted_in_a_row_ + 1, 16U);
        resume_at_ = now + wait / 2 + random_.below(wait + 1);
    }
    /// Stops proposing. This node stands for election again when there is no leader.
    void step_down(Tick now) {
        lead_ = Lead::passive;
        is_backing_off_ = false;
        leader_heard_at_ = now;
    }
    /// Stops proposing because this node has lost its quorum. A duelling proposer, or the only
    /// designated one, resumes when it has a quorum again.
    void lose_quorum(Tick now) {
        step_down(now);
        if (!resumes_) return;
        is_backing_off_ = true;
        resume_at_ = now;
    }
    /// Called when `window_max` slots or more were decided under one ballot. Resets the back-off.
    void succeed() { preempted_in_a_row_ = 0; }

    /// Asserts that the ballot, if there is one, belongs to this node (S12) and is not above the
    /// highest ballot seen. Also asserts that an active proposer has a ballot and is not waiting to
    /// resume. Called at the end of a step.
    void check() const {
        PAXOS_ASSERT(ballot_ <= ballot_seen_ && ballot_seen_.counter() <= counter_seen_);
        PAXOS_ASSERT(ballot_.is_none() || ballot_.node() == options_.self);
        PAXOS_ASSERT(!is_active() || (!ballot_.is_none() && !is_backing_off_));
    }

private:
    friend struct CanonicalState;  // For the exhaustive search (src/sim).

    /// This node takes over if it has heard no leader for this long. The time is longer for nodes
    /// with higher numbers, so that nodes do not compete. If the leader is known to be down, no
    /// time is needed to detect that.
    [[nodiscard]] Tick takeover_timeout(NodeMask down) const {
        const NodeMask candidates = NodeMask::first(options_.self) - down - NodeMask::of(leader_);
        const Tick detection = down.has(leader_) ? 0 : options_.timing.takeover_ns;
        return detection + candidates.count() * options_.timing.takeover_step_ns;
    }
    [[nodiscard]] bool try_take_ballot(Tick now, Counters& counters) {
        if (counter_seen_ >= limits::ballot_counter_max) {
            ++counters.ballots_exhausted;
            is_backing_off_ = false;
            return false;
        }
        ballot_ = Ballot{counter_seen_ + 1, options_.self, options_.incarnation};  // S12
        follow(ballot_, now);
        lead_ = Lead::preparing;
        is_backing_off_ = false;
        return true;
    }

    Options options_;
    Quorum leader_quorum_;
    Quorum candidate_quorum_;
    bool resumes_;  // Whether this node proposes again after it was preempted.
    Random random_;
    std::uint64_t counter_seen_;
    Ballot ballot_;
    Lead lead_ = Lead::passive;
    bool is_backing_off_ = false;  // Passive, and resumes at resume_at_.
    NodeId leader_ = 0;
    NodeId direct_leader_ = no_node;
    Ballot ballot_seen_;  // The highest ballot seen.
    Tick leader_heard_at_ = 0;
    Tick direct_heard_at_ = 0;
    Tick resume_at_ = 0;
    unsigned preempted_in_a_row_ = 0;
};

}  // namespace paxos
