// The sentences of every run. Those of failures are in summary_troubles.cpp.
#include "measure/summary_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>

#include "measure/text.h"

namespace paxos::measure {
namespace {

/// The optimisation level: "-O3" of "-O3 -march=native".
std::string optimisation_of(const std::string& flags) {
    const std::size_t begin = flags.find("-O");
    if (begin == std::string::npos) return "";
    return " " + flags.substr(begin, flags.find(' ', begin) - begin);
}

/// "10 runs", or "3 of 10 runs" if not all were made.
std::string runs_text(const Report& report) {
    if (static_cast<int>(report.runs.size()) == report.repetitions)
        return counted(report.runs.size(), "run");
    return std::to_string(report.runs.size()) + " of " +
           counted(static_cast<std::uint64_t>(report.repetitions), "run");
}

/// A suffix for statements about every run.
std::string in_each_run(const Report& report) {
    return report.runs.size() > 1 ? " in each run" : "";
}

/// "1234 of 5000 rounds", of the run that decided fewest. Only the first number if a duration ends
/// the run.
std::string rounds_text(const Report& report) {
    const auto fewest = std::min_element(
        report.runs.begin(), report.runs.end(),
        [](const auto& a, const auto& b) { return a.decided + a.no_ops < b.decided + b.no_ops; });
    std::string text = std::to_string(fewest->decided);
    if (fewest->rounds != 0) text += " of " + std::to_string(fewest->rounds);
    text += " rounds";
    const bool same = std::all_of(
        report.runs.begin(), report.runs.end(), [&](const RunResult& run) {
            return run.decided == fewest->decided && run.rounds == fewest->rounds;
        });
    if (same) return text + in_each_run(report);
    return text + " in run " + std::to_string(fewest->repetition + 1) + ", the fewest";
}

/// Nodes that hold the complete log; a dead node holds only a prefix.
int whole_logs(const RunResult& run) {
    return static_cast<int>(std::ranges::count_if(
        run.nodes, [](const NodeResult& node) { return node.alive_at_end && node.skipped == 0; }));
}

/// "106544 slots compared between 5 nodes, 0% uncompared": the figures of the worst run.
std::string compared_text(const Report& report) {
    const auto [least, most] = std::ranges::minmax_element(report.runs, {}, &RunResult::compared);
    int nodes = std::numeric_limits<int>::max();
    double share = 0;
    for (const RunResult& run : report.runs) {
        nodes = std::min(nodes, run.compared_nodes);
        share = std::max(share, uncompared_share(run));
    }
    const std::string alone = share == 0       ? "0%"
                              : share < 0.0001 ? "<0.01%"
                                               : fmt::format("{:.2f}%", 100 * share);
    return (least->compared == most->compared ? "" : "at least ") +
           std::to_string(least->compared) + " slots compared between " + std::to_string(nodes) +
           " nodes, " + alone + " uncompared";
}

/// The lowest count of any run.
std::uint64_t quorums_verified(const Report& report) {
    std::uint64_t fewest = ~std::uint64_t{0};
    for (const RunResult& run : report.runs) fewest = std::min(fewest, run.evidence.verified);
    return fewest;
}

struct Decider {
    std::uint64_t decided = 0, at_first_ballot = 0;
};

std::map<int, Decider> deciders(const Report& report) {
    std::map<int, Decider> all;
    for (const RunResult& run : report.runs) {
        for (const NodeResult& node : run.nodes) {
            if (node.decided == 0) continue;
            all[node.id].decided += node.decided;
            all[node.id].at_first_ballot += node.decided_first;
        }
    }
    return all;
}

std::string percent(std::uint64_t part, std::uint64_t whole) {
    if (part == whole) return "all";
    const double share = 100 * static_cast<double>(part) / static_cast<double>(whole);
    return share > 99.9              ? ">99.9%"
           : share > 99 || share < 1 ? fmt::format("{:.1f}%", share)
                                     : fmt::format("{:.0f}%", share);
}

/// "all by n0", "n0 61%, n1 39%": who decided, most first. At most `names_max` are named.
std::string by_whom(const std::map<int, Decider>& all, std::uint64_t total, std::size_t names_max) {
    if (all.size() == 1) return "all by n" + std::to_string(all.begin()->first);
    std::vector<std::pair<std::uint64_t, int>> order;
    order.reserve(all.size());
    for (const auto& [id, decider] : all) order.emplace_back(decider.decided, id);
    std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
        return a.first != b.first ? a.first > b.first : a.second < b.second;
    });
    std::string text;
    for (std::size_t i = 0; i < std::min(order.size(), names_max); ++i)
        text += (i == 0 ? "n" : ", n") + std::to_string(order[i].second) + " " +
                percent(order[i].first, total);
    if (order.size() > names_max)
        text += ", " + std::to_string(order.size() - names_max) + " others the rest";
    return text;
}

}  // namespace

