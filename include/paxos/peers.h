// What this node has heard from the others: when, and the two watermarks that every datagram's header carries.
#pragma once

#include <algorithm>
#include <array>

#include "paxos/options.h"
#include "paxos/step.h"

namespace paxos {

class Peers {
public:
    explicit Peers(const Options& options)
        : others_(options.others()), silence_ns_(options.timing.silence_ns) {}

    /// Everyone counts as heard at the start, so that nobody is given up before it could speak.
    void begin(Tick now) { heard_at_.fill(now); }
    /// `pause` of the time that has passed is nobody's silence: this node did not run.
    void forgive(Tick pause) {
        for (Tick& heard_at : heard_at_) heard_at += pause;
    }
    void hear(const Arrival& arrival, Tick now) {
        heard_at_[arrival.from] = now;
        learned_[arrival.from] = std::max(learned_[arrival.from], arrival.learned);  // Late headers say less.
        retained_from_[arrival.from] = std::max(retained_from_[arrival.from], arrival.retained_from);
        learned_max_ = std::max(learned_max_, arrival.learned);
    }

    /// `nodes` have ended, for ever.
    void end(NodeMask nodes) { ended_ = nodes; }

    [[nodiscard]] Tick heard_at(NodeId node) const { return heard_at_[node]; }
    [[nodiscard]] bool is_live(NodeId node, Tick now) const {
        return now < heard_at_[node] + silence_ns_ && !ended_.has(node);
    }
    /// The furthest that any peer was known to have learned.
    [[nodiscard]] Slot learned_max() const { return learned_max_; }
    /// The least that a live peer has learned; ~0 if none lives.
    [[nodiscard]] Slot learned_min(Tick now) const {
        Slot least = ~Slot{0};
        others_.for_each([&](NodeId node) {
            if (is_live(node, now)) least = std::min(least, learned_[node]);
        });
        return least;
    }
    /// Live peers that have learned `slot` and still know what was decided there.
    [[nodiscard]] NodeMask retaining(Slot slot, Tick now) const {
        NodeMask holders;
        others_.for_each([&](NodeId node) {
            if (is_live(node, now) && learned_[node] > slot && retained_from_[node] <= slot)
                holders.add(node);
        });
        return holders;
    }
    /// The lowest slot that a live peer retains, among those that have learned more than `slot`; 0 if there is none.
    [[nodiscard]] Slot retained_min(Slot slot, Tick now) const {
        Slot least = 0;
        others_.for_each([&](NodeId node) {
            if (!is_live(node, now) || learned_[node] <= slot) return;
            least = least == 0 ? retained_from_[node] : std::min(least, retained_from_[node]);
        });
        return least;
    }
    /// Whether some live peer has forgotten slots that a node with this watermark would have to recover (S16). One that
    /// is dead has no say: nobody could ever take over from a leader that had forgotten more than all the others know.
    [[nodiscard]] bool has_forgotten(Slot learned, Tick now) const {
        if constexpr (mutant == Mutant::S16_candidate_below_retained_leads) return false;
        bool forgotten = false;
        others_.for_each([&](NodeId node) {
            forgotten |= retained_from_[node] > learned && is_live(node, now);
        });
        return forgotten;
    }

private:
    NodeMask others_;
    NodeMask ended_;
    Tick silence_ns_;
    Slot learned_max_ = 0;
    std::array<Tick, limits::nodes_max> heard_at_{};
    std::array<Slot, limits::nodes_max> learned_{};
    std::array<Slot, limits::nodes_max> retained_from_{};
};

}  // namespace paxos
