// The sentences of every run. Those of failures are in summary_troubles.cpp.
#include "measure/summary_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

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

/// " (1000 + 100000)": the rounds of each row, as they were requested.
std::string rows_text(const RunResult& run) {
    constexpr std::size_t parts_max = 4;
    if (run.rows.size() < 2 || run.rows.size() > parts_max) return "";
    std::string text;
    std::uint64_t sum = 0;
    for (const RowResult& row : run.rows) {
        text += (text.empty() ? "" : " + ") + std::to_string(row.rounds);
        sum += row.rounds;
    }
    return sum == run.rounds ? " (" + text + ")" : "";
}

/// "all 101000 rounds per run (1000 + 100000)"; "1234 of 5000 rounds", of the run that decided
/// fewest; "8489 rounds in 3 runs" if a duration ends the runs.
std::string rounds_text(const Report& report, bool in_parts) {
    const auto fewest = std::min_element(
        report.runs.begin(), report.runs.end(),
        [](const auto& a, const auto& b) { return a.decided + a.no_ops < b.decided + b.no_ops; });
    if (fewest->rounds == 0) {
        std::uint64_t sum = 0;
        for (const RunResult& run : report.runs) sum += run.decided;
        return counted(sum, "round") +
               (report.runs.size() > 1 ? " in " + counted(report.runs.size(), "run") : "");
    }
    if (fewest->decided >= fewest->rounds && fewest->no_ops == 0)
        return (fewest->rounds == 1 ? "" : "all ") + counted(fewest->rounds, "round") +
               (report.runs.size() > 1 ? " per run" : "") + (in_parts ? rows_text(*fewest) : "");
    const std::string text = std::to_string(fewest->decided) + " of " +
                             counted(fewest->rounds, "round");
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

/// "106544 slots (5544 warm-up) compared between 4 nodes, 0% uncompared": the figures of the worst
/// run. The nodes are omitted if all were compared.
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
           counted(least->compared, "slot") +
           (report.warmup == 0 ? "" : " (" + std::to_string(report.warmup) + " warm-up)") +
           " compared" +
           (nodes == report.nodes ? "" : " between " + std::to_string(nodes) + " nodes") + ", " +
           alone + " uncompared";
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

/// "by n0", "n0 61%, n1 39%": who decided, most first. At most `names_max` are named.
std::string by_whom(const std::map<int, Decider>& all, std::uint64_t total, std::size_t names_max) {
    if (all.size() == 1) return "by n" + std::to_string(all.begin()->first);
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
    std::string what = report.protocol + (report.thrifty ? " thrifty" : "") +
                       (report.runs_on_the_wire ? "" : " --runs off") + ", " +
                       counted(static_cast<std::uint64_t>(report.nodes), "node");
    if (report.accept_quorum != 0)
        what += ", accept quorum " + std::to_string(report.accept_quorum);
    // The implementation in use. A note says why it is not the best one.
    if (!report.runs.empty()) {
        const std::string& io = report.runs.back().io;
        if (!io.empty()) what += ", " + io.substr(0, io.find_first_of(" :;("));
    }
    if (report.authenticated) what += ", authenticated";
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
    const std::string rounds = rounds_text(report, false), parts = rounds_text(report, true);
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
    return {parts + ", " + by_whom(all, total, 4) + ballots + duels + gaps,
            parts + ", " + by_whom(all, total, 2) + ballots_shortly + duels + gaps,
            rounds + ", " + by_whom(all, total, 4) + ballots + duels + gaps,
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
           in_each_run(report) + ": " + compared_text(report) + "; values and " +
           counted(quorums_verified(report), "quorum") + " verified";
}

Wordings messages_text(const Report& report, const std::vector<RowFigures>& rows) {
    std::uint64_t lost = 0, again = 0;
    for (const RunResult& run : report.runs) {
        lost += run.datagrams_lost();
        for (const RowResult& one : run.rows) again += one.resent;
    }
    const auto row = std::find_if(rows.rbegin(), rows.rend(),
                                  [](const RowFigures& one) { return one.rounds > 0; });
    if (row == rows.rend()) return {};
    const std::string cells = fmt::format("{:.1f} a round in {} cells", row->messages,
                                          scaled_text(row->cells));
    const std::string datagrams = fmt::format(", {:.2f} datagrams", row->datagrams);
    const std::string load = rows.size() == 1 ? "" : " (" + load_text(*row) + ")";
    const std::string counts = fmt::format("; {} lost, {} sent again", lost, again);
    return {cells + datagrams + load + counts, cells + load + counts, cells + counts};
}

Wordings storage_text(const Report& report) {
    if (report.durable.empty()) return {};
    Histogram flush;
    std::uint64_t batches = 0, bytes = 0, learned = 0;
    for (const RunResult& run : report.runs) {
        if (!run.storage) continue;
        flush.merge(*run.storage->flush);
        batches += run.storage->batches;
        bytes += run.storage->bytes;
        learned += run.storage->learned;
    }
    if (flush.samples() == 0) return {"nothing was written"};
    const auto time_of = [&](double fraction) {
        return time_text(static_cast<double>(flush.percentile(fraction)));
    };
    const double floor = report.floor.flush_ns_p50;
    const std::string file_system = "on " + report.environment.file_system;
    const std::string& cache = report.environment.write_cache;
    const std::string flushes = ": flush p50 " + time_of(0.5) +
                                (floor > 0 ? " (bare " + time_text(floor) + ")" : "") + ", p99 " +
                                time_of(0.99) + "; ";
    const std::string size = fmt::format(
        "{:.0f} bytes a slot",
        learned == 0 ? 0 : static_cast<double>(bytes) / static_cast<double>(learned));
    const std::string count = scaled_text(static_cast<double>(batches)) + " batches, ";
    return {file_system + (cache.empty() ? "" : ", " + cache + " cache") + flushes + count + size,
            file_system + flushes + count + size, file_system + flushes + size};
}

std::string hosts_text(const Report& report) {
    if (report.hosts.empty()) return "";
    std::vector<std::pair<std::string, std::string>> kinds;  // Each with the hosts that have it.
    for (const Host& host : report.hosts) {
        std::string kind = "Linux " + host.kernel + ", " +
                           counted(static_cast<std::uint64_t>(host.cores_online), "core");
        if (host.mtu != 0) kind += ", MTU " + std::to_string(host.mtu);
        auto it = std::ranges::find(kinds, kind, &std::pair<std::string, std::string>::first);
        if (it == kinds.end()) it = kinds.emplace(it, kind, "");
        // A host with several nodes is named once. Its nodes need not be neighbours in the list.
        const std::string padded = " " + it->second + " ";
        if (padded.find(" " + host.name + " ") == std::string::npos)
            it->second += (it->second.empty() ? "" : " ") + host.name;
    }
    std::string text;
    for (const auto& [kind, names] : kinds)
        text += (text.empty() ? "" : "; ") + names + ": " + kind;
    return text + "; clocks +-" + time_text(static_cast<double>(report.clock_error_ns));
}

std::string floor_text(const Report& report) {
    const FloorResult& floor = report.floor;
    if (floor.round_ns_p50 <= 0 && floor.decisions_per_second <= 0) return "not measured";
    std::string text = report.hosts.empty() ? "on these cores, without Paxos: "
                                            : "over these addresses, without Paxos: ";
    text += floor.round_ns_p50 > 0 ? time_text(floor.round_ns_p50) : "n/a";
    text += " a round, ";
    text += floor.decisions_per_second > 0 ? scaled_text(floor.decisions_per_second) : "n/a";
    return text + " rounds/s";
}

std::string load_text(const RowFigures& row) {
    if (row.rate_asked != 0) return "at " + rate_text(static_cast<double>(row.rate_asked));
    return row.window == 1 ? "one at a time" : std::to_string(row.window) + " in flight";
}

std::string rounds_text(const RowFigures& row) {
    if (row.rounds_each == 0) return std::to_string(row.rounds);
    if (row.repetitions == 1) return std::to_string(row.rounds_each);
    std::string text = std::to_string(row.repetitions) + " x " + std::to_string(row.rounds_each);
    constexpr std::size_t width_max = 14;
    if (text.size() <= width_max) return text;
    return std::to_string(row.repetitions) + " x " +
           scaled_text(static_cast<double>(row.rounds_each));
}

std::string floor_ratio_text(const RowFigures& row) {
    if (!row.floor_ratio) return "n/a";
    return scaled_text(*row.floor_ratio) + (row.window == 1 ? "x p50" : "x rate");
}

std::string unsteady_text(const std::vector<RowFigures>& rows) {
    std::string which;
    for (const RowFigures& row : rows)
        if (row.spread.value_or(0) >= spread_unsteady_min)
            which += (which.empty() ? "" : ", ") + load_text(row);
    if (which.empty()) return "";
    return "rates differ widely from run to run (" + which +
           "): these figures mean little. paxos_fast doctor lists disturbances";
}

std::string slow_text(const Report& report) {
    CauseCounts all{};
    for (const RunResult& run : report.runs)
        for (const RowResult& row : run.rows)
            for (std::size_t i = 0; row.explanation && i < cause_count; ++i)
                all[i] += row.explanation->counts[i];
    return causes_text(all);
}

std::string missing_text(const std::vector<RowFigures>& rows) {
    const bool any = std::ranges::any_of(rows, [](const RowFigures& row) {
        return row.rounds > 0 && !(row.p50_ns && row.p99_ns && row.p99_9_ns);
    });
    return any ? "too few samples: p50 needs 20 rounds, p99 1000, p99.9 10000" : "";
}

std::string next_text(const Report& report) {
    const bool is_complete = !report.runs.empty() && report.runs.back().exit_code == 0;
    if (!is_complete) return "";
    if (report.runs.back().logged) return "to measure, run paxos_fast without --log";
    for (const Setting& setting : report.settings) {
        if (setting.name != "json") continue;
        const auto* file = std::get_if<std::string>(&setting.value);
        if (file != nullptr && !file->empty() && *file != "-")
            return "paxos_fast report " + *file + " draws it; paxos_fast compare OLD NEW";
    }
    return "--json FILE keeps the figures, for paxos_fast compare and report";
}

}  // namespace paxos::measure
