// The peers to which a proposer sends its requests, and its retransmission timeout.
#pragma once

#include <algorithm>
#include <array>

#include "paxos/options.h"

namespace paxos {

/// The peers to ask: all of them, or with Options::thrifty one of two teams. Each team, together
/// with this node, is a quorum. The teams alternate from step to step, so that one is asked while
/// the other answers, and acceptors share the work. The two phases of a slot may ask different
/// teams. Peers that did not answer in time are in no team, as long as there are enough others.
///
/// A slot needs the answers of all members of the team that was asked, so each lost request or
/// answer delays the slot until the request is retransmitted. If many requests are retransmitted,
/// all peers are therefore asked for a while. If requests to a team are still lost afterwards, all
/// peers are asked again, for twice as long.
///
/// Teams change only between steps.
class Targets {
public:
    /// Identifies a team: the number of the choice that made the two teams (`choice_`), and which
    /// of the two it is. The number of the choice is needed because new teams may be chosen while
    /// requests to the old teams are in flight.
    using Team = std::uint8_t;

    /// Chooses teams that, together with this node, meet `quorum`.
    Targets(const Options& options, const Quorum& quorum)
        : options_(options), others_wanted_(quorum.size() - 1) {
        choose();
    }

    /// The peers to ask in this step.
    [[nodiscard]] NodeMask get() const { return teams_[next_team_]; }
    /// Notes that the peers of `get()` are asked about `slots` slots in this step, and returns
    /// their team. The next step asks the other team.
    Team ask(std::size_t slots = 1) {
        is_asked_ = true;
        if (options_.thrifty) count_asked(slots);
        return static_cast<Team>(choice_ << 1 | next_team_);
    }
    /// The members of `team`; empty if the teams have changed since `team` was asked.
    [[nodiscard]] NodeMask of(Team team) const {
        return team >> 1 == choice_ ? teams_[team & 1] : NodeMask{};
    }
    void begin_step() {
        if (is_asked_ && options_.thrifty) next_team_ ^= 1;
        is_asked_ = false;
        if (!is_outdated_) return;
        is_outdated_ = false;
        const Teams before = teams_;
        choose();
        // If the choice gave the same teams again, it keeps the old number, so that of() still
        // returns the team of a request that is in flight.
        if (teams_ != before) choice_ = (choice_ + 1) % choices;
    }

    /// Called when the nodes of `silent` have not answered in time. They leave their team until
    /// they are heard again. `slots` is the number of slots whose requests are retransmitted.
    void miss(NodeMask silent, std::size_t slots) {
        if (!options_.thrifty || silent.empty()) return;
        late_ = late_ | silent;
        is_outdated_ = true;
        sent_again_ += slots;
    }
    /// Sets the nodes that are down.
    void set_down(NodeMask nodes) {
        if (nodes == down_) [[likely]]
            return;
        down_ = nodes;
        is_outdated_ = true;
    }
    void hear(NodeId node) {
        if (!late_.has(node) || down_.has(node)) [[likely]]
            return;
        late_.remove(node);
        is_outdated_ = true;
    }

    /// Asserts that nothing is asked of this node or of a node that is down (S41). Called at the
    /// end of a step.
    void check() const {
        for (const NodeMask& team : teams_)
            PAXOS_ASSERT((team - (options_.others() - down_)).empty());
    }

private:
    // Requests go to one team. After every 512 requests, count_asked() checks how many requests
    // were retransmitted in the meantime. If it is at least 1 in 8, the next `wide_for_` requests
    // go to all peers. After that, 512 requests go to one team as a probe. The requests that follow
    // the probe go to all peers until the requests of the probe have been answered or
    // retransmitted. If at least 1 in 8 requests of the probe was retransmitted, `wide_for_` is
    // doubled, up to `wide_for_max`, and the next `wide_for_` requests go to all peers. Otherwise
    // requests go to one team again.
    enum class Phase : std::uint8_t { one_team, wide, probe, probed };
    static constexpr std::size_t review_every = 512;
    static constexpr std::size_t losses_one_in = 8;
    static constexpr std::size_t wide_for_min = 8192;
    static constexpr std::size_t wide_for_max = std::size_t{1} << 20;
    // The maximum number of requests in flight. Once this many requests have been sent after the
    // probe, the requests of the probe have been answered or retransmitted.
    static constexpr std::size_t probed_for = limits::Standard::window_max;

