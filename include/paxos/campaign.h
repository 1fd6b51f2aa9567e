// When a node proposes, and under which ballot: the start, preemption and back-off, take-over from the silent.
//
// Invariants
// 1. No ballot is used twice: each new one is above every ballot seen, its own included (S12). At the last counter a
//    node stops proposing (S36).
// 2. The leader of a node is the owner of the highest ballot it knows, itself included. So following never goes round
//    in a circle: whoever owns the highest ballot of all either proposes or, hearing itself never, begins again.
// 3. Nothing here bears on safety but invariant 1: two nodes that both think it is their turn only waste messages.
#pragma once

#include <algorithm>

#include "paxos/options.h"
#include "paxos/random.h"
#include "paxos/step.h"

namespace paxos {

class Campaign {
public:
    enum class Mode : std::uint8_t { passive, backing_off, active };

    /// `duels`: designated proposers that were preempted resume, instead of leaving the field to who preempted them.
    Campaign(const Options& options, bool duels)
        : options_(options),
          resumes_(options.designated().has(options.self) && (duels || options.proposers == 1)),
          random_(options.seed ^ mix(options.self + 1U)),
          counter_seen_(options.first_counter - 1) {}

    /// The node's first moment. Designated proposers begin at once.
    void begin(Tick now) {
        leader_heard_at_ = now;
        if (!options_.designated().has(options_.self)) return;
        mode_ = Mode::backing_off;
        resume_at_ = now;
    }

    [[nodiscard]] bool is_active() const { return mode_ == Mode::active; }
    [[nodiscard]] Ballot ballot() const { return ballot_; }
    [[nodiscard]] bool is_first_ballot() const {
        return ballot_.counter() == options_.first_counter;
    }
    /// The owner of the highest ballot known here; at first node 0.
    [[nodiscard]] NodeId leader() const { return leader_; }
    /// Whoever proposes wants to know what this node has learned.
    [[nodiscard]] NodeMask audience() const {
        if (is_active()) return options_.others();
        return (options_.designated() | NodeMask::of(leader_)) - NodeMask::of(options_.self);
    }

    /// `nodes` have ended, for ever: what they once said may come late, or again, and is no sign of life.
    void end(NodeMask nodes) { leader_has_ended_ = nodes.has(leader_); }
    /// A PREPARE or an ACCEPT under `ballot` was answered with a vote: its owner is proposing.
    void vote_for(Ballot ballot, Tick now) {
        if (!leader_has_ended_ || ballot.node() != leader_) leader_heard_at_ = now;
        follow(ballot, now);
    }
    /// Somebody uses `ballot`. If it is the highest, its owner has all of the node's patience from now on.
    void follow(Ballot ballot, Tick now) {
        if (ballot <= leader_ballot_) [[likely]]
            return;
        leader_ballot_ = ballot;
        leader_ = ballot.node();
        leader_heard_at_ = now;
        counter_seen_ = std::max(counter_seen_, ballot.counter());
    }
    void hear(NodeId node, Tick now) {
        if (node == leader_ && !leader_has_ended_) leader_heard_at_ = now;
    }

    /// `pause` of the time that has passed is nobody's silence: this node did not run.
    void forgive(Tick pause) { leader_heard_at_ += pause; }

    /// Whether it is time to begin, to resume or to take over. If so, `ballot()` is a new one and the node is active.
    [[nodiscard]] bool wants_to_begin(Tick now, Counters& counters, bool& took_over) {
        took_over = false;
        if (mode_ == Mode::active) return false;
        if (mode_ == Mode::backing_off) return now >= resume_at_ && take_ballot(now, counters);
        if (now < leader_heard_at_ + patience()) return false;
        leader_heard_at_ = now;  // Whatever comes of it, the next try is a patience away.
        took_over = take_ballot(now, counters);
        counters.takeovers += took_over;
        return took_over;
    }

    /// A NACK, or this node's own acceptor, names a higher ballot. The caller gives up its window. Back-off is the
    /// proposer's: a designated one resumes after a randomised time. One that only took over, or lost the contest for
    /// the lead, steps down and leaves it to silence to call it back.
    void preempt(Ballot by, Tick now, Counters& counters) {
        follow(by, now);
        if (mode_ != Mode::active) return;
        ++counters.preemptions;
        leader_heard_at_ = now;
        mode_ = Mode::passive;
        if (!resumes_) return;
        mode_ = Mode::backing_off;
        const Tick wait = std::min(options_.timing.backoff_max_ns,
                                   options_.timing.backoff_min_ns << preempted_in_a_row_);
        preempted_in_a_row_ = std::min(preempted_in_a_row_ + 1, 16U);
        resume_at_ = now + wait / 2 + random_.below(wait + 1);
    }
    /// Gives up proposing until the others are silent, without anybody's ballot being higher.
    void step_down(Tick now) {
        mode_ = Mode::passive;
        leader_heard_at_ = now;
    }
    /// A whole window was decided under one ballot: the duel is won for now.
    void succeed() { preempted_in_a_row_ = 0; }

private:
    friend struct Essence;  // Reads what a search tells two states apart by.

    [[nodiscard]] Tick patience() const {
        const Tick rank = options_.self > leader_ ? options_.self - 1U : options_.self;
        return options_.timing.takeover_ns + rank * options_.timing.takeover_step_ns;
    }
    [[nodiscard]] bool take_ballot(Tick now, Counters& counters) {
        if (counter_seen_ >= limits::ballot_counter_max) {
            ++counters.ballots_exhausted;
            mode_ = Mode::passive;
            return false;
        }
        if (mutant != Mutant::S12_ballot_is_used_again || ballot_.is_none())
            ballot_ = Ballot{counter_seen_ + 1, options_.self};
        follow(ballot_, now);
        mode_ = Mode::active;
        return true;
    }

    Options options_;
    bool resumes_;  // After a preemption: a dueller, or the one designated proposer, whose place others only keep warm.
    Random random_;
    std::uint64_t counter_seen_;
    Ballot ballot_;
    Mode mode_ = Mode::passive;
    NodeId leader_ = 0;
    Ballot leader_ballot_;
    bool leader_has_ended_ = false;
    Tick leader_heard_at_ = 0;
    Tick resume_at_ = 0;
    unsigned preempted_in_a_row_ = 0;
};

}  // namespace paxos
