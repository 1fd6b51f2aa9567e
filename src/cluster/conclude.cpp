// Decides whether the run was safe and complete, and chooses its exit code.
//
// 1. SAFE requires all of these. Every round was decided. Every node that ran to the end learned
//    all rounds, or is named as left behind. All logs agree wherever two nodes learned the same
//    slots, including the last slots of dead nodes. Nearly every slot was compared between at least
//    two nodes (S43), and every node that learned slots was compared with another one. No evidence
//    contradicts the quorum of a sampled decision (S18). The digest of each node that stopped
//    cleanly covers as many slots as the node reports as learned (S40). The check of a restarted
//    node covers the logs and the evidence of all its incarnations. A cluster of one node needs no
//    comparison.
// 2. UNSAFE means that a node detected a violation, or that logs, counts or evidence contradict
//    each other. It takes precedence over every other outcome.
// 3. A run that is neither SAFE nor UNSAFE has the verdict UNKNOWN, with a reason. Exit code 0
//    requires SAFE.
#include <algorithm>
#include <csignal>
#include <cstring>

#include "cluster/agreement.h"
#include "cluster/evidence.h"
#include "cluster/run_record.h"
#include "trace/words.h"

namespace paxos::cluster {
namespace {

using measure::NodeResult;
using measure::RunResult;
using measure::Verdict;
using trace::names_of;

/// If more than this percentage of the slots was not compared between any two nodes, the verdict is
/// UNKNOWN. A few such slots are normal, because a node may decide its last slots after all other
/// nodes have ended.
constexpr std::uint64_t uncompared_percent_max = 1;

std::string rounds_text(Slot first, Slot end, const node::Plan& plan) {
    const bool is_warmup = first < plan.warmup;
    if (!is_warmup) {
        first -= plan.warmup;
        end -= plan.warmup;
    }
    const std::string what = is_warmup ? "slot" : "round";
    const std::string which = end == first + 1
                                  ? " " + std::to_string(first)
                                  : "s " + std::to_string(first) + " to " + std::to_string(end - 1);
    return what + which + (is_warmup ? " (warm-up)" : "");
}

std::string difference_text(const Agreement& agreement, const node::Plan& plan) {
    std::string text = "the logs differ in " +
                       rounds_text(agreement.differs_first, agreement.differs_end, plan) + ": ";
    for (const NodeMask group : agreement.groups)
        text += (group == agreement.groups.front() ? "" : " against ") + names_of(group);
    return text;
}

/// The first violation that a node reports or that its counts show. Empty if there is none.
std::string reported_violation(const node::Board& board, const RunResult& result) {
    for (const NodeResult& node : result.nodes) {
        const std::string name = "n" + std::to_string(node.id);
        if (node.state == "unsafe")
            return name + ": " +
                   (node.error.empty() ? "a violation without a description" : node.error);
        if (node.state != "stopped" && node.state != "left behind") continue;
        const node::NodeBoard& own = board.nodes[static_cast<std::size_t>(node.id)];
        const std::uint64_t held = slots_of_log(own.digests);
        const std::uint64_t not_held = own.incarnation.begin.get() + own.skipped.get();
        // Not node.learned, which covers all incarnations. The digest covers only the last one,
        // which may lack slots that an earlier one learned but had not made durable.
        const std::uint64_t end = own.learned.seen();
        const std::uint64_t reported = end - std::min(not_held, end);
        if (held != reported || own.digests.complete_end.seen() != end)
            return name + " reports " + std::to_string(reported) +
                   " learned slots, but its digest covers " + std::to_string(held) + " slots";
    }
    return "";
}

/// For example " (5544 of them in the warm-up)". Slots of the warm-up are compared but are not
/// rounds.
std::string warmup_text(const RunRecord& record, const RunResult& result) {
    const std::uint64_t warmup = std::min(record.plan->warmup, result.compared);
    return warmup == 0 ? "" : " (" + std::to_string(warmup) + " of them in the warm-up)";
}

/// Why the verdict is UNKNOWN although no violation was found. Empty if the verdict is SAFE.
std::string reason_unknown(const RunRecord& record, const RunResult& result) {
    if (!record.has_started) return "the run did not start";
    if (record.outcome != Outcome::complete)
        return "the run is incomplete; the logs agree on the " + std::to_string(result.compared) +
               " slots that could be compared" + warmup_text(record, result);
    if (record.plan->nodes == 1) return "";
    if (result.compared == 0) return "no two nodes learned the same slots";
    if (result.uncompared() * 100 > result.learned_slots * uncompared_percent_max)
        return std::to_string(result.uncompared()) + " of " + std::to_string(result.learned_slots) +
               " slots could not be compared between any two nodes; the verdict allows at most " +
               std::to_string(uncompared_percent_max) + "%";
    for (const NodeResult& node : result.nodes)
        if (node.compared == 0 && node.learned > node.skipped)
            return "n" + std::to_string(node.id) + " could not be compared with any other node";
    return "";
}

/// Compares the logs and stores in `result` how much was compared.
Agreement compare_logs(const node::Board& board, const RunRecord& record, RunResult& result) {
    std::vector<LogOf> logs;
    for (const EndedIncarnation& incarnation : record.ended_incarnations)
        logs.push_back(incarnation.log());
    const NodeResult* furthest = &result.nodes.front();
    for (const NodeResult& node : result.nodes) {
        const auto id = static_cast<NodeId>(node.id);
        const node::NodeBoard& from = board.nodes[id];
        const bool stopped_cleanly = node.state == "stopped" || node.state == "left behind";
        // An incarnation after the first has no log if it never became ready.
        if (!record.has_restarted(node.id) || from.incarnation.ready_at.get() != 0)
            logs.push_back({id,
                            &from.digests,
                            &from.checkpoints,
                            stopped_cleanly,
                            {from.skipped_first.get(), from.skipped_end.get()},
                            from.incarnation.begin.get()});
        const auto has_more = [&](const NodeResult& one, const NodeResult& other) {
            return std::pair(!record.has_restarted(one.id), one.learned) >
                   std::pair(!record.has_restarted(other.id), other.learned);
        };
        if (has_more(node, *furthest)) furthest = &node;
    }
    Agreement agreement = compare(logs);
    result.compared = agreement.compared_total;
    result.learned_slots = agreement.learned_total;
    result.learned_by_one = agreement.learned_by_one;
    result.digest = digest_of_log(board.nodes[static_cast<std::size_t>(furthest->id)].digests);
    for (NodeResult& node : result.nodes) {
        const auto id = static_cast<NodeId>(node.id);
        node.compared = agreement.compared[id];
        if (record.plan->nodes == 1)
            result.compared = node.compared = slots_of_log(board.nodes[id].digests);
        const bool agrees = !agreement.dissenters.has(id);
        // A later incarnation may have learned slots that an earlier one skipped, so the skipped
        // slots are counted anew.
        if (record.has_restarted(node.id)) node.skipped = node.learned - agreement.learned[id];
        node.log_is_prefix = agrees &&
                             node.compared == node.learned - std::min(node.skipped, node.learned);
        if (node.compared != 0) ++result.compared_nodes;
        if (node.compared != 0 && agrees) ++result.agreeing_nodes;
    }
    return agreement;
}

/// The contradiction found in the evidence of the sampled decisions. Empty if there is none.
std::string broken_evidence(const node::Board& board, const RunRecord& record, RunResult& result) {
    std::vector<EvidenceOf> all;
    for (const EndedIncarnation& incarnation : record.ended_incarnations)
        all.push_back({incarnation.node, incarnation.evidence.get(), true});
    for (const NodeResult& node : result.nodes) {
        const auto id = static_cast<NodeId>(node.id);
        all.push_back({id, &board.nodes[id].evidence, false});
    }
    const EvidenceCheck check = check_evidence(all, record.plan->quorums().accept);
    result.evidence = {.every = check.every, .sampled = check.sampled, .verified = check.verified};
    if (!check.is_broken) return "";
    return "an invalid decision: " + rounds_text(check.slot, check.slot + 1, *record.plan) + ": " +
           check.reason;
}

void set_verdict(const node::Board& board, const RunRecord& record, RunResult& result) {
    const Agreement agreement = compare_logs(board, record, result);
    const std::string evidence = broken_evidence(board, record, result);
    result.verdict_reason = agreement.differs ? difference_text(agreement, *record.plan)
                                              : reported_violation(board, result);
    if (result.verdict_reason.empty()) result.verdict_reason = evidence;
    if (!result.verdict_reason.empty()) {
        result.verdict = Verdict::unsafe;
        return;
    }
    result.verdict_reason = reason_unknown(record, result);
    result.verdict = result.verdict_reason.empty() ? Verdict::safe : Verdict::unknown;
}

/// Text such as "n1 killed by signal 9 near round 512", for every node that was started and did not
/// stop cleanly.
std::string ends_of(const RunResult& result) {
    std::string text;
    for (const NodeResult& node : result.nodes) {
        if (node.state == "stopped" || node.state == "left behind" || node.state == "not started")
            continue;
        text += (text.empty() ? "n" : "; n") + std::to_string(node.id) + " " + node.state +
                " near round " + std::to_string(node.ended_near_round);
    }
    return text;
}

/// The first node that crashed, or null.
const NodeResult* crashed(const RunResult& result) {
    for (const NodeResult& node : result.nodes)
        if (node.state.starts_with("crashed") || node.state.starts_with("exited")) return &node;
    return nullptr;
}

const NodeResult* failed(const RunResult& result) {
    for (const NodeResult& node : result.nodes)
        if (node.state == "failed") return &node;
    return nullptr;
}

void end_with(RunResult& result, int exit_code, std::string failure) {
    result.exit_code = exit_code;
    result.failure = std::move(failure);
}

void choose_exit_code(const RunRecord& record, RunResult& result) {
    if (result.verdict == Verdict::unsafe)
        return end_with(result, 5, "safety violated: " + result.verdict_reason);
    if (const NodeResult* node = crashed(result))
        return end_with(result, 5,
                        "n" + std::to_string(node->id) + " " + node->state + " near round " +
                            std::to_string(node->ended_near_round) +
                            (node->error.empty() ? "" : ": " + node->error));
    if (const NodeResult* node = failed(result))
        return end_with(result, 3,
                        "n" + std::to_string(node->id) + ": " +
                            (node->error.empty() ? "ended before it was ready" : node->error));
    if (record.signal != 0)
        return end_with(result, 128 + record.signal,
                        std::string("stopped by SIG") + ::sigabbrev_np(record.signal));
    if (!record.has_started) return end_with(result, 3, record.reason);
    if (record.outcome != Outcome::complete) {
        const std::string ends = ends_of(result);
        return end_with(result, 1, record.reason + (ends.empty() ? "" : " (" + ends + ")"));
    }
    if (const NodeMask hung = record.silent - record.stopped; !hung.empty())
        return end_with(result, 1,
                        names_of(hung) + " hung (" + (hung.count() == 1 ? "it was" : "they were") +
                            " not stopped by SIGSTOP)");
    if (result.verdict == Verdict::unknown)
        return end_with(result, 1, "safety unknown: " + result.verdict_reason);
}

}  // namespace

void conclude(const node::Board& board, const RunRecord& record, RunResult& result) {
    std::uint64_t rounds = 0;
    for (const measure::RowResult& row : result.rows) rounds += row.decisions;
    result.decided = rounds - std::min(result.no_ops, rounds);
    set_verdict(board, record, result);
    result.degraded = record.has_started &&
                      (!record.restarts.empty() ||
                       std::ranges::any_of(result.nodes, [](const NodeResult& node) {
                           return node.state != "stopped";
                       }));
    choose_exit_code(record, result);
}

}  // namespace paxos::cluster
