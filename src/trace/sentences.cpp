#include "trace/sentences.h"

#include "trace/words.h"

namespace paxos::trace {
namespace {

/// The name of the kind, padded to a fixed width.
std::string head(MessageKind kind) {
    std::string text = name_of(kind);
    text.resize(9, ' ');
    return text;
}

std::uint64_t kind_and(MessageKind kind, NodeId node) {
    return static_cast<std::uint64_t>(kind) << 8 | node;
}

}  // namespace

void Memory::add(const Thing& thing) {
    if (!things_.insert(thing).second) return;
    order_.push_back(thing);
    if (order_.size() <= capacity) return;
    things_.erase(order_.front());
    order_.pop_front();
}

std::string Sentences::introduction() const {
    const Language& language = setting_.language;
    const Options options{
        .nodes = setting_.nodes, .accept_quorum = setting_.accept_quorum, .timing = {}};
    const Quorums quorums = options.quorums();
    const std::size_t accept = quorums.accept.size();
    const std::string rounds =
        setting_.accept_quorum == 0
            ? language.text(
                  "Each round decides one value, in two phases; {0} of {1} nodes are a majority.",
                  accept, setting_.nodes)
            : language.text(
                  "Each round decides one value, in two phases: the first needs {0} of {1} nodes, "
                  "the second {2} of {1}.",
                  quorums.prepare.size(), setting_.nodes, accept);
    const std::string prepare =
        setting_.phase_1_for_all
            ? language.text("PREPARE, once for all rounds, asks all to ignore lower ballots.")
            : language.text("PREPARE asks all to ignore lower ballots.");
    return rounds + " " + prepare + " " +
           language.text(
               "A PROMISE agrees, and reports what its node has accepted. The value with the "
               "highest ballot must be proposed again.") +
           " " +
           language.text(
               "ACCEPT asks all to accept a value. Once a {0} has ACCEPTED the value, it is "
               "decided for ever, and DECIDE informs all.",
               quorum()) +
           " " +
           language.text("A node sends no message to itself: its own answer counts without one.");
}

std::string Sentences::receivers(NodeId node, NodeMask to) const {
    NodeMask others = NodeMask::first(setting_.nodes);
    others.remove(node);
    return to == others && to.count() > 1 ? setting_.language.text(" -> all")
                                          : " -> " + names_of(to);
}

std::string Sentences::rounds(const Message& message) const {
    const std::uint64_t first = message.slot - setting_.warmup;
    if (message.slot_count <= 1) return setting_.language.text("round {0}", first);
    return setting_.language.text("rounds {0} to {1}", first, first + message.slot_count - 1);
}

std::string Sentences::of(NodeId node, const Event& event) {
    const Message& message = event.message;
    if (!setting_.shows(message.slot)) return "";
    const Memory::Thing decided_here{node, message.slot, 0, 0};
    const Language& language = setting_.language;
    switch (event.kind) {
        case EventKind::sent: return of_sent(node, event.mask, message);
        case EventKind::late: return of_late(message);
        case EventKind::stale:
            return language.text("{0} from n{1} ignored: its round is outside this node's log ring",
                                 name_of(message.kind), message.from);
        case EventKind::quorum_promised: return of_quorum_promised(node, event.mask, message);
        case EventKind::quorum_accepted:
            decided_.add(decided_here);
            return language.text("{0} accepted: {1}; decided {2}", quorum(), names_of(event.mask),
                                 value(message));
        case EventKind::learned:
            return decided_.has(decided_here) ? "" : language.text("learned {0}", value(message));
        case EventKind::preempted:
            changed_role_.add(node);
            return language.text("preempted: ballot {0} is higher; abandons ballot {1}",
                                 text_of(message.promised()), text_of(message.ballot));
        case EventKind::resumed:
            return changed_role_.has(node)
                       ? language.text("proposes again, with ballot {0}", text_of(message.ballot))
                       : "";
        case EventKind::took_over:
            changed_role_.add(node);
            return language.text("hears no proposer; takes over with ballot {0}",
                                 text_of(message.ballot));
        case EventKind::stepped_down:
            changed_role_.add(node);
            return language.text(
                "steps down: another node no longer holds rounds that this node must "
                "recover first");
        case EventKind::lost_quorum:
            changed_role_.add(node);
            return language.text("steps down: no {0} remains that it hears and that hears it",
                                 quorum());
        case EventKind::left_behind:
            return language.text(
                "left behind: the others no longer hold the earlier rounds; skips them");
    }
    return "";
}

std::string Sentences::of_quorum_promised(NodeId node, NodeMask by, const Message& message) {
    const Language& language = setting_.language;
    const std::string who = names_of(by);
    if (message.slot_count == 0)
        return language.text("{0} promised: {1}; n{2} leads, for this round and all after it",
                             quorum(), who, node);
    if (!message.accepted().is_none())
        return language.text("{0} promised: {1}; n{2} must propose {3}, accepted at {4}", quorum(),
                             who, node, value(message), text_of(message.accepted()));
    if (setting_.phase_1_for_all && message.value.is_no_op())
        return language.text(
            "{0} promised: {1}; no node accepted anything: a gap, which a no-op fills", quorum(),
            who);
    return language.text("{0} promised: {1}; no earlier value, so n{2} proposes its own", quorum(),
                         who, node);
}

std::string Sentences::of_sent(NodeId node, NodeMask to, const Message& message) {
    const Language& language = setting_.language;
    const std::string ballot = text_of(message.ballot);
    const std::string to_whom = receivers(node, to);
    const Memory::Thing request{kind_and(message.kind, node), message.slot, message.ballot.bits(),
                                message.slot_count};
    const std::string again = sent_.has(request) ? language.text("   again: answers are missing")
                                                 : "";
    switch (message.kind) {
        case MessageKind::prepare: {
            sent_.add(request);
            const std::string scope = message.slot_count == 0
                                          ? language.text("   for this round and all after it")
                                          : "";
            return head(message.kind) + language.text("ballot {0}", ballot) + to_whom + scope +
                   again;
        }
        case MessageKind::accept:
            sent_.add(request);
            return head(message.kind) + language.text("{0} value {1}", ballot, value(message)) +
                   to_whom + again;
        case MessageKind::promise:
        case MessageKind::accepted: return of_answer(node, to, message);
        case MessageKind::decide:
            if (message.slot_count == 1) return head(message.kind) + value(message) + to_whom;
            return head(message.kind) + rounds(message) + to_whom +
                   language.text("   the values accepted in these rounds at ballot {0}", ballot);
        case MessageKind::nack:
            return head(message.kind) + ballot + to_whom +
                   language.text("   refused: has promised {0}", text_of(message.promised()));
        case MessageKind::learn:
            return head(message.kind) + rounds(message) + to_whom +
                   language.text("   asks what was decided");
        case MessageKind::none: break;
    }
    return "";
}

std::string Sentences::of_answer(NodeId node, NodeMask to, const Message& message) {
    const Language& language = setting_.language;
    const std::string ballot = text_of(message.ballot), to_whom = receivers(node, to);
    if (message.kind == MessageKind::accepted)
        return head(message.kind) + language.text("{0} value {1}", ballot, value(message)) +
               to_whom;
    const std::string text = head(message.kind) + ballot + to_whom;
    if (!message.accepted().is_none())
        return text + language.text("   accepted {0} at {1} before", value(message),
                                    text_of(message.accepted()));
    return text + (message.slot_count == 0
                       ? language.text("   nothing accepted in this round or any later one")
                       : language.text("   nothing accepted before"));
}

std::string Sentences::of_late(const Message& message) const {
    return setting_.language.text("{0} from n{1} arrived late and is not needed",
                                  name_of(message.kind), message.from);
}

}  // namespace paxos::trace
