// Makes the entries of the result file for one row of a repetition, and for a whole repetition.
#include <fmt/format.h>

#include "measure/figures.h"
#include "measure/result_json.h"
#include "measure/text.h"

namespace paxos::measure {
namespace {

Json latency_of(const Histogram& histogram) {
    Json json = Json::object();
    if (histogram.samples() > 0) json["min"] = histogram.min();
    const std::pair<const char*, double> percentiles[] = {
        {"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99_9", 0.999}, {"p99_99", 0.9999}};
    for (const auto& [name, fraction] : percentiles)
        if (is_enough(histogram.samples(), fraction)) json[name] = histogram.percentile(fraction);
    if (histogram.samples() > 0) {
        json["max"] = histogram.max();
        json["mean"] = histogram.mean();
    }
    json["samples"] = histogram.samples();
    json["histogram"] = Json::array();
    for (std::size_t index = 0; index < Histogram::bucket_count; ++index)
        if (histogram.bucket(index) > 0)
            json["histogram"].push_back({Histogram::bucket_low(index), histogram.bucket(index)});
    return json;
}

Json messages_of(const RowResult& row) {
    const auto sent = [&](MessageKind kind) {
        return row.messages[static_cast<std::size_t>(kind)];
    };
    return {{"prepare", sent(MessageKind::prepare)}, {"promise", sent(MessageKind::promise)},
            {"accept", sent(MessageKind::accept)},   {"accepted", sent(MessageKind::accepted)},
            {"decide", sent(MessageKind::decide)},   {"nack", sent(MessageKind::nack)},
            {"learn", sent(MessageKind::learn)},     {"resent", row.resent}};
}

/// The cost of the row at each node. CPU times are those that the kernel accounted to the node.
Json costs_of(const RowResult& row) {
    Json json = Json::array();
    const auto decisions = static_cast<double>(row.decisions);
    for (const NodeCost& cost : row.costs) {
        Json entry{{"id", json.size()}};
        if (row.decisions > 0) {
            entry["cpu_user_ns_per_decision"] = static_cast<double>(cost.cpu_user_ns) / decisions;
            entry["cpu_system_ns_per_decision"] = static_cast<double>(cost.cpu_system_ns) /
                                                  decisions;
        }
        entry["datagrams_sent"] = cost.datagrams_sent;
        entry["datagrams_received"] = cost.datagrams_received;
        entry["enters"] = cost.enters;
        if (cost.enters > 0)
            entry["messages_per_enter"] = static_cast<double>(cost.messages_sent) /
                                          static_cast<double>(cost.enters);
        json.push_back(std::move(entry));
    }
    return json;
}

Json json_of(const NodeResult& node) {
    Json json{{"id", node.id},
              {"pid", node.pid},
              {"core", node.core},
              {"state", node.state},
              {"learned", node.learned},
              {"skipped", node.skipped},
              {"cpu_ns", node.cpu_ns},
              {"compared", node.compared},
              {"decided", node.decided},
              {"decided_first", node.decided_first},
              {"preemptions", node.preemptions},
              {"takeovers", node.takeovers},
              {"log_is_prefix", node.log_is_prefix},
              {"rss_peak_bytes", node.rss_peak_bytes}};
    Json ended{{"alive_at_end", node.alive_at_end}, {"near_round", node.ended_near_round}};
    if (node.signal != 0) ended["signal"] = node.signal;
    if (!node.error.empty()) ended["error"] = node.error;
    json["ended"] = std::move(ended);
    return json;
}

Json slices_of(const RowResult& row) {
    Json json = Json::array();
    for (const Slice& slice : row.slices) {
        Json entry{
            {"begin_ns", slice.begin_ns}, {"end_ns", slice.end_ns}, {"decisions", slice.decisions}};
        if (slice.p50_ns) entry["p50_ns"] = *slice.p50_ns;
        if (slice.p99_ns) entry["p99_ns"] = *slice.p99_ns;
        json.push_back(std::move(entry));
    }
    return json;
}

/// The verdict and what it is based on. The digest is text, because not every JSON reader preserves
/// 64 bits.
Json safety_of(const RunResult& run) {
    Json json{{"verdict", name_of(run.verdict)},
              {"agreeing_nodes", run.agreeing_nodes},
              {"compared", run.compared},
              {"compared_nodes", run.compared_nodes},
              {"learned", run.learned_slots},
              {"learned_by_one", run.learned_by_one},
              {"uncompared", run.uncompared()},
              {"uncompared_share", uncompared_share(run)},
              {"evidence",
               {{"every", run.evidence.every},
                {"sampled", run.evidence.sampled},
                {"verified", run.evidence.verified}}},
              {"digest", fmt::format("{:016x}", run.digest)}};
    if (!run.verdict_reason.empty()) json["reason"] = run.verdict_reason;
    return json;
}

/// Refused datagrams by the name of their errno.
Json refused_of(const RunResult& run) {
    Json json = Json::object();
    for (const auto& [error, datagrams] : run.refused_sends) json[errno_name(error)] = datagrams;
    return json;
}

Json restarts_of(const RunResult& run) {
    Json json = Json::array();
    for (const RestartResult& restart : run.restarts) {
        Json entry{{"node", restart.node},
                   {"killed_at_ns", restart.killed_at_ns},
                   {"started_ns", restart.started_ns}};
        if (restart.ready_ns) {
            entry["ready_ns"] = *restart.ready_ns;
            entry["behind"] = restart.behind;
            entry["left_behind"] = restart.was_left_behind;
        }
        if (restart.took_part_ns) entry["took_part_ns"] = *restart.took_part_ns;
        if (restart.caught_up_ns) entry["caught_up_ns"] = *restart.caught_up_ns;
        json.push_back(std::move(entry));
    }
    return json;
}

Json nodes_of(const RunResult& run) {
    Json json = Json::array();
    for (const NodeResult& node : run.nodes) json.push_back(json_of(node));
    return json;
}

}  // namespace

Json json_of(const Explanation& explanation) {
    Json json{{"beyond_ns", explanation.beyond_ns}, {"causes", Json::object()}};
    for (std::size_t i = 0; i < cause_count; ++i)
        if (explanation.counts[i] != 0)
            json["causes"][std::string(name_of(static_cast<Cause>(i)))] = explanation.counts[i];
    json["slowest"] = Json::array();
    for (const SlowDecision& one : explanation.slowest)
        json["slowest"].push_back({{"round", one.round},
                                   {"rounds", one.rounds},
                                   {"latency_ns", one.latency_ns},
                                   {"at_ns", one.at_ns},
                                   {"node", one.node},
                                   {"cause", name_of(one.cause)},
                                   {"meanwhile", one.meanwhile}});
    return json;
}

Json json_of(const RunResult& run, const RowResult& row) {
    Json json{{"load", row.load},
              {"window", row.window},
              {"repetition", row.repetition},
              {"rounds", row.rounds},
              {"decisions", row.decisions}};
    if (row.rate > 0) json["rate"] = row.rate;
    if (row.elapsed_ns > 0) {
        json["elapsed_ns"] = row.elapsed_ns;
        json["decisions_per_second"] = static_cast<double>(row.decisions) * 1e9 /
                                       static_cast<double>(row.elapsed_ns);
    }
    if (row.learned_elapsed_ns > 0) json["learned_elapsed_ns"] = row.learned_elapsed_ns;
    json["latency_ns"] = latency_of(*row.latency);
    if (row.uncorrected) json["latency_uncorrected_ns"] = latency_of(*row.uncorrected);
    json["messages"] = messages_of(row);
    json["cells"] = row.cells_sent;
    // Losses and rejections are counted for a whole repetition, not for each row.
    json["datagrams"] = {{"sent", row.datagrams_sent},
                         {"received", row.datagrams_received},
                         {"lost", run.datagrams_lost()},
                         {"rejected", Json(run.rejected)}};
    json["enters"] = row.enters;
    json["turns"] = row.turns;
    if (row.decisions > 0)
        json["cpu_ns_per_decision"] = static_cast<double>(row.cpu_ns) /
                                      static_cast<double>(row.decisions);
    json["costs"] = costs_of(row);
    json["allocations"] = row.allocations;
    json["page_faults"] = row.page_faults;
    json["longest_wait_ns"] = row.longest_wait_ns;
    json["longest_wait_round"] = row.longest_wait_round;
    json["slices"] = slices_of(row);
    if (row.explanation) json["slow"] = json_of(*row.explanation);
    json["degraded"] = run.degraded;
    json["logged"] = run.logged;
    json["nodes"] = nodes_of(run);
    json["safety"] = safety_of(run);
    return json;
}

Json json_of(const std::vector<TracedEvent>& trace) {
    Json json = Json::array();
    for (const TracedEvent& traced : trace) {
        Json entry{{"at_ns", traced.at_ns}, {"event", traced.event}};
        if (traced.node >= 0) {
            entry["node"] = traced.node;
            entry["round"] = traced.round;
            entry["rounds"] = traced.rounds;
        }
        if (!traced.message.empty()) entry["message"] = traced.message;
        if (traced.from >= 0) entry["from"] = traced.from;
        if (!traced.nodes.empty()) entry["nodes"] = traced.nodes;
        if (!traced.ballot.empty()) entry["ballot"] = traced.ballot;
        if (!traced.value.empty()) entry["value"] = traced.value;
        entry["sentence"] = traced.sentence;
        json.push_back(std::move(entry));
    }
    return json;
}

Json json_of(const RunResult& run) {
    Json json{{"repetition", run.repetition},
              {"exit_code", run.exit_code},
              {"rounds", run.rounds},
              {"decided", run.decided},
              {"no_ops", run.no_ops}};
    if (!run.failure.empty()) json["failure"] = run.failure;
    json["environment_changed"] = !run.environment_changes.empty();
    if (!run.environment_changes.empty()) json["environment_changes"] = run.environment_changes;
    json["throttled"] = run.throttled;
    json["io"] = run.io;
    json["idle"] = run.idle;
    json["start_ns"] = run.start_ns;
    json["stop_ns"] = run.stop_ns;
    json["receive_buffer_size"] = run.receive_buffer_size;
    for (const Counter& counter : counter_table)
        json[counter.group][counter.name] = run.counters.*counter.member;
    Json& datagrams = json["datagrams"];
    datagrams["lost"] = run.datagrams_lost();
    datagrams["unread"] = run.datagrams_unread;
    datagrams["foreign_dropped"] = run.foreign_dropped();
    datagrams["refused"] = refused_of(run);
    datagrams["rejected"] = Json(run.rejected);
    if (run.storage)
        json["storage"] = {{"first_slot", run.storage->first_slot},
                           {"batches", run.storage->batches},
                           {"bytes", run.storage->bytes},
                           {"bytes_per_slot", run.storage->bytes_per_slot()},
                           {"checkpoints", run.storage->checkpoints},
                           {"flush_ns", latency_of(*run.storage->flush)}};
    json["events"] = Json::array();
    for (const RunEvent& event : run.events)
        json["events"].push_back(
            {{"at_ns", event.at_ns}, {"node", event.node}, {"text", event.text}});
    if (!run.restarts.empty()) json["restarts"] = restarts_of(run);
    if (!run.trace.empty()) json["trace"] = json_of(run.trace);
    json["listed"] = Json::array();
    for (const Decision& decision : run.decisions)
        json["listed"].push_back({{"round", decision.round},
                                  {"value", decision.value},
                                  {"by", decision.by},
                                  {"ballot", decision.ballot}});
    return json;
}

}  // namespace paxos::measure
