// What a reader of a story would have noted so far of each node: the condition under which a
// message meets it.
//
// Kept from nothing but what the nodes said and heard; the protocol is never asked. Where these
// books and the protocol disagree, the trace shows it: the condition is theirs, the decision the
// protocol's.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>

#include "paxos/step.h"

namespace paxos::test {

class StoryBooks {
public:
    /// `whole_log`: a promise is for every slot (`multi`).
    StoryBooks(std::size_t nodes, bool whole_log) : quorum_(nodes), whole_log_(whole_log) {}

    /// Something that `node` said, or that happened to it.
    void note(NodeId node, const Event& event);
    /// An answer that `node` did not call late.
    void count(NodeId node, const Message& answer);

    /// How `request` stands to what `node` has promised and learned.
    [[nodiscard]] std::string condition_of_request(NodeId node, const Message& request) const;
    /// Who has answered `node` so far as `answer` does, it included.
    [[nodiscard]] std::string condition_of_answer(NodeId node, const Message& answer) const;
    /// Which slots of the range of `decide` the node has not accepted at its ballot.
    [[nodiscard]] std::string condition_of_range(NodeId node, const Message& decide) const;
    /// Why `node` has no use for `message`.
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
    void promise(NodeId node, const Message& message);
    void ask(NodeId node, const Message& request);
    [[nodiscard]] Tally tally_with(NodeId node, const Message& answer) const;

    Quorum quorum_;
    bool whole_log_;
    std::map<Place, Ballot> promised_;
    std::map<Place, Ballot> accepted_;
    std::map<Place, Tally> tallies_;
    std::map<NodeId, Ballot> ballots_;  // The last one that a node used as proposer.
    std::set<NodeId> gave_up_;          // Nodes that were preempted and have not begun again.
    std::set<Place> learned_;
};

}  // namespace paxos::test
