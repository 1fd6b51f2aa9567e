// Describes the state of a node when it receives a message: the "condition" in a scenario's trace.
//
// Derives the state of each node from the messages that it sent and received and from its events,
// without reading the protocol's own state. The conditions in the trace come from here, and the
// actions come from the protocol. So the trace shows any disagreement between the derived state and
// the protocol's own state.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>

#include "paxos/step.h"

namespace paxos::test {

class ScenarioState {
public:
    /// `whole_log`: whether a promise covers every slot, as in `multi`.
    ScenarioState(std::size_t nodes, bool whole_log) : quorum_(nodes), whole_log_(whole_log) {}

    /// Notes an event of `node`: a message that it sent, or something that happened to it.
    void note(NodeId node, const Event& event);
    /// Counts an answer that `node` received and reported neither as late nor as stale.
    void count(NodeId node, const Message& answer);

    /// Compares `request` with what `node` has promised and learned. Names the slots of `request`
    /// only if the result is not the same for all of them.
    [[nodiscard]] std::string condition_of_request(NodeId node, const Message& request) const;
    /// For `answer`, which answers a request of `node`: names the nodes whose answers to this
    /// request `node` has counted, including the sender of `answer`, and says how many are needed.
    /// For a PROMISE of `multi`, says only that the message is a part of its sender's promise.
    [[nodiscard]] std::string condition_of_answer(NodeId node, const Message& answer) const;
    /// The slots of `decide` that `node` has not accepted at the ballot of `decide`.
    [[nodiscard]] std::string condition_of_range(NodeId node, const Message& decide) const;
    /// Why `node` ignores `message`.
    [[nodiscard]] std::string condition_of_late(NodeId node, const Message& message) const;
    [[nodiscard]] bool has_learned(NodeId node, Slot slot) const {
        return learned_.contains({node, slot});
    }

private:
    using Place = std::pair<NodeId, Slot>;
    struct Tally {
        MessageKind request = MessageKind::none;
        Ballot ballot;
        NodeMask votes;
    };

    [[nodiscard]] Place promise_at(NodeId node, Slot slot) const {
        return {node, whole_log_ ? 0 : slot};
    }
    [[nodiscard]] std::string condition_of_request(NodeId node, const Message& request,
                                                   Slot slot) const;
    void promise(NodeId node, const Message& message);
    void ask(NodeId node, const Message& request);
    [[nodiscard]] Tally tally_with(NodeId node, const Message& answer) const;

    Quorum quorum_;
    bool whole_log_;
    std::map<Place, Ballot> promised_;
    std::map<Place, Ballot> accepted_;
    std::map<Place, Tally> tallies_;
    std::map<NodeId, Ballot> ballots_;  // The last ballot of each proposer.
    std::set<NodeId> gave_up_;          // Nodes that have abandoned their last ballot.
    std::set<Place> learned_;
};

}  // namespace paxos::test
