// See traced.h.
#include "cluster/traced.h"

#include <algorithm>

#include "cluster/value_text.h"
#include "paxos/variants.h"

namespace paxos::cluster {
namespace {

const char* name_of(EventKind kind) {
    switch (kind) {
        case EventKind::sent: return "sent";
        case EventKind::late: return "late";
        case EventKind::stale: return "stale";
        case EventKind::quorum_promised: return "quorum_promised";
        case EventKind::quorum_accepted: return "quorum_accepted";
        case EventKind::learned: return "learned";
        case EventKind::preempted: return "preempted";
        case EventKind::resumed: return "resumed";
        case EventKind::took_over: return "took_over";
        case EventKind::stepped_down: return "stepped_down";
        case EventKind::lost_quorum: return "lost_quorum";
        case EventKind::left_behind: return "left_behind";
    }
    return "";
}

bool has_value(const Event& event) {
    return event.kind == EventKind::learned || event.kind == EventKind::quorum_accepted ||
           (event.message.kind != MessageKind::none && event.message.value_count() != 0);
}

}  // namespace

trace::Setting setting_of(const node::Plan& plan, const Language& language, std::size_t columns) {
    trace::Setting setting;
    setting.columns = columns;
    setting.language = language;
    setting.nodes = plan.nodes;
    setting.accept_quorum = plan.accept_quorum;
    setting.warmup = plan.warmup;
    setting.phase_1_for_all = traits_of(plan.protocol).scope == PromiseScope::whole_log;
    setting.round_first = plan.log_first;
    const Slot end = plan.slot_end();
    setting.round_end = std::min(plan.log_end, end == ~Slot{0} ? end : end - plan.warmup);
    setting.text_of_value = [&plan](const Value& value) { return text_of(plan, value); };
    return setting;
}

measure::TracedEvent traced(const node::Plan& plan, const trace::Narrator::Printed& printed) {
    measure::TracedEvent result;
    result.at_ns = printed.since;
    result.sentence = printed.sentence;
    if (printed.event == nullptr) return result;
    const Event& event = *printed.event;
    const Message& message = event.message;
    result.node = printed.node;
    result.event = name_of(event.kind);
    if (message.kind != MessageKind::none) result.message = trace::name_of(message.kind);
    if (event.kind == EventKind::late || event.kind == EventKind::stale) result.from = message.from;
    event.mask.for_each([&](NodeId other) { result.nodes.push_back(other); });
    result.round = message.slot - plan.warmup;
    result.rounds = message.slot_count;
    if (!message.ballot.is_none()) result.ballot = trace::text_of(message.ballot);
    if (has_value(event)) result.value = text_of(plan, message.value);
    return result;
}

}  // namespace paxos::cluster
