// See trace_file.h.
#include "measure/trace_file.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "measure/result_json.h"
#include "measure/text.h"

namespace paxos::measure {
namespace {

struct Event {
    std::uint64_t at_ns;
    Json json;
};

double microseconds(std::uint64_t ns) { return static_cast<double>(ns) / 1000; }

/// The fields that every event of `run` has. The `phase` X marks a span, and i marks an instant.
/// The phases b and e mark the start and the end of a span that may overlap other spans.
Json event(const RunResult& run, const char* phase, int track, const std::string& name,
           std::uint64_t at_ns) {
    return {{"ph", phase},    {"pid", run.repetition + 1}, {"tid", track}, {"name", name},
            {"cat", "paxos"}, {"ts", microseconds(at_ns)}};
}

/// An event that names a process or a track of the trace. Each run is a process of the trace.
/// `what` is "process_name" or "thread_name".
Json name_event(const RunResult& run, const char* what, int track, const std::string& name) {
    return {{"ph", "M"},
            {"pid", run.repetition + 1},
            {"tid", track},
            {"name", what},
            {"args", {{"name", name}}}};
}

void add_turns(const RunResult& run, std::vector<Event>& events) {
    for (const Turn& turn : run.turns) {
        Json json = event(run, "X", turn.node, "turn", turn.begin_ns);
        json["dur"] = microseconds(turn.end_ns - turn.begin_ns);
        json["args"] = {{"cpu_us", microseconds(turn.cpu_ns)},
                        {"context_switches", turn.switches},
                        {"page_faults", turn.page_faults}};
        events.push_back({turn.begin_ns, std::move(json)});
    }
}

void add_decisions(const RunResult& run, int track, std::vector<Event>& events) {
    int id = 0;
    for (const RowResult& row : run.rows) {
        if (!row.explanation) continue;
        for (const SlowDecision& one : row.explanation->slowest) {
            const std::uint64_t begin_ns = one.at_ns - std::min(one.latency_ns, one.at_ns);
            const std::string name = "round " + std::to_string(one.round) + ": " +
                                     text_of(one.cause);
            Json begin = event(run, "b", track, name, begin_ns);
            Json end = event(run, "e", track, name, one.at_ns);
            begin["id2"] = end["id2"] = {
                {"local", std::to_string(++id)}};  // Unique within the run.
            begin["args"] = {{"rounds", one.rounds},
                             {"proposer", "n" + std::to_string(one.node)},
                             {"meanwhile", one.meanwhile}};
            events.push_back({begin_ns, std::move(begin)});
            events.push_back({one.at_ns, std::move(end)});
        }
    }
}

void add_run(const RunResult& run, Json& all) {
    const auto track = static_cast<int>(run.nodes.size());
    all.push_back(name_event(run, "process_name", 0, "run " + std::to_string(run.repetition + 1)));
    for (const NodeResult& node : run.nodes)
        all.push_back(name_event(run, "thread_name", node.id, "n" + std::to_string(node.id)));
    all.push_back(name_event(run, "thread_name", track,
                             "slow decisions; nodes that ended, took over or were left behind"));

    std::vector<Event> events;
    add_turns(run, events);
    add_decisions(run, track, events);
    for (const RunEvent& one : run.events) {
        Json json = event(run, "i", track, "n" + std::to_string(one.node) + " " + one.text,
                          one.at_ns);
        json["s"] = "p";  // Drawn over all tracks of the run.
        events.push_back({one.at_ns, std::move(json)});
    }
    std::ranges::stable_sort(events, {}, &Event::at_ns);
    for (Event& one : events) all.push_back(std::move(one.json));
}

}  // namespace

std::string trace_file(const Report& report) {
    Json all = Json::array();
    for (const RunResult& run : report.runs) add_run(run, all);
    std::string text;
    for (const Json& one : all) text += (text.empty() ? "[\n" : ",\n") + one.dump();
    return (text.empty() ? "[" : text + "\n") + "]\n";
}

}  // namespace paxos::measure
