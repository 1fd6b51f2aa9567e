// Derives the state of each node in a scenario, and describes it for the trace.
#include "support/scenario_state.h"

#include <algorithm>

#include <fmt/format.h>

#include "trace/words.h"

namespace paxos::test {

void ScenarioState::note(NodeId node, const Event& event) {
    const Message& message = event.message;
    switch (event.kind) {
        case EventKind::sent:
            if (message.kind == MessageKind::prepare || message.kind == MessageKind::accept)
                ask(node, message);
            if (message.kind == MessageKind::promise || message.kind == MessageKind::accepted)
                promise(node, message);
            if (message.kind == MessageKind::accept || message.kind == MessageKind::accepted)
                accepted_[{node, message.slot}] = message.ballot;
            break;
        case EventKind::quorum_accepted:
        case EventKind::learned: learned_.insert({node, message.slot}); break;
        case EventKind::resumed:
        case EventKind::took_over:
            ballots_[node] = message.ballot;
            gave_up_.erase(node);
            break;
        case EventKind::preempted:
        case EventKind::stepped_down:
        case EventKind::lost_quorum: gave_up_.insert(node); break;
        default: break;
    }
}

void ScenarioState::promise(NodeId node, const Message& message) {
    Ballot& promised = promised_[promise_at(node, message.slot)];
    promised = std::max(promised, message.ballot);
}

/// A request also counts as its sender's own vote (S14).
void ScenarioState::ask(NodeId node, const Message& request) {
    ballots_[node] = request.ballot;
    promise(node, request);
    Tally& tally = tallies_[{node, request.slot}];
    if (tally.request != request.kind || tally.ballot != request.ballot)
        tally = {request.kind, request.ballot, NodeMask::of(node)};
}

ScenarioState::Tally ScenarioState::tally_with(NodeId node, const Message& answer) const {
    const auto found = tallies_.find({node, answer.slot});
    Tally tally = found == tallies_.end() ? Tally{} : found->second;
    tally.votes.add(answer.from);
    return tally;
}

void ScenarioState::count(NodeId node, const Message& answer) {
    if (tallies_.contains({node, answer.slot}))
        tallies_[{node, answer.slot}] = tally_with(node, answer);
}

std::string ScenarioState::condition_of_request(NodeId node, const Message& request) const {
    const Slot end = request.slot + request.slot_count;
    std::string text;
    for (Slot slot = request.slot; slot < end;) {
        const Slot first = slot;
        const std::string condition = condition_of_request(node, request, first);
        while (slot < end && condition_of_request(node, request, slot) == condition) ++slot;
        if (first == request.slot && slot == end) return condition;
        const std::string slots = slot - first == 1
                                      ? fmt::format("slot {} ", first)
                                      : fmt::format("slots {} to {} ", first, slot - 1);
        text += (text.empty() ? "" : "; ") + slots + condition;
    }
    return request.slot_count == 0 ? condition_of_request(node, request, request.slot) : text;
}

std::string ScenarioState::condition_of_request(NodeId node, const Message& request,
                                                Slot slot) const {
    const bool is_for_log = request.slot_count == 0;
    if (!is_for_log && has_learned(node, slot)) return "decided here";
    const auto found = promised_.find(promise_at(node, slot));
    if (found == promised_.end()) return "nothing promised yet";
    const std::string promised = trace::text_of(found->second);
    if (request.ballot > found->second) return "above the promised " + promised;
    if (request.ballot < found->second) return "below the promised " + promised;
    return request.kind == MessageKind::prepare ? "promised before" : "as promised";
}

std::string ScenarioState::condition_of_answer(NodeId node, const Message& answer) const {
    if (whole_log_ && answer.kind == MessageKind::promise)
        return "one message of a promise for the whole log";
    const auto found = tallies_.find({node, answer.slot});
    const bool again = found != tallies_.end() && found->second.votes.has(answer.from);
    return (again ? "a repeated answer, not counted again; so far " : "so far ") +
           trace::names_of(tally_with(node, answer).votes) + ", " + std::to_string(quorum_.size()) +
           " are needed";
}

std::string ScenarioState::condition_of_range(NodeId node, const Message& decide) const {
    const std::string ballot = trace::text_of(decide.ballot);
    std::string text;
    for (Slot slot = decide.slot; slot < decide.slot + decide.slot_count; ++slot) {
        const auto found = accepted_.find({node, slot});
        if (found != accepted_.end() && found->second == decide.ballot) continue;
        text += (text.empty() ? "slot " : "; slot ") + std::to_string(slot) + " ";
        text += found == accepted_.end() ? "not accepted"
                                         : "accepted at " + trace::text_of(found->second) + " only";
    }
    return text.empty() ? "all accepted at " + ballot : text;
}

std::string ScenarioState::condition_of_late(NodeId node, const Message& message) const {
    const auto used = ballots_.find(node);
    if (used == ballots_.end()) return "it has asked nothing";
    if (used->second != message.ballot)
        return "its ballot is " + trace::text_of(used->second) + " now";
    if (gave_up_.contains(node)) return "it has given up that ballot";
    if (has_learned(node, message.slot)) return "decided already";
    return "that phase is over";
}

}  // namespace paxos::test
