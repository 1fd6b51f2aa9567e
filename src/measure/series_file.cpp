// See series_file.h.
#include "measure/series_file.h"

#include <algorithm>

#include "measure/result_json.h"

namespace paxos::measure {
namespace {

struct Line {
    std::uint64_t at_ns;
    Json json;
};

Json json_of(const RowResult& row, const Slice& slice) {
    Json json{{"repetition", row.repetition}, {"load", row.load}, {"window", row.window}};
    if (row.rate > 0) json["rate"] = row.rate;
    json["begin_ns"] = slice.begin_ns;
    json["end_ns"] = slice.end_ns;
    json["decisions"] = slice.decisions;
    if (slice.end_ns > slice.begin_ns)
        json["decisions_per_second"] = static_cast<double>(slice.decisions) * 1e9 /
                                       static_cast<double>(slice.end_ns - slice.begin_ns);
    if (slice.p50_ns) json["latency_ns_p50"] = *slice.p50_ns;
    if (slice.p99_ns) json["latency_ns_p99"] = *slice.p99_ns;
    return json;
}

std::vector<Line> lines_of(const RunResult& run) {
    std::vector<Line> lines;
    for (const RowResult& row : run.rows)
        for (const Slice& slice : row.slices)
            lines.push_back({slice.begin_ns, json_of(row, slice)});
    for (const RunEvent& event : run.events)
        lines.push_back({event.at_ns,
                         {{"repetition", run.repetition},
                          {"at_ns", event.at_ns},
                          {"node", event.node},
                          {"event", event.text}}});
    std::ranges::stable_sort(lines, {}, &Line::at_ns);
    return lines;
}

}  // namespace

std::string series_file(const Report& report) {
    std::string text;
    for (const RunResult& run : report.runs)
        for (const Line& line : lines_of(run)) text += line.json.dump() + "\n";
    return text;
}

}  // namespace paxos::measure
