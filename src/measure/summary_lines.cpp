// See summary_lines.h. Writes the sentences that every run may have. The sentences about failures
// are in summary_troubles.cpp.
#include "measure/summary_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "measure/text.h"

namespace paxos::measure {
namespace {

/// The optimisation level among `flags`, after a space, such as " -O3"; empty if there is none.
std::string optimisation_of(const std::string& flags) {
    const std::size_t begin = flags.find("-O");
    if (begin == std::string::npos) return "";
    return " " + flags.substr(begin, flags.find(' ', begin) - begin);
}

/// "10 runs", or "3 of 10 runs" if not all were made.
std::string runs_text(const Report& report, const Language& language) {
    const auto requested = static_cast<std::uint64_t>(report.repetitions);
    if (report.runs.size() == requested) return language.count(requested, "{0} run", "{0} runs");
    return language.count(requested, "{1} of {0} run", "{1} of {0} runs", report.runs.size());
}

/// The rounds requested in each row, such as " (1000 + 100000)". Empty unless there are two to four
/// rows.
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

const RunResult& run_with_fewest(const Report& report) {
    return *std::ranges::min_element(report.runs, {},
                                     [](const RunResult& run) { return run.decided + run.no_ops; });
}

/// The decided rounds, such as "all 101000 rounds per run", followed by rows_text() if `in_parts`.
/// If rounds are missing, describes the run that decided fewest: "1234 of 5000 rounds". If only a
/// duration was requested, describes all runs together: "8489 rounds in 3 runs".
std::string rounds_text(const Report& report, bool in_parts, const Language& language) {
    const std::size_t runs = report.runs.size();
    const RunResult* const fewest = &run_with_fewest(report);
    const std::uint64_t rounds = fewest->rounds, decided = fewest->decided;
    if (rounds == 0) {
        std::uint64_t sum = 0;
        for (const RunResult& run : report.runs) sum += run.decided;
        return runs > 1
                   ? language.count(sum, "{0} round in {1} runs", "{0} rounds in {1} runs", runs)
                   : language.count(sum, "{0} round", "{0} rounds");
    }
    if (decided >= rounds && fewest->no_ops == 0) {
        std::string all = language.count(rounds, "{0} round", "{0} rounds");
        if (runs > 1)
            all = language.count(rounds, "{0} round per run", "all {0} rounds per run");
        else if (rounds > 1)
            all = language.text("all {0} rounds", rounds);
        return in_parts ? all + rows_text(*fewest) : all;
    }
    const bool same = std::all_of(
        report.runs.begin(), report.runs.end(),
        [&](const RunResult& run) { return run.decided == decided && run.rounds == rounds; });
    if (same && runs > 1)
        return language.count(rounds, "{1} of {0} round in each run",
                              "{1} of {0} rounds in each run", decided);
    if (same) return language.count(rounds, "{1} of {0} round", "{1} of {0} rounds", decided);
    return language.count(rounds, "{1} of {0} round in run {2}, the fewest",
                          "{1} of {0} rounds in run {2}, the fewest", decided,
                          fewest->repetition + 1);
}

/// Whether --duration ended the run: it ended well, but with fewer rounds than requested.
bool is_ended_by_duration(const RunResult& run) {
    return run.exit_code == 0 && run.decided + run.no_ops < run.rounds;
}

/// The number of nodes that hold the complete log. A dead node holds only a prefix.
int whole_logs(const RunResult& run) {
    return static_cast<int>(std::ranges::count_if(
        run.nodes, [](const NodeResult& node) { return node.alive_at_end && node.skipped == 0; }));
}

/// The smallest numbers of slots and nodes compared in a run, and the largest uncompared share:
/// "106544 slots (5544 warm-up) compared between 4 nodes, 0% uncompared". The number of nodes is
/// omitted if the logs of all nodes were compared.
std::string compared_text(const Report& report, const Language& language) {
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
    const std::string warmup = report.warmup == 0 ? ""
                                                  : language.text(" ({0} warm-up)", report.warmup);
    const std::uint64_t slots = least->compared;
    const std::string compared = slots == most->compared
                                     ? language.count(slots, "{0} slot{1} compared",
                                                      "{0} slots{1} compared", warmup)
                                     : language.count(slots, "at least {0} slot{1} compared",
                                                      "at least {0} slots{1} compared", warmup);
    return nodes == report.nodes
               ? language.text("{0}, {1} uncompared", compared, alone)
               : language.text("{0} between {2} nodes, {1} uncompared", compared, alone, nodes);
}

/// The number of verified quorums in the run that has the fewest.
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

/// "61%". REQUIRES: `part` is less than `whole`.
std::string percent(std::uint64_t part, std::uint64_t whole) {
    const double share = 100 * static_cast<double>(part) / static_cast<double>(whole);
    return share > 99.9              ? ">99.9%"
           : share > 99 || share < 1 ? fmt::format("{:.1f}%", share)
                                     : fmt::format("{:.0f}%", share);
}

/// Which nodes decided, most rounds first: "by n0" or "n0 61%, n1 39%". Names at most `names_max`
/// nodes.
std::string by_whom(const std::map<int, Decider>& all, std::uint64_t total, std::size_t names_max,
                    const Language& language) {
    if (all.size() == 1) return language.text("by n{0}", all.begin()->first);
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
        text += language.count(order.size() - names_max, ", the rest by {0} other",
                               ", the rest by {0} others");
    return text;
}

/// The share of rounds decided at first ballots, such as ", 61% at first ballots". `is_one` means
/// that one node decided all rounds.
std::string ballots_text(std::uint64_t at_first, std::uint64_t total, bool is_one,
                         const Language& language) {
    if (at_first == total)
        return is_one ? language.text(", all at its first ballot")
                      : language.text(", all at first ballots");
    const std::string share = percent(at_first, total);
    return is_one ? language.text(", {0} at its first ballot", share)
                  : language.text(", {0} at first ballots", share);
}

}  // namespace

std::string nodes_text(const Report& report, const Language& language) {
    return language.count(static_cast<std::uint64_t>(report.nodes), "{0} node", "{0} nodes");
}

Wordings headline(const Report& report, const Language& language) {
    const Build& build = report.build;
    const std::string name = "paxos_fast " + build.version;
    const std::string commit = build.commit + (build.dirty ? "+" : "");
    std::string what = report.protocol + (report.thrifty ? " thrifty" : "") +
                       (report.runs_on_the_wire ? "" : " --runs off") + ", " +
                       nodes_text(report, language);
    if (report.accept_quorum != 0)
        what += ", " + language.text("accept quorum {0}", report.accept_quorum);
    // The I/O implementation in use. If io_uring could not be used, a note says why.
    if (!report.runs.empty()) {
        const std::string& io = report.runs.back().io;
        if (!io.empty()) what += ", " + io.substr(0, io.find_first_of(" :;("));
    }
    if (report.authenticated) what += ", " + language.text("authenticated");
    what += ", " + runs_text(report, language);
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

Wordings decided_text(const Report& report, const Language& language) {
    if (report.runs.empty()) return {language.text("nothing")};
    const std::string ended = std::ranges::any_of(report.runs, is_ended_by_duration)
                                  ? language.text(", ended by --duration")
                                  : "";
    const std::string rounds = rounds_text(report, false, language) + ended;
    const std::string parts = rounds_text(report, true, language) + ended;
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
    const RunResult& fewest = run_with_fewest(report);
    const std::string shortest = ended.empty()
                                     ? rounds
                                     : language.count(fewest.rounds, "{1} of {0} round",
                                                      "{1} of {0} rounds", fewest.decided) +
                                           ended;
    if (total == 0) return {rounds, shortest};

    const std::string gaps = no_ops == 0
                                 ? ""
                                 : language.count(no_ops, "; {0} gap filled", "; {0} gaps filled");
    const bool one = all.size() == 1;
    const std::string ballots = ballots_text(at_first, total, one, language);
    const std::string ballots_shortly = one && at_first == total
                                            ? language.text(" at its first ballot")
                                            : ballots_text(at_first, total, false, language);
    const std::string duels = preemptions == 0 ? "" : language.text("; {0} preempted", preemptions);
    const std::string by_four = ", " + by_whom(all, total, 4, language);
    const std::string by_two = ", " + by_whom(all, total, 2, language);
    return {parts + by_four + ballots + duels + gaps,
            parts + by_two + ballots_shortly + duels + gaps,
            rounds + by_four + ballots + duels + gaps,
            rounds + by_two + ballots_shortly + duels + gaps,
            rounds + by_two + ballots_shortly + gaps,
            rounds + by_two + gaps,
            rounds + gaps,
            rounds,
            shortest};
}

std::string verdict_name(Verdict verdict, const Language& language) {
    switch (verdict) {
        case Verdict::safe: return language.text("SAFE");
        case Verdict::unsafe: return language.text("UNSAFE");
        case Verdict::unknown: break;
    }
    return language.text("UNKNOWN");
}

std::string verdict_text(const Report& report, Verdict verdict, const Language& language) {
    if (verdict != Verdict::safe) {
        for (const RunResult& run : report.runs) {
            if (run.verdict != verdict) continue;
            const std::string reason = run.verdict_reason.empty() ? language.text("no reason given")
                                                                  : run.verdict_reason;
            return report.repetitions > 1
                       ? language.text("run {0}: {1}", run.repetition + 1, reason)
                       : reason;
        }
        return language.text("nothing was run");
    }
    if (report.nodes == 1)
        return language.text("one node, so no other log to compare; each value was proposed");
    int agreeing = std::numeric_limits<int>::max();
    for (const RunResult& run : report.runs)
        agreeing = std::min({agreeing, run.agreeing_nodes, whole_logs(run)});
    const std::string same = report.runs.size() > 1
                                 ? language.text(
                                       "{0} of {1} nodes learned the same log in each run",
                                       agreeing, report.nodes)
                                 : language.text("{0} of {1} nodes learned the same log", agreeing,
                                                 report.nodes);
    return same + ": " + compared_text(report, language) +
           language.count(quorums_verified(report), "; values and {0} quorum verified",
                          "; values and {0} quorums verified");
}

Wordings messages_text(const Report& report, const std::vector<RowFigures>& rows,
                       const Language& language) {
    std::uint64_t lost = 0, again = 0;
    for (const RunResult& run : report.runs) {
        lost += run.datagrams_lost();
        for (const RowResult& one : run.rows) again += one.resent;
    }
    const auto row = std::find_if(rows.rbegin(), rows.rend(),
                                  [](const RowFigures& one) { return one.rounds > 0; });
    if (row == rows.rend()) return {};
    const std::string cells = language.text("{0:.1f} per round in {1} cells", row->messages,
                                            scaled_text(row->cells));
    const std::string datagrams = language.text(", {0:.2f} datagrams", row->datagrams);
    const std::string load = rows.size() == 1 ? "" : " (" + load_text(*row, language) + ")";
    const std::string counts = language.text("; {0} lost, {1} sent again", lost, again);
    return {cells + datagrams + load + counts, cells + load + counts, cells + counts};
}

std::string load_text(const RowFigures& row, const Language& language) {
    if (row.rate_asked != 0)
        return language.text("at {0}", rate_text(static_cast<double>(row.rate_asked)));
    return row.window == 1 ? language.text("one at a time")
                           : language.text("{0} in flight", row.window);
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

std::string floor_ratio_text(const RowFigures& row, const Language& language) {
    if (!row.floor_ratio) return language.text("n/a");
    const std::string ratio = scaled_text(*row.floor_ratio);
    return row.window == 1 ? language.text("{0}x p50", ratio) : language.text("{0}x rate", ratio);
}

std::string unsteady_text(const std::vector<RowFigures>& rows, const Language& language) {
    std::string which;
    for (const RowFigures& row : rows)
        if (row.spread.value_or(0) >= spread_unsteady_min)
            which += (which.empty() ? "" : ", ") + load_text(row, language);
    if (which.empty()) return "";
    return language.text(
        "rates differ widely from run to run ({0}): these rates are not reliable. "
        "paxos_fast doctor lists disturbances",
        which);
}

std::string slow_text(const Report& report, const Language& language) {
    CauseCounts all{};
    bool has_p99 = false;
    for (const RunResult& run : report.runs)
        for (const RowResult& row : run.rows) {
            has_p99 = has_p99 || row.explanation;
            for (std::size_t i = 0; row.explanation && i < cause_count; ++i)
                all[i] += row.explanation->counts[i];
        }
    if (const std::string text = causes_text(all, language); !text.empty() || !report.explained)
        return text;
    return has_p99
               ? language.text("no decision took longer than the p99 of its row")
               : language.text(
                     "none to explain: a decision is slow if it takes longer than the p99 of its "
                     "row, and p99 needs 1000 rounds in one run");
}

std::string missing_text(const std::vector<RowFigures>& rows, const Language& language) {
    const bool any = std::ranges::any_of(rows, [](const RowFigures& row) {
        return row.rounds > 0 && !(row.p50_ns && row.p99_ns && row.p99_9_ns);
    });
    if (!any) return "";
    return language.text("too few samples: p50 needs 20 rounds, p99 1000, p99.9 10000");
}

std::string next_text(const Report& report, const Language& language) {
    const bool is_complete = !report.runs.empty() && report.runs.back().exit_code == 0;
    if (!is_complete) return "";
    if (report.runs.back().logged) return language.text("to measure, run paxos_fast without --log");
    for (const Setting& setting : report.settings) {
        if (setting.name != "json") continue;
        const auto* file = std::get_if<std::string>(&setting.value);
        if (file != nullptr && !file->empty() && *file != "-")
            return language.text("paxos_fast report {0} draws it; compare compares two files",
                                 *file);
    }
    return language.text("--json FILE keeps the figures, for paxos_fast compare and report");
}

}  // namespace paxos::measure
