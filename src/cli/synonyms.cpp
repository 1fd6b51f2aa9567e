// See synonyms.h.
#include "cli/synonyms.h"

#include <algorithm>
#include <array>
#include <span>

namespace paxos::cli {
namespace {

constexpr std::string_view for_files[]{"output", "o", "out", "export-json", "result", "file"};
constexpr std::string_view for_counts[]{"n", "count", "c", "number"};
constexpr std::string_view for_nodes[]{"servers", "replicas", "processes", "size", "cluster"};
constexpr std::string_view for_rounds[]{"requests", "iterations", "slots", "ops", "decisions"};
constexpr std::string_view for_windows[]{"concurrency", "in-flight", "inflight", "depth",
                                         "iodepth",     "pipeline",  "batch"};
constexpr std::string_view for_times[]{"time", "t", "d", "runtime", "z"};
constexpr std::string_view for_repetitions[]{"reps", "repeat", "r"};
constexpr std::string_view for_rates[]{"qps", "rps", "throughput"};
constexpr std::string_view for_logs[]{"verbose", "v", "debug"};
constexpr std::string_view for_faults[]{"loss", "drop", "kill", "delay", "chaos"};
constexpr std::string_view for_cores[]{"threads", "cpus", "cpu", "j", "jobs", "pin"};
constexpr std::string_view for_quiet[]{"silent", "s", "no-tui"};

struct ForeignNames {
    std::span<const std::string_view> names;
    std::string_view text;
};
constexpr ForeignNames advices[]{
    {for_files, "--json FILE writes the result file"},
    {for_counts, "--nodes N sets the number of nodes, --rounds R the number of rounds"},
    {for_nodes, "--nodes N sets the number of nodes"},
    {for_rounds, "--rounds R sets the number of rounds"},
    {for_windows, "--window W sets the rounds in flight"},
    {for_times, "--duration TIME sets the time"},
    {for_repetitions, "--repetitions N sets the number of runs"},
    {for_rates, "--rate R sets the rate"},
    {for_logs, "--log shows every message; -V prints the version"},
    {for_faults, "--faults loss=1%,kill=0@50% injects faults"},
    {for_cores, "each node is a process; --cores LIST chooses their cores"},
    {for_quiet, "-q prints one line"},
};

}  // namespace

std::string_view advice_on(std::string_view option) {
    for (const ForeignNames& foreign : advices)
        if (std::ranges::find(foreign.names, option) != foreign.names.end()) return foreign.text;
    return {};
}

}  // namespace paxos::cli