Wordings headline(const Report& report) {
    const Build& build = report.build;
    const std::string name = "paxos_fast " + build.version;
    const std::string commit = build.commit + (build.dirty ? "+" : "");
    std::string what = report.protocol + (report.thrifty ? " thrifty" : "") + ", " +
                       counted(static_cast<std::uint64_t>(report.nodes), "node");
    // The implementation in use. A note says why it is not the best one.
    if (!report.runs.empty()) {
        const std::string& io = report.runs.back().io;
        if (!io.empty()) what += ", " + io.substr(0, io.find_first_of(" :;("));
    }
    what += ", " + runs_text(report);
    return {
        name + " (" + commit + ", " + build.compiler + optimisation_of(build.flags) + ")   " + what,
        name + " (" + commit + ", " + build.compiler + ")   " + what,
        name + " (" + commit + ")   " + what, name + "   " + what};
}

std::string settings_text(const Report& report) {
    std::string text;
    for (const Setting& setting : report.settings) {
        if (setting.assigned.empty()) continue;
        text += (text.empty() ? "" : ", ") + setting.assigned + " (" + setting.from + ")";
    }
    return text;
}

Wordings decided_text(const Report& report) {
    if (report.runs.empty()) return {"nothing"};
    const std::string rounds = rounds_text(report);
    std::uint64_t total = 0, at_first = 0, no_ops = 0, preemptions = 0;
    const std::map<int, Decider> all = deciders(report);
    for (const auto& [id, decider] : all) {
        total += decider.decided;
        at_first += decider.at_first_ballot;
    }
    for (const RunResult& run : report.runs) {
        no_ops += run.no_ops;
        preemptions += run.counters.preemptions;
    }
    if (total == 0) return {rounds};

    const std::string gaps = no_ops == 0 ? "" : "; " + std::to_string(no_ops) + " gaps filled";
    const bool one = all.size() == 1;
    const std::string share = percent(at_first, total);
    const std::string ballots = ", " + share + " at " +
                                (one ? "its first ballot" : "first ballots");
    const std::string ballots_shortly = one && at_first == total
                                            ? " at its first ballot"
                                            : ", " + share + " at first ballots";
    const std::string duels = preemptions == 0 ? ""
                                               : "; " + std::to_string(preemptions) + " preempted";
    return {rounds + ", " + by_whom(all, total, 4) + ballots + duels + gaps,
            rounds + ", " + by_whom(all, total, 2) + ballots_shortly + duels + gaps,
            rounds + ", " + by_whom(all, total, 2) + ballots_shortly + gaps,
            rounds + ", " + by_whom(all, total, 2) + gaps,
            rounds + gaps,
            rounds};
}

std::string verdict_text(const Report& report, Verdict verdict) {
    if (verdict != Verdict::safe) {
        for (const RunResult& run : report.runs) {
            if (run.verdict != verdict) continue;
            const std::string reason = run.verdict_reason.empty() ? "no reason given"
                                                                  : run.verdict_reason;
            return report.repetitions > 1
                       ? "run " + std::to_string(run.repetition + 1) + ": " + reason
                       : reason;
        }
        return "nothing was run";
    }
    if (report.nodes == 1) return "one node, so no other log to compare; each value was proposed";
    int agreeing = std::numeric_limits<int>::max();
    for (const RunResult& run : report.runs)
        agreeing = std::min({agreeing, run.agreeing_nodes, whole_logs(run)});
    return std::to_string(agreeing) + " of " +
           counted(static_cast<std::uint64_t>(report.nodes), "node") + " learned the same log" +
           in_each_run(report) + ": " + compared_text(report) + "; values proposed; " +
           counted(quorums_verified(report), "quorum") + " verified";
}

std::string messages_text(const Report& report, const RowFigures& row) {
    std::uint64_t lost = 0, again = 0;
    for (const RunResult& run : report.runs) {
        lost += run.datagrams_lost();
        for (const RowResult& one : run.rows) again += one.resent;
    }
    return fmt::format("{:.1f} a round in {:.2f} datagrams; {} lost, {} sent again", row.messages,
                       row.datagrams, lost, again);
}

std::string floor_text(const Report& report) {
    const FloorResult& floor = report.floor;
    if (floor.round_ns_p50 <= 0 && floor.decisions_per_second <= 0) return "not measured";
    std::string text = "bare UDP on these cores, no Paxos: ";
    text += floor.round_ns_p50 > 0 ? time_text(floor.round_ns_p50) : "-";
    text += " a round, ";
    text += floor.decisions_per_second > 0 ? scaled_text(floor.decisions_per_second) : "-";
    return text + " rounds/s";
}

}  // namespace paxos::measure
