// See sim_log.h.
#include "cli/sim/sim_log.h"

#include <utility>

#include "cluster/traced.h"
#include "cluster/value_text.h"
#include "paxos/variants.h"

namespace paxos::cli {

SimLog::SimLog(SlotRange rounds, std::size_t kept_max, bool keeps_last)
    : rounds_(rounds), kept_max_(kept_max), keeps_last_(keeps_last) {}

void SimLog::on_event(Tick now, NodeId node, const Event& event) {
    if (event.message.slot >= rounds_.first && event.message.slot < rounds_.end)
        keep({{now, event}, node, {}});
}

void SimLog::on_world(Tick now, const std::string& what) { keep({{now, Event{}}, 0, what}); }

void SimLog::keep(Entry entry) {
    if (kept_.size() < kept_max_) {
        kept_.push_back(std::move(entry));
        return;
    }
    ++left_out_;
    if (!keeps_last_) return;
    kept_.pop_front();
    kept_.push_back(std::move(entry));
}

SimLog::Narration SimLog::narrate(const sim::Draw& draw) const {
    node::Plan plan;
    plan.nodes = draw.nodes;
    Narration narration;
    trace::Narrator narrator(
        {.nodes = draw.nodes,
         .warmup = 0,
         .phase_1_for_all = traits_of(draw.protocol).scope == PromiseScope::whole_log,
         .round_first = rounds_.first,
         .round_end = rounds_.end,
         .text_of_value = [&](const Value& value) { return cluster::text_of(plan, value); }},
        [&](const std::string& line) { narration.lines.push_back(line); },
        [&](const trace::Narrator::Printed& printed) {
            narration.trace.push_back(cluster::traced(plan, printed));
        });
    std::swap(narration.heads, narration.lines);
    for (const Entry& entry : kept_) {
        if (entry.world.empty())
            narrator.add(entry.node, entry.record);
        else
            narrator.remark(entry.record.at, entry.world);
    }
    narrator.finish(0);
    return narration;
}

}  // namespace paxos::cli
