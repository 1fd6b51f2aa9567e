// Writes the sentences that only some runs need: deaths, faults, signals, failures, notes.
#include <algorithm>
#include <cerrno>
#include <map>
#include <set>
#include <utility>

#include "measure/doctor.h"
#include "measure/summary_lines.h"
#include "measure/text.h"

namespace paxos::measure {
namespace {

/// note_split_sends() adds a note only if at least this many datagrams were not the first of their
/// send.
constexpr std::uint64_t joined_datagrams_min = 1000;

/// How one node ended, over all runs.
struct Loss {
    std::vector<std::string> how;  ///< Each state once.
    /// The rounds near which the node ended. Omits runs in which the node skipped rounds. The node
    /// may have learned the last round of such a run, so NodeResult::ended_near_round does not show
    /// where the node was left behind.
    std::vector<std::uint64_t> rounds;
    std::vector<int> runs;
    /// Slots compared and learned in the run in which this node has the most uncompared slots.
    std::uint64_t compared = 0, learned = 0;
    bool was_left_behind = false;

    [[nodiscard]] std::uint64_t uncompared() const { return learned - std::min(compared, learned); }
};

bool was_lost(const NodeResult& node) {
    return !node.alive_at_end || node.state == "silent" || node.state == "left behind";
}

std::map<int, Loss> losses(const Report& report) {
    std::map<int, Loss> all;
    for (const RunResult& run : report.runs) {
        if (!run.degraded) continue;
        for (const NodeResult& node : run.nodes) {
            if (!was_lost(node)) continue;
            Loss& loss = all[node.id];
            if (std::find(loss.how.begin(), loss.how.end(), node.state) == loss.how.end())
                loss.how.push_back(node.state);
            const bool has_skipped = node.state == "left behind" && node.skipped != 0;
            if (!has_skipped) loss.rounds.push_back(node.ended_near_round);
            loss.runs.push_back(run.repetition + 1);
            const std::uint64_t learned = node.learned - std::min(node.skipped, node.learned);
            const std::uint64_t uncompared = learned - std::min(node.compared, learned);
            if (loss.runs.size() == 1 || uncompared > loss.uncompared()) {
                loss.compared = node.compared;
                loss.learned = learned;
            }
            loss.was_left_behind = loss.was_left_behind || node.state == "left behind";
        }
    }
    return all;
}

/// The text for NodeResult::state, such as "killed by signal 9 (out of memory)".
std::string state_text(const std::string& state, const Language& language) {
    if (state == "silent") return language.text("silent");
    if (state == "left behind") return language.text("left behind");
    if (state == "ended with its launcher") return language.text("ended with its launcher");
    if (state == "failed") return language.text("failed");
    if (state == "unsafe") return language.text("unsafe");
    const auto rest_after = [&](std::string_view start) {
        return state.starts_with(start) ? std::string_view(state).substr(start.size())
                                        : std::string_view();
    };
    if (const std::string_view rest = rest_after("killed by signal "); !rest.empty())
        return language.text("killed by signal {0}", rest);
    if (const std::string_view rest = rest_after("crashed with signal "); !rest.empty())
        return language.text("crashed with signal {0}", rest);
    if (const std::string_view rest = rest_after("could not restart "); !rest.empty())
        return language.text("could not restart {0}", rest);
    if (const std::string_view rest = rest_after("exited with code "); !rest.empty())
        return language.text("exited with code {0}", rest);
    return state;
}

/// "n3 killed by signal 9 near round 40012", or "n3 left behind" if it skipped rounds.
std::string loss_text(int id, const Loss& loss, const Language& language) {
    std::string text = "n" + std::to_string(id);
    for (const std::string& how : loss.how)
        text += (&how == &loss.how.front() ? " " : language.text(" or ")) +
                state_text(how, language);
    if (loss.rounds.empty()) return text;
    const auto [first, last] = std::minmax_element(loss.rounds.begin(), loss.rounds.end());
    return text + (*first == *last ? language.text(" near round {0}", *first)
                                   : language.text(" near rounds {0} to {1}", *first, *last));
}

/// " in run 2", " in each run", " in 3 runs".
std::string which_runs(const Report& report, const Loss& loss, const Language& language) {
    if (report.runs.size() == 1) return "";
    if (loss.runs.size() == report.runs.size()) return language.text(" in each run");
    if (loss.runs.size() == 1) return language.text(" in run {0}", loss.runs.front());
    return language.text(" in {0} runs", loss.runs.size());
}

std::uint64_t longest_wait_ns(const Report& report) {
    std::uint64_t longest = 0;
    for (const RunResult& run : report.runs) {
        if (!run.degraded) continue;
        for (const RowResult& row : run.rows) longest = std::max(longest, row.longest_wait_ns);
    }
    return longest;
}

/// The nodes that died, were started again and then ran to the end.
std::string restarted_text(const Report& report, const Language& language) {
    std::set<int> nodes;
    for (const RunResult& run : report.runs)
        for (const RestartResult& restart : run.restarts) nodes.insert(restart.node);
    std::string names;
    for (const int node : nodes) names += (names.empty() ? "n" : " n") + std::to_string(node);
    return nodes.size() == 1 ? language.text("{0} was killed and restarted", names)
                             : language.text("{0} were killed and restarted", names);
}

using Notes = std::vector<std::string>;

void note_io(const Report& report, const Language& language, Notes& notes) {
    const std::string& io = report.runs.back().io;
    if (const std::size_t colon = io.find(": "); colon != std::string::npos) notes.push_back(io);
    std::uint64_t fallbacks = 0;
    for (const RunResult& run : report.runs) fallbacks += run.counters.segment_fallbacks;
    if (fallbacks > 0)
        notes.push_back(language.text(
            "UDP_SEGMENT failed and was switched off, so nodes make many more system calls"));
}

/// Adds a note if the network splits sends. A network card or a tunnel without segmentation offload
/// splits a send of several datagrams, so that each of them is received separately.
void note_split_sends(const Report& report, const Language& language, Notes& notes) {
    std::uint64_t sends = 0, receives = 0, datagrams = 0;
    for (const RunResult& run : report.runs) {
        sends += run.counters.sends;
        receives += run.counters.receives;
        datagrams += run.counters.datagrams_sent;
    }
    // `joined`: the number of boundaries between two datagrams of one send. `split`: the number of
    // these boundaries at which the network split the send.
    const std::uint64_t joined = datagrams - std::min(sends, datagrams);
    const std::uint64_t split = receives - std::min(sends, receives);
    if (joined < joined_datagrams_min || 2 * split < joined) return;
    notes.push_back(language.text(
        "the network splits sends of many datagrams, which can cost most of the rate: see "
        "tx-udp-segmentation and generic-receive-offload in ethtool -k"));
}

/// Datagrams that were rejected for `reason`, over all runs.
std::uint64_t rejected(const Report& report, const std::string& reason) {
    std::uint64_t datagrams = 0;
    for (const RunResult& run : report.runs)
        if (const auto it = run.rejected.find(reason); it != run.rejected.end())
            datagrams += it->second;
    return datagrams;
}

void note_rejected(const Report& report, const Language& language, Notes& notes) {
    if (const std::uint64_t ended = rejected(report, "ended"); ended > 0)
        notes.push_back(language.count(ended, "rejected {0} datagram from nodes that had ended",
                                       "rejected {0} datagrams from nodes that had ended"));
    if (const std::uint64_t forged = rejected(report, "tag"); forged > 0)
        notes.push_back(
            language.count(forged, "rejected {0} datagram without a valid authentication tag",
                           "rejected {0} datagrams without a valid authentication tag"));
}

/// Adds a note for each errno of refused sends except ECONNREFUSED. That errno is expected: it
/// means that the receiver is dead.
void note_refusals(const Report& report, const Language& language, Notes& notes) {
    std::map<int, std::uint64_t> refused;
    for (const RunResult& run : report.runs)
        for (const auto& [error, datagrams] : run.refused_sends)
            if (error != ECONNREFUSED) refused[error] += datagrams;
    for (const auto& [error, datagrams] : refused)
        notes.push_back(language.count(datagrams, "{0} datagram refused by the kernel: {1}",
                                       "{0} datagrams refused by the kernel: {1}",
                                       errno_text(error)));
}

/// Adds notes about changes of the environment. They come first, because they explain the figures.
void note_changes(const Report& report, const Language& language, Notes& notes) {
    std::uint64_t throttled = 0;
    for (const RunResult& run : report.runs) {
        throttled += run.throttled;
        if (run.environment_changes.empty()) continue;
        const std::string& changes = run.environment_changes;
        notes.push_back(
            report.runs.size() > 1
                ? language.text("in run {0}: {1}; the figures are not comparable",
                                run.repetition + 1, changes)
                : language.text("during the run: {0}; the figures are not comparable", changes));
    }
    if (throttled > 0)
        notes.push_back(language.count(throttled, "the CPU quota was used up in {0} period",
                                       "the CPU quota was used up in {0} periods"));
}

void note_floor(const Report& report, const Language& language, Notes& notes) {
    if (report.floor.unreliable.empty()) return;
    notes.push_back(
        language.text("floor not usable: {0}", report.floor.unreliable.begin()->second));
}

void note_foreign(const Report& report, const Language& language, Notes& notes) {
    std::uint64_t foreign = 0;
    for (const RunResult& run : report.runs) foreign += run.foreign_dropped();
    if (foreign > 0)
        notes.push_back(language.count(
            foreign,
            "{0} foreign datagram dropped by the kernel: wrong UDP checksums, or a flood from "
            "outside",
            "{0} foreign datagrams dropped by the kernel: wrong UDP checksums, or a flood from "
            "outside"));
}

void note_disturbances(const Report& report, const Language& language, Notes& notes) {
    std::uint64_t allocations = 0, page_faults = 0;
    for (const RunResult& run : report.runs) {
        for (const RowResult& row : run.rows) {
            allocations += row.allocations;
            page_faults += row.page_faults;
        }
    }
    if (allocations > 0)
        notes.push_back(language.count(allocations, "{0} allocation during the measurement",
                                       "{0} allocations during the measurement"));
    if (page_faults > 0)
        notes.push_back(language.count(page_faults, "{0} page fault during the measurement",
                                       "{0} page faults during the measurement"));
}

/// Adds a note for each row that did not reach the requested rate, because its latencies then
/// depend on the length of the run.
void note_rates(const Report& report, const Language& language, Notes& notes) {
    constexpr double kept_up = 0.95;
    for (const RowFigures& row : shown_rows(report)) {
        const auto asked = static_cast<double>(row.rate_asked);
        if (row.rate_asked == 0 || !row.rate || *row.rate >= kept_up * asked) continue;
        notes.push_back(
            language.text("only {0} of the requested {1} reached, so rounds wait longer and longer",
                          rate_text(*row.rate), rate_text(asked)));
    }
}

void note_buffers(const Report& report, const Language& language, Notes& notes) {
    const RunResult& run = report.runs.back();
    std::uint64_t window = 0;
    for (const RowResult& row : run.rows) window = std::max<std::uint64_t>(window, row.window);
    const std::uint64_t needed = receive_buffer_needed(static_cast<std::size_t>(report.nodes),
                                                       window);
    if (run.receive_buffer_size == 0 || run.receive_buffer_size >= needed) return;
    notes.push_back(language.text(
        "receive buffers of {0} bytes, but {1} may arrive at once: raise net.core.rmem_max",
        run.receive_buffer_size, needed));
}

Usage usage_of(const Report& report) {
    Usage usage{.nodes = static_cast<std::size_t>(report.nodes)};
    for (const RunResult& run : report.runs)
        for (const RowResult& row : run.rows)
            usage.window = std::max<std::uint64_t>(usage.window, row.window);
    return usage;
}

}  // namespace

bool is_degraded(const Report& report) {
    return std::any_of(report.runs.begin(), report.runs.end(),
                       [](const RunResult& run) { return run.degraded; });
}

std::string degraded_text(const Report& report, const Language& language) {
    static constexpr std::size_t named_max = 3;
    if (!is_degraded(report)) return "";
    const std::map<int, Loss> all = losses(report);
    const std::string longest_wait = language.text(
        "; longest wait between decisions {0}",
        time_text(static_cast<double>(longest_wait_ns(report))));
    if (all.empty()) return restarted_text(report, language) + longest_wait;

    std::string text;
    const Loss* worst = &all.begin()->second;
    bool any_left_behind = false;
    std::size_t named = 0;
    for (const auto& [id, loss] : all) {
        if (loss.uncompared() > worst->uncompared()) worst = &loss;
        any_left_behind = any_left_behind || loss.was_left_behind;
        if (++named > named_max) continue;
        text += (text.empty() ? "" : ", ") + loss_text(id, loss, language) +
                which_runs(report, loss, language);
    }
    if (named > named_max) text += language.text(" and {0} more", named - named_max);
    text += longest_wait;
    if (worst_verdict(report.runs) == Verdict::unsafe)
        return text;  // The verdict already says what differs.
    const bool is_one = all.size() == 1;
    if (worst->uncompared() > 0)
        return text + (is_one ? language.text("; {0} of its {1} slots were compared",
                                              worst->compared, worst->learned)
                              : language.text("; {0} of their {1} slots were compared",
                                              worst->compared, worst->learned));
    if (any_left_behind)
        return text +
               (is_one ? language.text("; its log equals the other logs except for its gap")
                       : language.text("; their logs equal the other logs except for their gaps"));
    return text + (is_one ? language.text("; its log is a prefix of the other logs")
                          : language.text("; their logs are prefixes of the other logs"));
}

std::string stopped_text(const Report& report, const Language& language) {
    if (report.runs.empty()) return language.text("before the first run");
    const RunResult& last = report.runs.back();
    if (last.exit_code <= 128) return "";
    const int signal = last.exit_code - 128;
    std::string name = language.text("signal {0}", signal);
    if (signal == 2) name = "SIGINT";
    if (signal == 15) name = "SIGTERM";
    if (report.knee)
        return language.text("by {0} in run {1}; the figures cover the time until then", name,
                             last.repetition + 1);
    return report.repetitions > 1
               ? language.text("by {0} in run {1} of {2}; the figures cover the time until then",
                               name, last.repetition + 1, report.repetitions)
               : language.text("by {0}; the figures cover the time until then", name);
}

std::string failed_text(const Report& report, const Language& language) {
    for (const RunResult& run : report.runs) {
        if (run.exit_code == 0 || run.exit_code > 128 || run.failure.empty()) continue;
        if (!run.verdict_reason.empty() &&
            run.failure.find(run.verdict_reason) != std::string::npos)
            continue;  // The verdict already gives this reason.
        std::string failure = run.failure;
        std::replace(failure.begin(), failure.end(), '\n', ' ');
        return report.repetitions > 1 ? language.text("run {0}: {1}", run.repetition + 1, failure)
                                      : failure;
    }
    return "";
}

std::string faults_text(const Report& report, const Language& language) {
    if (report.faults.empty()) return "";
    std::uint64_t lost = 0, doubled = 0, reordered = 0, corrupted = 0, delayed = 0;
    for (const RunResult& run : report.runs) {
        lost += run.counters.injected_lost;
        doubled += run.counters.injected_duplicated;
        reordered += run.counters.injected_reordered;
        corrupted += run.counters.injected_corrupted;
        delayed += run.counters.injected_delayed;
    }
    std::string text;
    const auto add = [&](std::uint64_t count, const std::string& what) {
        if (count > 0) text += (text.empty() ? ": " : ", ") + what;
    };
    add(lost, language.text("{0} lost", lost));
    add(doubled, language.text("{0} doubled", doubled));
    add(reordered, language.text("{0} reordered", reordered));
    add(corrupted, language.text("{0} corrupted", corrupted));
    add(delayed, language.text("{0} delayed", delayed));
    return report.faults + text;
}

std::vector<std::string> note_texts(const Report& report, const Language& language) {
    Notes notes;
    note_changes(report, language, notes);
    note_split_sends(report, language, notes);
    for (const Bilingual& note : report.notes) notes.push_back(language.choose(note));
    note_floor(report, language, notes);
    if (report.nodes > report.cores_used && report.cores_used > 0)
        notes.push_back(language.count(static_cast<std::uint64_t>(report.cores_used),
                                       "{1} on {0} core: latency includes waiting for the core",
                                       "{1} on {0} cores: latency includes waiting for the core",
                                       nodes_text(report, language)));
    if (report.runs.empty()) return notes;
    note_io(report, language, notes);
    note_rates(report, language, notes);
    note_buffers(report, language, notes);
    note_rejected(report, language, notes);
    note_refusals(report, language, notes);
    note_foreign(report, language, notes);
    note_disturbances(report, language, notes);
    if (const std::string machine = machine_text(report.environment, usage_of(report), language);
        !machine.empty())
        notes.push_back(machine);
    return notes;
}

}  // namespace paxos::measure
