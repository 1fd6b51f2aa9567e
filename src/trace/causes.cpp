// See causes.h.
#include "trace/causes.h"

#include <algorithm>

#include "paxos/random.h"

namespace paxos::trace {
namespace {

/// Used instead of a slot for a message about the whole log.
constexpr Slot whole_log = ~Slot{0};
/// Used instead of a slot for the cause of a preemption. The cause is a PREPARE or ACCEPT at the
/// higher ballot, whatever its slots are.
constexpr Slot any_slot = ~Slot{0} - 1;

bool is_request(MessageKind kind) {
    return kind == MessageKind::prepare || kind == MessageKind::accept;
}

}  // namespace

std::size_t Causes::Hash::operator()(const Cause& cause) const {
    const std::uint64_t who = static_cast<std::uint64_t>(cause.kind) << 8 | cause.node;
    return mix(mix(cause.ballot ^ who << 48) ^ cause.slot);
}

/// Calls `visit` with each Cause that stands for `event`.
template <class Visit>
void Causes::for_each_cause(NodeId node, const Event& event, Visit&& visit) {
    const Message& message = event.message;
    if (event.kind == EventKind::quorum_accepted)
        return visit(Cause{MessageKind::none, node, 0, message.slot});
    if (event.kind != EventKind::sent) return;
    const std::uint64_t ballot = message.kind == MessageKind::decide ? 0 : message.ballot.bits();
    if (is_request(message.kind)) visit(Cause{message.kind, node, ballot, any_slot});
    if (message.slot_count == 0) return visit(Cause{message.kind, node, ballot, whole_log});
    for (Slot slot = message.slot; slot < message.slot + message.slot_count; ++slot)
        visit(Cause{message.kind, node, ballot, slot});
}

void Causes::hold(NodeId node, const Event& event) {
    for_each_cause(node, event, [&](const Cause& cause) { ++states_[cause].held; });
}

void Causes::release(NodeId node, const Event& event) {
    for_each_cause(node, event, [&](const Cause& cause) {
        State& state = states_[cause];
        state.held -= std::min(state.held, 1U);
        if (state.is_printed) return;
        state.is_printed = true;
        printed_.push_back(cause);
    });
    while (printed_.size() > printed_max) {
        const auto oldest = states_.find(printed_.front());
        printed_.pop_front();
        if (oldest->second.held == 0)
            states_.erase(oldest);
        else
            oldest->second.is_printed = false;
    }
}

void Causes::look_up(const Cause& cause, Known& known) const {
    const auto found = states_.find(cause);
    if (found == states_.end()) return;
    known.is_held = known.is_held || found->second.held != 0;
    known.is_printed = known.is_printed || found->second.is_printed;
}

bool Causes::must_wait_for(NodeId from, MessageKind kind, const Message& message) const {
    const std::uint64_t ballot = kind == MessageKind::decide ? 0 : message.ballot.bits();
    Known known;
    look_up({kind, from, ballot, message.slot_count == 0 ? whole_log : message.slot}, known);
    if (kind == MessageKind::prepare || kind == MessageKind::promise)
        look_up({kind, from, ballot, whole_log}, known);
    return known.must_wait();
}

bool Causes::must_wait_for_decision(NodeId node, Slot slot) const {
    Known own, others;
    look_up({MessageKind::none, node, 0, slot}, own);
    if (own.is_printed) return false;
    for (std::size_t other = 0; other < nodes_; ++other)
        if (other != node)
            look_up({MessageKind::decide, static_cast<NodeId>(other), 0, slot}, others);
    return others.must_wait();
}

bool Causes::is_answer_waiting(NodeId node, const Message& answer) const {
    const NodeId asker = answer.ballot.node();
    if (asker == node) return false;
    switch (answer.kind) {
        case MessageKind::promise: return must_wait_for(asker, MessageKind::prepare, answer);
        case MessageKind::accepted: return must_wait_for(asker, MessageKind::accept, answer);
        case MessageKind::nack:
            return must_wait_for(asker, MessageKind::prepare, answer) ||
                   must_wait_for(asker, MessageKind::accept, answer);
        default: return false;
    }
}

bool Causes::is_quorum_waiting(NodeId node, NodeMask voters, MessageKind kind,
                               const Message& message) const {
    bool waits = false;
    (voters - NodeMask::of(node)).for_each([&](NodeId voter) {
        waits = waits || must_wait_for(voter, kind, message);
    });
    return waits;
}

bool Causes::is_waiting(NodeId node, const Event& event) const {
    const Message& message = event.message;
    switch (event.kind) {
        case EventKind::sent: return is_answer_waiting(node, message);
        case EventKind::late:
        case EventKind::stale:
            return message.from != node && must_wait_for(message.from, message.kind, message);
        case EventKind::quorum_promised:
            return is_quorum_waiting(node, event.mask, MessageKind::promise, message);
        case EventKind::quorum_accepted:
            return is_quorum_waiting(node, event.mask, MessageKind::accepted, message);
        case EventKind::learned: return must_wait_for_decision(node, message.slot);
        case EventKind::preempted: {
            Known known;
            for (const MessageKind kind : {MessageKind::prepare, MessageKind::accept})
                look_up({kind, message.promised().node(), message.detail, any_slot}, known);
            return message.promised().node() != node && known.must_wait();
        }
        default: return false;
    }
}

}  // namespace paxos::trace
