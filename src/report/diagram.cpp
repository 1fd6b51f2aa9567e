// See diagram.h.
#include "report/diagram.h"

#include <algorithm>
#include <map>
#include <ranges>
#include <span>

namespace paxos::report {
namespace {

using measure::TracedEvent;

bool has(const std::vector<int>& nodes, int node) {
    return std::ranges::find(nodes, node) != nodes.end();
}

bool is_sent(const TracedEvent& event, std::string_view message) {
    return event.event == "sent" && event.message == message;
}

/// Whether the rounds of two events overlap.
bool overlap(const TracedEvent& one, const TracedEvent& other) {
    const auto is_below_end = [](std::uint64_t round, const TracedEvent& event) {
        return event.rounds == 0 || round < event.round + event.rounds;
    };
    return is_below_end(one.round, other) && is_below_end(other.round, one);
}

/// Whether `effect`, an event of the receiver, can be the effect of the message `sent`.
bool is_effect(const TracedEvent& sent, const TracedEvent& effect) {
    if (!overlap(sent, effect)) return false;
    if (effect.event == "late" || effect.event == "stale")
        return effect.from == sent.node && effect.message == sent.message &&
               effect.ballot == sent.ballot;
    const bool same_ballot = effect.ballot == sent.ballot;
    const bool answers = effect.event == "sent" && has(effect.nodes, sent.node);
    if (sent.message == "PREPARE" || sent.message == "ACCEPT")
        return answers && same_ballot &&
               (effect.message == (sent.message == "PREPARE" ? "PROMISE" : "ACCEPTED") ||
                effect.message == "NACK");
    if (sent.message == "PROMISE")
        return effect.event == "quorum_promised" && same_ballot && has(effect.nodes, sent.node);
    if (sent.message == "ACCEPTED")
        return effect.event == "quorum_accepted" && same_ballot && has(effect.nodes, sent.node);
    if (sent.message == "DECIDE") return effect.event == "learned";
    if (sent.message == "NACK") return effect.event == "preempted" && same_ballot;
    return sent.message == "LEARN" && answers && is_sent(effect, "DECIDE");
}

/// What each node knows, derived from its own events.
class Knowledge {
public:
    /// Takes `event` into account. Then describes what the node of the event knows about the
    /// event's round.
    std::string after(const TracedEvent& event) {
        const int node = event.node;
        if (node < 0) return {};
        // In the events quorum_promised and quorum_accepted, `event.nodes` is the quorum. It
        // includes the node itself if the node has promised or accepted.
        const bool has_voted = has(event.nodes, node);
        if (is_sent(event, "PROMISE") || is_sent(event, "ACCEPTED") ||
            (event.event == "quorum_promised" && has_voted))
            promised_[node] = event.ballot;
        const Place place{node, event.round};
        if (is_sent(event, "ACCEPTED") || (event.event == "quorum_accepted" && has_voted))
            accepted_[place] = event.value.empty() ? "at " + event.ballot
                                                   : event.value + " at " + event.ballot;
        if (event.event == "learned" || event.event == "quorum_accepted")
            decided_[place] = event.value;
        std::string text;
        const auto add = [&](const char* what, const auto& map, const auto& key) {
            const auto found = map.find(key);
            if (found == map.end()) return;
            text += (text.empty() ? "" : "; ") + std::string(what) + " " + found->second;
        };
        add("promised", promised_, node);
        add("accepted", accepted_, place);
        add("decided", decided_, place);
        return text.empty() ? "nothing yet" : text;
    }

private:
    using Place = std::pair<int, std::uint64_t>;  // Node, round.
    std::map<int, std::string> promised_;
    std::map<Place, std::string> accepted_, decided_;
};

/// Ends the arrows of the messages that caused `effect`. From each sender, the latest message that
/// fits counts as the cause. Earlier messages that fit count as lost, because the sender repeated
/// them, so their arrows stay without an end.
void handle(const TracedEvent& effect, std::span<const TracedEvent> before,
            std::vector<std::pair<std::size_t, Arrow>>& arrows) {
    std::vector<int> senders;
    for (auto& [sent_at, arrow] : std::views::reverse(arrows)) {
        const TracedEvent& sent = before[sent_at];
        if (arrow.to != effect.node || arrow.handled_ns || has(senders, sent.node) ||
            !is_effect(sent, effect))
            continue;
        arrow.handled_ns = effect.at_ns;
        senders.push_back(sent.node);
    }
}

}  // namespace

Diagram diagram_of(const std::vector<TracedEvent>& trace, int nodes) {
    Diagram diagram;
    diagram.events = trace.size();
    diagram.nodes = nodes;
    const std::span shown = std::span(trace).first(std::min(trace.size(), Diagram::events_max));
    std::vector<std::pair<std::size_t, Arrow>> arrows;  // Each with the index of its event.
    Knowledge knowledge;
    for (std::size_t i = 0; i < shown.size(); ++i) {
        const TracedEvent& event = shown[i];
        handle(event, shown.first(i), arrows);
        diagram.marks.push_back({.node = event.node,
                                 .at_ns = event.at_ns,
                                 .event = event.event == "sent" ? event.message : event.event,
                                 .ballot = event.ballot,
                                 .round = event.round,
                                 .sentence = event.sentence,
                                 .knowledge = knowledge.after(event)});
        if (event.event != "sent") continue;
        for (const int to : event.nodes)
            if (to != event.node)
                arrows.push_back({i,
                                  {.from = event.node,
                                   .to = to,
                                   .sent_ns = event.at_ns,
                                   .handled_ns = {},
                                   .message = event.message,
                                   .ballot = event.ballot,
                                   .sentence = event.sentence}});
    }
    for (auto& [index, arrow] : arrows) diagram.arrows.push_back(std::move(arrow));
    return diagram;
}

}  // namespace paxos::report
