// See sim_story.h.
#include "cli/sim_story.h"

#include <utility>

#include "cluster/value_text.h"
#include "paxos/variants.h"
#include "trace/narrator.h"

namespace paxos::cli {

SimStory::SimStory(SlotRange rounds, std::size_t kept_max, bool keeps_last)
    : rounds_(rounds), kept_max_(kept_max), keeps_last_(keeps_last) {}

void SimStory::on_event(Tick now, NodeId node, const Event& event) {
    if (event.message.slot >= rounds_.first && event.message.slot < rounds_.end)
        keep({{now, event}, node, {}});
}

void SimStory::on_world(Tick now, const std::string& what) { keep({{now, Event{}}, 0, what}); }

void SimStory::keep(Happening happening) {
    if (kept_.size() < kept_max_) {
        kept_.push_back(std::move(happening));
        return;
    }
    ++left_out_;
    if (!keeps_last_) return;
    kept_.pop_front();
    kept_.push_back(std::move(happening));
}

std::vector<std::string> SimStory::tell(const sim::Draw& draw, bool introduces) const {
    node::Plan plan;
    plan.nodes = draw.nodes;
    std::vector<std::string> lines;
    trace::Narrator narrator(
        {.nodes = draw.nodes,
         .warmup = 0,
         .phase_1_for_all = traits_of(draw.protocol).scope == PromiseScope::whole_log,
         .round_first = rounds_.first,
         .round_end = rounds_.end,
         .text_of_value = [&](const Value& value) { return cluster::text_of(plan, value); }},
        [&](const std::string& line) { lines.push_back(line); });
    if (!introduces) lines.clear();
    for (const Happening& happening : kept_) {
        if (happening.world.empty())
            narrator.add(happening.node, happening.record);
        else
            narrator.remark(happening.record.at, happening.world);
    }
    narrator.finish(0);
    return lines;
}

}  // namespace paxos::cli