    void count_asked(std::size_t slots) {
        asked_ += slots;
        if (asked_ < phase_length()) return;
        asked_ = 0;
        const bool are_lost = sent_again_ * losses_one_in >= review_every;
        switch (phase_) {
            case Phase::one_team:
                wide_for_ = wide_for_min;
                return begin_phase(are_lost ? Phase::wide : Phase::one_team);
            case Phase::wide: return begin_phase(Phase::probe);
            case Phase::probe: return set_phase(Phase::probed);  // Keeps sent_again_.
            case Phase::probed:
                wide_for_ = std::min(2 * wide_for_, wide_for_max);
                return begin_phase(are_lost ? Phase::wide : Phase::one_team);
        }
    }
    [[nodiscard]] std::size_t phase_length() const {
        switch (phase_) {
            case Phase::wide: return wide_for_;
            case Phase::probed: return probed_for;
            default: return review_every;
        }
    }
    void begin_phase(Phase phase) {
        sent_again_ = 0;
        set_phase(phase);
    }
    void set_phase(Phase phase) {
        is_outdated_ = is_outdated_ || phase != phase_;
        phase_ = phase;
    }
    [[nodiscard]] bool is_wide() const { return phase_ == Phase::wide || phase_ == Phase::probed; }

    // The number of choices that a Team can distinguish.
    static constexpr unsigned choices = 128;
    using Row = std::array<NodeId, limits::nodes_max>;
    using Teams = std::array<NodeMask, 2>;

    void choose() {
        const NodeMask others = options_.others() - down_;
        teams_.fill(others);
        if (!options_.thrifty || is_wide()) return;
        const std::size_t wanted = std::min(others_wanted_, others.count());
        const NodeMask in_time = others - late_;
        const bool are_enough = in_time.count() >= wanted;
        teams_.fill(are_enough ? NodeMask{} : in_time);
        Row row{};
        const std::size_t length = line_up(are_enough ? in_time : others & late_, row);
        const std::size_t lacking = wanted - teams_[0].count();
        for (std::size_t team = 0; team < teams_.size(); ++team)
            for (std::size_t i = 0; i < lacking; ++i)
                teams_[team].add(row[(team * lacking + i) % length]);
    }
    /// Puts `nodes` into `row`: first the nodes with higher numbers than this node, then the
    /// others, both in ascending order. Returns the number of nodes in `row`.
    std::size_t line_up(NodeMask nodes, Row& row) const {
        std::size_t length = 0;
        for (std::size_t step = 1; step < options_.nodes; ++step) {
            const auto node = static_cast<NodeId>((options_.self + step) % options_.nodes);
            if (nodes.has(node)) row[length++] = node;
        }
        return length;
    }

    Options options_;
    std::size_t others_wanted_;
    NodeMask late_;
    NodeMask down_;
    Teams teams_{};
    unsigned choice_ = 0;
    unsigned next_team_ = 0;
    std::size_t asked_ = 0;       // Requests in this phase.
    std::size_t sent_again_ = 0;  // Retransmissions in this phase, or since the probe began.
    std::size_t wide_for_ = wide_for_min;
    Phase phase_ = Phase::one_team;
    bool is_asked_ = false;
    bool is_outdated_ = false;
};

/// The smoothed time from a request to the answer that completes its quorum (RFC 6298 without the
/// variance), and the timeouts derived from it.
class RoundTrip {
public:
    explicit RoundTrip(const Timing& timing)
        : min_ns_(timing.retransmit_min_ns),
          max_ns_(timing.retransmit_max_ns),
          smoothed_ns_(timing.retransmit_max_ns / 8) {}

    void sample(std::uint32_t taken_us) {
        const Tick taken_ns = Tick{taken_us} * 1000;
        smoothed_ns_ = smoothed_ns_ - smoothed_ns_ / 8 + taken_ns / 8;
    }
    /// Retransmission timeout: eight smoothed round trips, within the bounds of Timing. Nodes that
    /// share a core answer late, so a shorter timeout would cause unneeded retransmissions. These
    /// would cost every node time.
    [[nodiscard]] Tick retransmit_timeout_ns() const {
        return std::clamp(8 * smoothed_ns_, min_ns_, max_ns_);
    }
    /// The timeout of a request that has timed out `resent` times. It doubles with each timeout, up
    /// to the upper bound.
    [[nodiscard]] Tick retransmit_timeout_ns(unsigned resent) const {
        return std::min(retransmit_timeout_ns() << std::min(resent, 8U), max_ns_);
    }
    /// Timeout of a request that was overtaken: the node to which it was sent has answered for a
    /// later slot. The timeout is one and a half smoothed round trips, because many round trips are
    /// longer than the mean.
    [[nodiscard]] Tick fast_retransmit_timeout_ns() const {
        return std::clamp(smoothed_ns_ + smoothed_ns_ / 2, min_ns_ / 4, max_ns_);
    }
    /// Timeout of a request that was fast-retransmitted and has timed out `resent` times. It begins
    /// with fast_retransmit_timeout_ns() and doubles with each timeout, but is never longer than
    /// retransmit_timeout_ns(resent). It is shorter than that timeout because the node answers for
    /// later slots in time, so a missing answer is more probably lost than late.
    [[nodiscard]] Tick repeated_fast_timeout_ns(unsigned resent) const {
        return std::min(fast_retransmit_timeout_ns() << std::min(resent, 8U),
                        retransmit_timeout_ns(resent));
    }

private:
    Tick min_ns_, max_ns_, smoothed_ns_;
};

}  // namespace paxos
