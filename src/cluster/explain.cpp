#include "cluster/explain.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "measure/text.h"
#include "paxos/variants.h"

namespace paxos::cluster {
namespace {

using measure::Cause;
using measure::counted;
using node::TurnSpan;

/// A turn of a node that overlaps a decision.
struct Delay {
    NodeId node = 0;
    const TurnSpan* turn = nullptr;
    Tick overlap_ns = 0;
};

/// Why `turn` took so long. The node was off its core if the kernel accounted less than half of the
/// turn as CPU time.
Cause cause_of(const TurnSpan& turn) {
    if (turn.cpu_ns * 2 >= turn.length_ns()) return Cause::long_turn;
    return turn.switches != 0 ? Cause::context_switch : Cause::steal;
}

/// The turn of `node` that overlaps the decision most. None if no turn overlaps the decision for
/// long enough to delay it.
std::optional<Delay> delay_by(const node::NodeBoard& board, NodeId node,
                              const node::SlowDecision& decision) {
    Delay most{.node = node};
    for (const TurnSpan& turn : board.moments.long_turns.items()) {
        const Tick begin = std::max(turn.begin, decision.begun_at);
        const Tick end = std::min(turn.end, decision.decided_at);
        if (end > begin && end - begin > most.overlap_ns)
            most = {.node = node, .turn = &turn, .overlap_ns = end - begin};
    }
    const double needed = delaying_share * static_cast<double>(decision.length_ns());
    if (most.turn == nullptr || static_cast<double>(most.overlap_ns) < needed) return std::nullopt;
    return most;
}

class Explainer {
public:
    Explainer(std::span<const node::NodeBoard> boards, const node::Plan& plan)
        : boards_(boards),
          plan_(plan),
          quorum_size_(plan.quorums().of_slot(traits_of(plan.protocol).phases).size()) {}

    [[nodiscard]] measure::SlowDecision explain(NodeId proposer,
                                                const node::SlowDecision& decision) const {
        measure::SlowDecision result{.round = decision.slots.first - plan_.warmup,
                                     .rounds = decision.slots.size(),
                                     .latency_ns = decision.length_ns(),
                                     .node = proposer,
                                     .meanwhile = {}};
        const std::vector<Delay> delays = delays_of(proposer, decision);
        const Tick queued_ns = decision.proposed_at -
                               std::min(decision.begun_at, decision.proposed_at);
        const bool was_queued = static_cast<double>(queued_ns) >=
                                delaying_share * static_cast<double>(decision.length_ns());
        result.cause = decision.took_over != 0                          ? Cause::took_over
                       : !delays.empty()                                ? cause_of(*delays[0].turn)
                       : decision.dropped != 0 || decision.refused != 0 ? Cause::socket_full
                       : decision.resent != 0                           ? Cause::sent_again
                       : was_queued                                     ? Cause::queued
                                                                        : Cause::unknown;

        const auto add = [&](const std::string& text) {
            result.meanwhile += (result.meanwhile.empty() ? "" : "; ") + text;
        };
        if (decision.took_over != 0) add(counted(decision.took_over, "take-over or preemption"));
        for (const Delay& delay : delays) add(text_of(delay));
        if (decision.dropped != 0)
            add("socket full: " + counted(decision.dropped, "send") + " lost");
        if (decision.refused != 0)
            add("the kernel refused " + counted(decision.refused, "datagram"));
        if (decision.resent != 0) add(counted(decision.resent, "request") + " retransmitted");
        if (was_queued) add("waited " + time_text(queued_ns) + " for space in the window");
        return result;
    }

private:
    /// If a turn of the proposer delayed the decision, returns only this turn. Otherwise returns
    /// the turns of other nodes that delayed the decision, longest overlap first. Returns none of
    /// these turns if the nodes that did not delay the decision form a quorum.
    [[nodiscard]] std::vector<Delay> delays_of(NodeId proposer,
                                               const node::SlowDecision& decision) const {
        if (const auto own = delay_by(boards_[proposer], proposer, decision)) return {*own};
        std::vector<Delay> delays;
        for (std::size_t i = 0; i < boards_.size(); ++i)
            if (const auto node = static_cast<NodeId>(i); node != proposer)
                if (const auto one = delay_by(boards_[i], node, decision)) delays.push_back(*one);
        if (boards_.size() - delays.size() >= quorum_size_) return {};
        std::ranges::sort(delays, std::ranges::greater{}, &Delay::overlap_ns);
        return delays;
    }
    static std::string time_text(Tick ns) { return measure::time_text(static_cast<double>(ns)); }
    /// For example "n0 late by 3.10ms (context switch)".
    static std::string text_of(const Delay& delay) {
        return "n" + std::to_string(delay.node) + " late by " + time_text(delay.turn->length_ns()) +
               " (" + measure::text_of(cause_of(*delay.turn)) +
               (delay.turn->page_faults == 0 ? "" : ", page faults") + ")";
    }

    std::span<const node::NodeBoard> boards_;
    const node::Plan& plan_;
    std::size_t quorum_size_;
};

}  // namespace

measure::Explanation explain(std::span<const node::NodeBoard> boards, const node::Plan& plan,
                             std::size_t row, Tick started_at, std::uint64_t beyond_ns) {
    const Explainer explainer(boards, plan);
    measure::Explanation result;
    result.beyond_ns = beyond_ns;
    for (std::size_t i = 0; i < boards.size(); ++i)
        for (const node::SlowDecision& decision : boards[i].moments.decisions[row].items()) {
            if (decision.length_ns() <= beyond_ns) continue;
            result.slowest.push_back(explainer.explain(static_cast<NodeId>(i), decision));
            result.slowest.back().at_ns = decision.decided_at - started_at;
            ++result.counts[static_cast<std::size_t>(result.slowest.back().cause)];
        }
    std::ranges::sort(result.slowest, std::ranges::greater{}, &measure::SlowDecision::latency_ns);
    if (result.slowest.size() > slowest_max) result.slowest.resize(slowest_max);
    return result;
}

}  // namespace paxos::cluster
