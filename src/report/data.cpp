// See data.h. src/measure/result_*.cpp writes the fields that are read here, under the same names;
// a test checks this.
#include "report/data.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "base/histogram.h"
#include "measure/result_file.h"
#include "measure/result_json.h"
#include "measure/summary_lines.h"

namespace paxos::report {
namespace {

using measure::Json;

/// The highest percentile in a chart has at least this many samples above it.
constexpr double samples_above = 10;
/// Maximum number of slow decisions of a row, over all its repetitions.
constexpr std::size_t slowest_max = 10;

std::optional<double> figure(const Json& json, const char* name) {
    const auto found = json.find(name);
    return found == json.end() ? std::nullopt : std::optional(found->get<double>());
}

std::string text_of(const Json& value, const char* separator = ",") {
    if (value.is_string()) return value.get<std::string>();
    if (!value.is_array()) return value.dump(-1, ' ', false, Json::error_handler_t::replace);
    std::string text;
    for (const Json& entry : value) text += (text.empty() ? "" : separator) + text_of(entry);
    return text;
}

/// `ns` in the largest unit in which it is a whole number.
std::string time_of(std::uint64_t ns) {
    constexpr std::array<std::pair<std::uint64_t, const char*>, 3> units{
        {{1'000'000'000, "s"}, {1'000'000, "ms"}, {1000, "us"}}};
    for (const auto& [length_ns, unit] : units)
        if (ns != 0 && ns % length_ns == 0) return std::to_string(ns / length_ns) + unit;
    return std::to_string(ns) + "ns";
}

/// The command line that has the same effect as the command line, environment and `.env` of the
/// run.
std::string command_of(const Json& config) {
    std::string text = config.contains("slo") ? "paxos_fast knee" : "paxos_fast";
    for (const auto& [name, setting] : config.items()) {
        if (setting.at("from") == "default") continue;
        const Json& value = setting.at("value");
        const bool is_time = name == "duration" || name == "timeout";
        text += " --" + name;
        if (value.is_boolean())
            text += value.get<bool>() ? "" : "=0";
        else if (name == "slo")
            text += " '" + text_of(value) + "'";
        else
            text += " " + (is_time ? time_of(value.get<std::uint64_t>()) : text_of(value));
    }
    return text;
}

void add_fact(Result& result, const char* label, const Json& from, const char* name) {
    if (const auto found = from.find(name); found != from.end() && !found->empty())
        result.facts.emplace_back(label, text_of(*found, " "));
}

void take_facts(const Json& ours, Result& result) {
    const Json& build = ours.at("build");
    add_fact(result, "date", ours, "date");
    result.facts.emplace_back(
        "build", text_of(build.at("version")) + " (" + text_of(build.at("commit")) +
                     (build.at("dirty").get<bool>() ? ", modified; " : "; ") +
                     text_of(build.at("compiler")) + " " + text_of(build.at("flags")) + ")");
    const Json& environment = ours.at("environment");
    add_fact(result, "host", environment, "host");
    add_fact(result, "kernel", environment, "kernel");
    add_fact(result, "CPU", environment, "cpu_model");
    if (environment.value("hypervisor", false)) result.facts.emplace_back("virtual machine", "yes");
    add_fact(result, "load average", environment, "load");
    const Json& summary = ours.at("summary");
    add_fact(result, "cores", summary, "placement");
    for (const Json& note : summary.at("notes")) result.facts.emplace_back("note", text_of(note));
}

void add_reason(Result& result, const Json& repetition, const std::string& text) {
    const std::string reason = "run " + std::to_string(repetition.get<int>() + 1) + ": " + text;
    if (std::ranges::find(result.reasons, reason) == result.reasons.end())
        result.reasons.push_back(reason);
}

/// In the file, `runs` has one entry for each row of each repetition. The entries of one repetition
/// have the same reasons, so add_reason() drops repeated reasons.
void take_reasons(const Json& ours, Result& result) {
    for (const Json& repetition : ours.at("repetitions"))
        if (const auto failure = repetition.find("failure"); failure != repetition.end())
            add_reason(result, repetition.at("repetition"), text_of(*failure));
    for (const Json& run : ours.at("runs")) {
        if (const auto reason = run.at("safety").find("reason"); reason != run.at("safety").end())
            add_reason(result, run.at("repetition"), text_of(*reason));
        for (const Json& node : run.at("nodes")) {
            const Json& ended = node.at("ended");
            if (!ended.at("alive_at_end").get<bool>())
                add_reason(result, run.at("repetition"),
                           "n" + text_of(node.at("id")) + " " + text_of(node.at("state")) +
                               ", near round " + text_of(ended.at("near_round")));
        }
    }
}

Row row_of(const Json& summary) {
    Row row;
    row.load = text_of(summary.at("load"));
    row.window = summary.at("window").get<std::uint32_t>();
    row.rate_asked = summary.value("rate", std::uint64_t{0});
    row.repetitions = summary.at("repetitions").get<unsigned>();
    row.rounds = summary.at("rounds").get<std::uint64_t>();
    row.rate = figure(summary, "decisions_per_second");
    row.spread = figure(summary, "spread");
    row.p50_ns = figure(summary, "latency_ns_p50");
    row.p99_ns = figure(summary, "latency_ns_p99");
    row.p99_9_ns = figure(summary, "latency_ns_p99_9");
    row.max_ns = figure(summary, "latency_ns_max");
    row.floor_ratio = figure(summary, "floor_ratio");
    row.messages = figure(summary, "messages_per_decision").value_or(0);
    row.cells = figure(summary, "cells_per_decision").value_or(0);
    row.datagrams = figure(summary, "datagrams_per_decision").value_or(0);
    row.label = load_text(row);
    row.floor = floor_ratio_text(row);
    return row;
}

/// Sets the histogram of `row` to the sum of the histograms of `runs`. The highest bucket ends at
/// the maximum.
void take_histogram(const std::vector<const Json*>& runs, Row& row) {
    const auto counts = std::make_unique<std::uint64_t[]>(Histogram::bucket_count);
    double sum = 0, samples = 0;
    for (const Json* run : runs) {
        const Json& latency = run->at("latency_ns");
        for (const Json& bucket : latency.at("histogram"))
            counts[Histogram::index_of(bucket.at(0).get<std::uint64_t>())] +=
                bucket.at(1).get<std::uint64_t>();
        const auto count = latency.at("samples").get<double>();
        sum += figure(latency, "mean").value_or(0) * count;
        samples += count;
    }
    if (samples > 0) row.mean_ns = sum / samples;
    for (std::size_t i = 0; i < Histogram::bucket_count; ++i)
        if (counts[i] > 0)
            row.histogram.push_back(
                {Histogram::bucket_low(i), Histogram::bucket_high(i), counts[i]});
    if (!row.histogram.empty() && row.max_ns)
        row.histogram.back().high_ns = static_cast<std::uint64_t>(*row.max_ns);
}

void take_percentiles(Row& row) {
    double samples = 0, below = 0;
    for (const Bucket& bucket : row.histogram) samples += static_cast<double>(bucket.samples);
    for (const Bucket& bucket : row.histogram) {
        // The fraction `below / samples` of all latencies is at or below the end of this bucket.
        below += static_cast<double>(bucket.samples);
        const double above = std::max(samples - below, samples_above);
        if (samples > samples_above)
            row.percentiles.emplace_back(samples / above, static_cast<double>(bucket.high_ns));
        if (samples - below <= samples_above) return;
    }
}

void take_slices(const Json& run, Row& row) {
    const auto slices = run.find("slices");
    if (slices == run.end()) return;  // Files of older versions have no slices.
    for (const Json& entry : *slices) {
        Slice& slice = row.slices.emplace_back();
        slice.repetition = run.at("repetition").get<int>();
        slice.begin_ns = entry.at("begin_ns").get<std::uint64_t>();
        slice.end_ns = entry.at("end_ns").get<std::uint64_t>();
        slice.decisions = entry.at("decisions").get<std::uint64_t>();
        if (entry.contains("p50_ns")) slice.p50_ns = entry["p50_ns"].get<std::uint64_t>();
        if (entry.contains("p99_ns")) slice.p99_ns = entry["p99_ns"].get<std::uint64_t>();
    }
}

measure::Cause cause_of(const std::string& name) {
    for (std::size_t i = 0; i < measure::cause_count; ++i)
        if (const auto cause = static_cast<measure::Cause>(i); name == name_of(cause)) return cause;
    return measure::Cause::unknown;
}

void take_slow(const Json& run, Row& row) {
    const auto slow = run.find("slow");
    if (slow == run.end()) return;
    for (const auto& [name, count] : slow->at("causes").items())
        row.causes[static_cast<std::size_t>(cause_of(name))] += count.get<std::uint64_t>();
    for (const Json& entry : slow->at("slowest")) {
        SlowDecision& one = row.slowest.emplace_back();
        one.repetition = run.at("repetition").get<int>();
        one.round = entry.at("round").get<std::uint64_t>();
        one.rounds = entry.at("rounds").get<std::uint64_t>();
        one.latency_ns = entry.at("latency_ns").get<std::uint64_t>();
        one.at_ns = entry.at("at_ns").get<std::uint64_t>();
        one.node = entry.at("node").get<int>();
        one.cause = cause_of(text_of(entry.at("cause")));
        one.meanwhile = text_of(entry.at("meanwhile"));
    }
}

void take_events(const Json& repetition, Result& result) {
    const auto events = repetition.find("events");
    if (events == repetition.end()) return;
    for (const Json& event : *events)
        result.events.push_back(
            {.repetition = repetition.at("repetition").get<int>(),
             .at_ns = event.at("at_ns").get<std::uint64_t>(),
             .text = "n" + text_of(event.at("node")) + " " + text_of(event.at("text"))});
}

void take_knee(const Json& ours, Result& result) {
    using Outcome = measure::Knee::Outcome;
    const auto found = ours.find("knee");
    if (found == ours.end()) return;
    measure::Knee& knee = result.knee.emplace();
    knee.objective.text = text_of(found->at("objective"));
    knee.objective.percentile = text_of(found->at("percentile"));
    knee.objective.limit_ns = found->at("limit_ns").get<std::uint64_t>();
    if (found->contains("rate")) knee.rate = found->at("rate").get<std::uint64_t>();
    if (found->contains("missed_rate")) knee.missed = found->at("missed_rate").get<std::uint64_t>();
    const std::string outcome = text_of(found->at("outcome"));
    for (const Outcome one : {Outcome::found, Outcome::never_met, Outcome::always_met,
                              Outcome::unsettled, Outcome::stopped})
        if (name_of(one) == outcome) knee.outcome = one;
}

void take_trace(const Json& trace, std::vector<measure::TracedEvent>& events) {
    for (const Json& event : trace)
        events.push_back({.at_ns = event.at("at_ns").get<std::uint64_t>(),
                          .node = event.value("node", -1),
                          .event = event.at("event").get<std::string>(),
                          .message = event.value("message", std::string()),
                          .from = event.value("from", -1),
                          .nodes = event.value("nodes", std::vector<int>()),
                          .round = event.value("round", std::uint64_t{0}),
                          .rounds = event.value("rounds", std::uint64_t{1}),
                          .ballot = event.value("ballot", std::string()),
                          .value = event.value("value", std::string()),
                          .sentence = event.at("sentence").get<std::string>()});
}

/// Reads the diagram. With --log a file has only one repetition.
void take_diagram(const Json& ours, Result& result) {
    std::vector<measure::TracedEvent> events;
    for (const Json& repetition : ours.at("repetitions"))
        if (const auto trace = repetition.find("trace"); trace != repetition.end())
            take_trace(*trace, events);
    result.diagram = diagram_of(events, result.nodes);
}

/// Sets the members of `row` that are computed from its repetitions. `runs` has, for each
/// repetition, the entry of this row in the result file.
void take_repetitions(const std::vector<const Json*>& runs, Row& row) {
    for (const Json* run : runs) {
        if (const auto rate = figure(*run, "decisions_per_second")) row.rates.push_back(*rate);
        take_slices(*run, row);
        take_slow(*run, row);
        const Json& costs = run->at("costs");
        row.cpu_ns.resize(std::max(row.cpu_ns.size(), costs.size()));
        for (std::size_t node = 0; node < costs.size(); ++node)
            row.cpu_ns[node] += (figure(costs[node], "cpu_user_ns_per_decision").value_or(0) +
                                 figure(costs[node], "cpu_system_ns_per_decision").value_or(0)) /
                                static_cast<double>(runs.size());
    }
    std::ranges::stable_sort(row.slowest, std::ranges::greater{}, &SlowDecision::latency_ns);
    if (row.slowest.size() > slowest_max) row.slowest.resize(slowest_max);
    take_histogram(runs, row);
    take_percentiles(row);
}

void take_rows(const Json& ours, Result& result) {
    for (const Json& summary : ours.at("summary").at("rows")) {
        Row row = row_of(summary);
        std::vector<const Json*> runs;
        for (const Json& run : ours.at("runs"))
            if (run.at("window") == summary.at("window") &&
                run.value("rate", std::uint64_t{0}) == summary.value("rate", std::uint64_t{0}) &&
                run.at("decisions").get<std::uint64_t>() > 0)
                runs.push_back(&run);
        take_repetitions(runs, row);
        result.rows.push_back(std::move(row));
    }
}

void take_all(const Json& ours, Result& result) {
    const Json& summary = ours.at("summary");
    result.protocol = text_of(summary.at("protocol"));
    result.nodes = summary.at("nodes").get<int>();
    result.verdict = text_of(summary.at("verdict"));
    result.degraded = summary.at("degraded").get<bool>();
    result.command = command_of(ours.at("config"));
    result.floor_round_ns = figure(ours.at("floor"), "round_ns_p50");
    result.floor_rate = figure(ours.at("floor"), "decisions_per_second");
    take_reasons(ours, result);
    for (const Json& repetition : ours.at("repetitions")) take_events(repetition, result);
    take_facts(ours, result);
    take_rows(ours, result);
    take_knee(ours, result);
    take_diagram(ours, result);
}

/// Reads a file of `sim --log --json`.
void take_world(const Json& file, Result& result) {
    const Json& log = file.at("log");
    result.is_simulated = true;
    result.protocol = text_of(log.at("protocol"));
    result.nodes = log.at("nodes").get<int>();
    result.verdict = text_of(file.at("verdict"));
    result.command = text_of(log.at("replay")) + " --log";
    if (const auto failure = file.find("failure"); failure != file.end())
        result.reasons.push_back(text_of(failure->at("what")));
    std::vector<measure::TracedEvent> events;
    take_trace(log.at("trace"), events);
    result.diagram = diagram_of(events, result.nodes);
}

}  // namespace

bool data_of(const std::string& path, std::string_view text, Result& result, std::string& why) {
    result = {};
    result.path = path;
    try {
        const Json file = Json::parse(text);
        if (file.is_object() && file.contains("log")) {
            take_world(file, result);
            return true;
        }
        if (!file.is_object() || !file.contains("paxos_fast")) {
            why = path + ": is not a result file of paxos_fast (--json FILE writes one)";
            return false;
        }
        const Json& ours = file.at("paxos_fast");
        if (ours.at("schema") != measure::result_schema) {
            why = path + ": has schema " + ours.at("schema").dump() +
                  ", but this paxos_fast reads only schema " +
                  std::to_string(measure::result_schema) +
                  "; use the version of paxos_fast that wrote the file";
            return false;
        }
        take_all(ours, result);
        return true;
    } catch (const Json::parse_error&) {
        why = path + ": is not JSON, or is truncated";
    } catch (const Json::exception& error) {
        why = path + ": is not a complete result file: " + error.what();
    }
    return false;
}

}  // namespace paxos::report
