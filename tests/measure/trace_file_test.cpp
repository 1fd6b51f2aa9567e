// The timeline of --trace. It is valid JSON, has a named track for each node, and has its events in
// order of time.
#include "measure/trace_file.h"

#include <map>
#include <set>

#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "support/made_up_report.h"

namespace paxos::measure::trace_file_test {
namespace {

using nlohmann::json;

Report traced_report() {
    Report report = made_up_report(2);
    add_made_up_slices(report);
    add_made_up_explanation(report);
    for (RunResult& run : report.runs)
        for (int node = 4; node >= 0; --node)
            for (const std::uint64_t at : {9'500'000u, 8'000'000u})
                run.turns.push_back({.node = node,
                                     .begin_ns = at,
                                     .end_ns = at + 3'100'500,
                                     .cpu_ns = 2'000,
                                     .switches = 1,
                                     .page_faults = 0});
    return report;
}

TEST(TraceFile, names_a_track_for_each_node_of_each_run) {
    std::map<std::pair<int, int>, std::string> tracks;
    std::map<int, std::string> processes;
    std::set<std::pair<int, int>> used;
    for (const json& event : json::parse(trace_file(traced_report()))) {
        const int run = event.at("pid"), track = event.at("tid");
        if (event.at("name") == "process_name")
            processes[run] = event.at("args").at("name");
        else if (event.at("name") == "thread_name")
            tracks[{run, track}] = event.at("args").at("name");
        else
            used.insert({run, track});
    }
    EXPECT_EQ(processes, (std::map<int, std::string>{{1, "run 1"}, {2, "run 2"}}));
    ASSERT_EQ(tracks.size(), 12u);
    for (const auto& [place, name] : tracks)
        EXPECT_EQ(name, place.second == 5
                            ? "slow decisions; nodes that ended, took over or were left behind"
                            : "n" + std::to_string(place.second));
    EXPECT_EQ(used.size(), tracks.size()) << "every track has events, and every event a track";
}

TEST(TraceFile, has_turns_and_decisions_in_order_of_time) {
    std::map<int, double> last;
    std::map<std::string, int> phases;
    std::map<std::pair<int, std::string>, json> open;
    for (const json& event : json::parse(trace_file(traced_report()))) {
        const std::string phase = event.at("ph");
        ++phases[phase];
        if (phase == "M") continue;
        const int run = event.at("pid");
        EXPECT_GE(event.at("ts").get<double>(), last[run]);
        last[run] = event.at("ts");
        if (phase == "X") {
            EXPECT_EQ(event.at("dur"), 3100.5);
            EXPECT_EQ(event.at("args").at("context_switches"), 1);
        }
        if (phase == "b") open[{run, event.at("id2").at("local")}] = event;
        if (phase != "e") continue;
        const json& begin = open.at({run, event.at("id2").at("local")});
        EXPECT_EQ(begin.at("name"), event.at("name"));
        EXPECT_EQ(begin.at("cat"), event.at("cat"));
    }
    EXPECT_EQ(phases,
              (std::map<std::string, int>{{"M", 14}, {"X", 20}, {"b", 4}, {"e", 4}, {"i", 1}}));
    const json& slowest = open.at({1, "1"});
    EXPECT_EQ(slowest.at("name"), "round 1840: steal");
    EXPECT_EQ(slowest.at("ts"), 12'000.0 - 3'180.0);
    EXPECT_EQ(slowest.at("args").at("meanwhile"), "n0 late by 3.10ms (steal)");
}

TEST(TraceFile, of_no_run_is_an_empty_list) {
    EXPECT_EQ(json::parse(trace_file(made_up_report(0))).size(), 0u);
}

}  // namespace
}  // namespace paxos::measure::trace_file_test
