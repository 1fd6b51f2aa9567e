// See result_json.h. Makes the blocks of the result file that are not about a single repetition:
// build, machine, settings, floor, knee, summary. Also makes the blocks for Google Benchmark.
#include "measure/result_json.h"

#include <algorithm>
#include <cmath>

#include "measure/figures.h"
#include "measure/summary_lines.h"

namespace paxos::measure {
namespace {

/// Writes a member only if its value is known.
template <class Value>
void put(Json& json, const char* name, const std::optional<Value>& value) {
    if (value) json[name] = *value;
}

void put(Json& json, const char* name, const std::string& text) {
    if (!text.empty()) json[name] = text;
}

void put_measured(Json& json, const char* name, double value) {
    if (value > 0) json[name] = value;
}

/// A row in the format of Google Benchmark. All repetitions of a metric have the same name.
Json benchmark(const std::string& name, int family, const Report& report, int repetition,
               std::uint64_t iterations, double real_ns, double cpu_ns) {
    Json row;
    row["name"] = row["run_name"] = name;
    row["family_index"] = family;
    row["per_family_instance_index"] = 0;
    row["run_type"] = "iteration";
    row["repetitions"] = report.repetitions;
    row["repetition_index"] = repetition;
    row["threads"] = 1;
    row["iterations"] = iterations;
    row["real_time"] = real_ns;
    row["cpu_time"] = cpu_ns;
    row["time_unit"] = "ns";
    return row;
}

}  // namespace

Json json_of(const Build& build) {
    return {{"version", build.version},   {"commit", build.commit}, {"dirty", build.dirty},
            {"compiler", build.compiler}, {"flags", build.flags},   {"libraries", build.libraries}};
}

Json json_of(const Environment& environment) {
    Json json = Json::object();
    put(json, "host", environment.host);
    put(json, "kernel", environment.kernel);
    put(json, "architecture", environment.architecture);
    put(json, "cpu_model", environment.cpu_model);
    json["cores_online"] = environment.cores_online;
    json["cores_allowed"] = environment.cores_allowed;
    put(json, "governor", environment.governor);
    put(json, "mhz", environment.mhz);
    put(json, "hypervisor", environment.hypervisor);
    put(json, "memory_bytes", environment.memory_bytes);
    put(json, "rmem_max", environment.rmem_max);
    put(json, "wmem_max", environment.wmem_max);
    put(json, "io_uring_disabled", environment.io_uring_disabled);
    json["load"] = environment.load;
    put(json, "boost", environment.boost);
    put(json, "smt_groups", environment.smt_groups);
    put(json, "isolated", environment.isolated);
    put(json, "nohz_full", environment.nohz_full);
    put(json, "cpu_quota", environment.cpu_quota);
    put(json, "memory_limit", environment.memory_limit);
    put(json, "memory_lock_limit", environment.memory_lock_limit);
    put(json, "may_lock_memory", environment.may_lock_memory);
    put(json, "receive_buffer_size", environment.receive_buffer_size);
    put(json, "io", environment.io);
    put(json, "file_system", environment.file_system);
    put(json, "write_cache", environment.write_cache);
    put(json, "steal", environment.steal);
    return json;
}

Json json_of(const FloorResult& floor) {
    Json json = Json::object();
    put_measured(json, "rtt_ns_p50", floor.rtt_ns_p50);
    put_measured(json, "round_ns_p50", floor.round_ns_p50);
    put_measured(json, "rounds_per_second", floor.rounds_per_second);
    put_measured(json, "decisions_per_second", floor.decisions_per_second);
    put_measured(json, "flush_ns_p50", floor.flush_ns_p50);
    if (!floor.unreliable.empty()) json["unreliable"] = floor.unreliable;
    return json;
}

Json json_of(const Knee& knee) {
    Json json{{"objective", knee.objective.text},
              {"percentile", knee.objective.percentile},
              {"limit_ns", knee.objective.limit_ns},
              {"outcome", name_of(knee.outcome)}};
    put(json, "rate", knee.rate);
    put(json, "missed_rate", knee.missed);
    return json;
}

Json config_of(const Report& report) {
    Json json = Json::object();
    for (const Setting& setting : report.settings) {
        Json entry;
        std::visit([&](const auto& value) { entry["value"] = value; }, setting.value);
        entry["from"] = setting.from;
        json[setting.name] = std::move(entry);
    }
    return json;
}

Json summary_json(const Report& report) {
    Json json;
    json["protocol"] = report.protocol;
    json["nodes"] = report.nodes;
    json["placement"] = report.placement.english;
    for (const Host& host : report.hosts) {
        Json entry{{"node", host.node},
                   {"name", host.name},
                   {"kernel", host.kernel},
                   {"cores_online", host.cores_online}};
        if (host.mtu != 0) entry["mtu"] = host.mtu;
        if (!host.file_system.empty()) entry["file_system"] = host.file_system;
        entry["clock_offset_ns"] = host.clock_offset_ns;
        entry["clock_error_ns"] = host.clock_error_ns;
        json["hosts"].push_back(std::move(entry));
    }
    json["verdict"] = name_of(worst_verdict(report.runs));
    json["degraded"] = is_degraded(report);
    json["rows"] = Json::array();
    for (const RowFigures& row : condense(report.runs, report.floor)) {
        Json entry{{"load", row.load},
                   {"window", row.window},
                   {"repetitions", row.repetitions},
                   {"rounds", row.rounds}};
        if (row.rate_asked != 0) entry["rate"] = row.rate_asked;
        put(entry, "decisions_per_second", row.rate);
        put(entry, "spread", row.spread);
        put(entry, "latency_ns_p50", row.p50_ns);
        put(entry, "latency_ns_p99", row.p99_ns);
        put(entry, "latency_ns_p99_9", row.p99_9_ns);
        put(entry, "latency_ns_max", row.max_ns);
        put(entry, "floor_ratio", row.floor_ratio);
        entry["messages_per_decision"] = row.messages;
        entry["cells_per_decision"] = row.cells;
        entry["datagrams_per_decision"] = row.datagrams;
        json["rows"].push_back(std::move(entry));
    }
    json["notes"] = note_texts(report);
    return json;
}

Json context_of(const Report& report, const std::string& executable) {
    Json json;
    json["date"] = report.date;
    json["host_name"] = report.environment.host;
    json["executable"] = executable;
    json["num_cpus"] = report.environment.cores_online;
    json["mhz_per_cpu"] = std::lround(report.environment.mhz.value_or(0));
    json["cpu_scaling_enabled"] = !report.environment.governor.empty() &&
                                  report.environment.governor != "performance";
    json["load_avg"] = report.environment.load;
    json["library_build_type"] = report.build.flags.find("-O0") == std::string::npos ? "release"
                                                                                     : "debug";
    return json;
}

Json benchmarks_of(const Report& report) {
    Json rows = Json::array();
    std::vector<std::string> families;
    const auto family_of = [&](const std::string& name) {
        const auto found = std::ranges::find(families, name);
        const auto index = static_cast<int>(found - families.begin());
        if (found == families.end()) families.push_back(name);
        return index;
    };
    for (const RunResult& run : report.runs) {
        for (const RowResult& row : run.rows) {
            const std::string name = report.protocol + (report.thrifty ? "_thrifty" : "") +
                                     (report.durable.empty() ? "" : "_durable") +
                                     (report.runs_on_the_wire ? "" : "_without_runs") +
                                     "/nodes:" + std::to_string(report.nodes) +
                                     (report.accept_quorum == 0
                                          ? ""
                                          : "/accept_quorum:" +
                                                std::to_string(report.accept_quorum)) +
                                     (row.rate != 0 ? "/rate:" + std::to_string(row.rate)
                                                    : "/window:" + std::to_string(row.window)) +
                                     "/";
            const auto decisions = static_cast<double>(row.decisions);
            const double cpu_ns = row.decisions > 0 ? static_cast<double>(row.cpu_ns) / decisions
                                                    : 0;
            const auto add = [&](const char* metric, std::optional<double> real_ns) {
                // The metric gets its family number even if this repetition has no figure for the
                // metric.
                const int family = family_of(name + metric);
                if (real_ns && *real_ns > 0)
                    rows.push_back(benchmark(name + metric, family, report, run.repetition,
                                             row.decisions, *real_ns, cpu_ns));
            };
            add("ns_per_decision",
                row.decisions > 0 ? std::optional(static_cast<double>(row.elapsed_ns) / decisions)
                                  : std::nullopt);
            add("latency_p50", percentile(*row.latency, 0.5));
            add("latency_p99", percentile(*row.latency, 0.99));
            add("latency_p99_9", percentile(*row.latency, 0.999));
        }
    }
    const std::string name = "floor/nodes:" + std::to_string(report.nodes) + "/";
    const FloorResult& floor = report.floor;
    if (floor.round_ns_p50 > 0)
        rows.push_back(benchmark(name + "round", family_of(name + "round"), report, 0, 1,
                                 floor.round_ns_p50, floor.round_ns_p50));
    if (floor.decisions_per_second > 0)
        rows.push_back(benchmark(name + "ns_per_decision", family_of(name + "ns_per_decision"),
                                 report, 0, 1, 1e9 / floor.decisions_per_second,
                                 1e9 / floor.decisions_per_second));
    return rows;
}

}  // namespace paxos::measure
