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

std::vector<std::string> Sentences::introduction() const {
    const Options options{
        .nodes = setting_.nodes, .accept_quorum = setting_.accept_quorum, .timing = {}};
    const Quorums quorums = options.quorums();
    const std::string of_nodes = " of " + std::to_string(setting_.nodes) + " nodes";
    const std::string accept = std::to_string(quorums.accept.size()) + of_nodes;
    const std::string quorum_text = setting_.accept_quorum == 0
                                        ? accept + " are a majority."
                                        : std::to_string(quorums.prepare.size()) + of_nodes +
                                              ", then " + accept + ".";
    const std::string once = setting_.phase_1_for_all ? ", once for all rounds," : "";
    return {
        "Each round decides one value, in two phases; " + quorum_text,
        "PREPARE" + once + " asks all to ignore lower ballots. A PROMISE",
        "agrees and tells what its node accepted: the latest must be proposed again.",
        "ACCEPT asks all to accept a value. Once a " + quorum() + " ACCEPTED it, it is decided",
        "for ever, and DECIDE informs all. A node's vote for itself takes no message.",
    };
}

std::string Sentences::receivers(NodeId node, NodeMask to) const {
    NodeMask others = NodeMask::first(setting_.nodes);
    others.remove(node);
    return " -> " + (to == others && to.count() > 1 ? std::string("all") : names_of(to));
}

std::string Sentences::rounds(const Message& message) const {
    const std::uint64_t first = message.slot - setting_.warmup;
    if (message.slot_count <= 1) return "round " + std::to_string(first);
    return "rounds " + std::to_string(first) + " to " +
           std::to_string(first + message.slot_count - 1);
}

std::string Sentences::of(NodeId node, const Event& event) {
    const Message& message = event.message;
    if (!setting_.shows(message.slot)) return "";
    const Memory::Thing decided_here{node, message.slot, 0, 0};
    switch (event.kind) {
        case EventKind::sent: return of_sent(node, event.mask, message);
        case EventKind::late: return of_late(message);
        case EventKind::stale:
            return name_of(message.kind) + " of n" + std::to_string(message.from) +
                   " ignored: its round is outside this node's log ring";
        case EventKind::quorum_promised: return of_quorum_promised(event.mask, message);
        case EventKind::quorum_accepted:
            decided_.add(decided_here);
            return quorum() + " accepted: " + names_of(event.mask) + "; decided " + value(message);
        case EventKind::learned:
            return decided_.has(decided_here) ? "" : "learned " + value(message);
        case EventKind::preempted:
            proposed_.add(node);
            return "preempted: " + text_of(message.promised()) + " is higher; gives up " +
                   text_of(message.ballot) + " for a while";
        case EventKind::resumed:
            return proposed_.has(node) ? "proposes again, with ballot " + text_of(message.ballot)
                                       : "";
        case EventKind::took_over:
            proposed_.add(node);
            return "hears no proposer; takes over with ballot " + text_of(message.ballot);
        case EventKind::stepped_down:
            proposed_.add(node);
            return "steps down: others forgot rounds that it would have to recover first";
        case EventKind::lost_quorum:
            proposed_.add(node);
            return "steps down: it no longer hears a " + quorum() + " that hears it";
        case EventKind::left_behind:
            return "left behind: the others no longer hold the earlier rounds; skips them";
    }
    return "";
}

std::string Sentences::of_quorum_promised(NodeMask by, const Message& message) {
    const std::string text = quorum() + " promised: " + names_of(by) + "; ";
    if (message.slot_count == 0) return text + "it leads, for this round and all after it";
    if (message.accepted().is_none()) {
        const bool is_gap = setting_.phase_1_for_all && message.value.is_no_op();
        return text + (is_gap ? "no node accepted anything: a gap, which a no-op fills"
                              : "no earlier value, so it proposes its own");
    }
    return text + "it must propose " + value(message) + ", accepted at " +
           text_of(message.accepted());
}

std::string Sentences::of_sent(NodeId node, NodeMask to, const Message& message) {
    const std::string ballot = text_of(message.ballot);
    const std::string to_whom = receivers(node, to);
    const Memory::Thing request{kind_and(message.kind, node), message.slot, message.ballot.bits(),
                                message.slot_count};
    const std::string again = sent_.has(request) ? "   again: answers are missing" : "";
    switch (message.kind) {
        case MessageKind::prepare:
            sent_.add(request);
            return head(message.kind) + "ballot " + ballot + to_whom +
                   (message.slot_count == 0 ? "   for this round and all after it" : "") + again;
        case MessageKind::accept:
            sent_.add(request);
            return head(message.kind) + ballot + " value " + value(message) + to_whom + again;
        case MessageKind::promise:
        case MessageKind::accepted: return of_answer(node, to, message);
        case MessageKind::decide:
            if (message.slot_count == 1) return head(message.kind) + value(message) + to_whom;
            return head(message.kind) + rounds(message) + to_whom +
                   "   what was accepted there at " + ballot;
        case MessageKind::nack:
            return head(message.kind) + ballot + to_whom + "   refused: has promised " +
                   text_of(message.promised());
        case MessageKind::learn:
            return head(message.kind) + rounds(message) + to_whom + "   asks what was decided";
        case MessageKind::none: break;
    }
    return "";
}

std::string Sentences::of_answer(NodeId node, NodeMask to, const Message& message) {
    std::string text = head(message.kind) + text_of(message.ballot);
    if (message.kind == MessageKind::accepted) text += " value " + value(message);
    text += receivers(node, to);
    if (message.kind == MessageKind::accepted) return text;
    if (!message.accepted().is_none())
        return text + "   accepted " + value(message) + " at " + text_of(message.accepted()) +
               " before";
    return text + (message.slot_count == 0 ? "   nothing accepted from here on"
                                           : "   nothing accepted before");
}

std::string Sentences::of_late(const Message& message) {
    return name_of(message.kind) + " of n" + std::to_string(message.from) +
           " arrives late; not needed";
}

}  // namespace paxos::trace
