// The sentences that only some runs need: deaths, faults, signals, failures, notes.
#include <algorithm>
#include <cerrno>
#include <map>
#include <utility>

#include "measure/doctor.h"
#include "measure/summary_lines.h"
#include "measure/text.h"

namespace paxos::measure {
namespace {

/// With fewer datagrams that share a send, nothing is reported about the network.
constexpr std::uint64_t joined_datagrams_min = 1000;

/// How one node ended, over all runs.
struct Loss {
    std::vector<std::string> how;       ///< Each state once.
    std::vector<std::uint64_t> rounds;  ///< The rounds near which it ended.
    std::vector<int> runs;
    std::uint64_t compared = 0, learned = 0;  ///< In the run that compared fewest of its slots.
    bool was_left_behind = false;

    [[nodiscard]] std::uint64_t uncompared() const { return learned - std::min(compared, learned); }
};

bool was_lost(const NodeResult& node) {
    return !node.alive_at_end || node.skipped > 0 || node.state == "silent" ||
           node.state == "left behind";
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
            loss.rounds.push_back(node.ended_near_round);
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

/// "n3 killed by signal 9 near round 40012".
std::string loss_text(int id, const Loss& loss) {
    std::string text = "n" + std::to_string(id);
    for (const std::string& how : loss.how)
        text += (&how == &loss.how.front() ? " " : " or ") + how;
    const auto [first, last] = std::minmax_element(loss.rounds.begin(), loss.rounds.end());
    if (*first == *last) return text + " near round " + std::to_string(*first);
    return text + " near rounds " + std::to_string(*first) + " to " + std::to_string(*last);
}

/// " in run 2", " in each run", " in 3 runs".
std::string which_runs(const Report& report, const Loss& loss) {
    if (report.runs.size() == 1) return "";
    if (loss.runs.size() == report.runs.size()) return " in each run";
    if (loss.runs.size() == 1) return " in run " + std::to_string(loss.runs.front());
    return " in " + std::to_string(loss.runs.size()) + " runs";
}

std::uint64_t longest_wait_ns(const Report& report) {
    std::uint64_t longest = 0;
    for (const RunResult& run : report.runs) {
        if (!run.degraded) continue;
        for (const RowResult& row : run.rows) longest = std::max(longest, row.longest_wait_ns);
    }
    return longest;
}

void note_io(const Report& report, std::vector<std::string>& notes) {
    const std::string& io = report.runs.back().io;
    if (const std::size_t colon = io.find(": "); colon != std::string::npos) notes.push_back(io);
    std::uint64_t fallbacks = 0;
    for (const RunResult& run : report.runs) fallbacks += run.counters.segment_fallbacks;
    if (fallbacks > 0)
        notes.emplace_back("UDP_SEGMENT failed here and was switched off: many more system calls");
}

/// A network card or a tunnel without segmentation offload splits a send of several datagrams; each
/// is then received by itself.
void note_split_sends(const Report& report, std::vector<std::string>& notes) {
    std::uint64_t sends = 0, receives = 0, datagrams = 0;
    for (const RunResult& run : report.runs) {
        sends += run.counters.sends;
        receives += run.counters.receives;
        datagrams += run.counters.datagrams_sent;
    }
    // `joined`: boundaries between datagrams of one send. `split`: those at which a receive ended.
    const std::uint64_t joined = datagrams - std::min(sends, datagrams);
    const std::uint64_t split = receives - std::min(sends, receives);
    if (joined < joined_datagrams_min || 2 * split < joined) return;
    notes.emplace_back(
        "the network splits sends of many datagrams, which can cost most of the rate: see "
        "tx-udp-segmentation and generic-receive-offload in ethtool -k");
}

void note_rejected(const Report& report, std::vector<std::string>& notes) {
    static constexpr std::pair<const char*, const char*> reasons[]{
        {"ended", "from ended nodes"}, {"tag", "without a valid authentication tag"}};
    for (const auto& [reason, text] : reasons) {
        std::uint64_t rejected = 0;
        for (const RunResult& run : report.runs)
            if (const auto it = run.rejected.find(reason); it != run.rejected.end())
                rejected += it->second;
        if (rejected > 0) notes.push_back("refused " + counted(rejected, "datagram") + " " + text);
    }
}

/// A refused send to a dead node is expected and not reported separately.
void note_refusals(const Report& report, std::vector<std::string>& notes) {
    std::map<int, std::uint64_t> refused;
    for (const RunResult& run : report.runs)
        for (const auto& [error, datagrams] : run.refused_sends)
            if (error != ECONNREFUSED) refused[error] += datagrams;
    for (const auto& [error, datagrams] : refused)
        notes.push_back(counted(datagrams, "datagram") +
                        " refused by the kernel: " + errno_text(error));
}

/// Changes of the environment come first: they explain the figures.
void note_changes(const Report& report, std::vector<std::string>& notes) {
    std::uint64_t throttled = 0;
    for (const RunResult& run : report.runs) {
        throttled += run.throttled;
        if (run.environment_changes.empty()) continue;
        const std::string which = report.runs.size() > 1
                                      ? "in run " + std::to_string(run.repetition + 1) + ": "
                                      : "while it ran: ";
        notes.push_back(which + run.environment_changes + "; not comparable");
    }
    if (throttled > 0)
        notes.push_back("the CPU quota was used up in " + counted(throttled, "period"));
}

void note_floor(const Report& report, std::vector<std::string>& notes) {
    if (report.floor.unreliable.empty()) return;
    notes.push_back("floor not usable: " + report.floor.unreliable.begin()->second);
}

void note_foreign(const Report& report, std::vector<std::string>& notes) {
    std::uint64_t foreign = 0;
    for (const RunResult& run : report.runs) foreign += run.foreign_dropped();
    if (foreign > 0)
        notes.push_back(counted(foreign, "foreign datagram") +
                        " dropped by the kernel: wrong UDP checksums, or a flood from outside");
}

void note_disturbances(const Report& report, std::vector<std::string>& notes) {
    std::uint64_t allocations = 0, page_faults = 0;
    for (const RunResult& run : report.runs) {
        for (const RowResult& row : run.rows) {
            allocations += row.allocations;
            page_faults += row.page_faults;
        }
    }
    if (allocations > 0)
        notes.push_back(counted(allocations, "allocation") + " during the measurement");
    if (page_faults > 0)
        notes.push_back(counted(page_faults, "page fault") + " during the measurement");
}

/// If the cluster does not reach the requested rate, latencies depend on the length of the run.
void note_rates(const Report& report, std::vector<std::string>& notes) {
    constexpr double kept_up = 0.95;
    for (const RowFigures& row : condense(report.runs, report.floor)) {
        const auto asked = static_cast<double>(row.rate_asked);
        if (row.rate_asked == 0 || !row.rate || *row.rate >= kept_up * asked) continue;
        notes.push_back("only " + rate_text(*row.rate) + " of " + rate_text(asked) +
                        " reached: rounds wait longer and longer");
    }
}

void note_buffers(const Report& report, std::vector<std::string>& notes) {
    const RunResult& run = report.runs.back();
    std::uint64_t window = 0;
    for (const RowResult& row : run.rows) window = std::max<std::uint64_t>(window, row.window);
    const std::uint64_t needed = receive_buffer_needed(static_cast<std::size_t>(report.nodes),
                                                       window);
    if (run.receive_buffer_size == 0 || run.receive_buffer_size >= needed) return;
    notes.push_back("receive buffers of " + std::to_string(run.receive_buffer_size) +
                    " bytes, but " + std::to_string(needed) +
                    " may arrive at once: raise net.core.rmem_max");
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

std::string degraded_text(const Report& report) {
    static constexpr std::size_t named_max = 3;
    if (!is_degraded(report)) return "";
    const std::map<int, Loss> all = losses(report);
    if (all.empty()) return "a node did not end as it should";

    std::string text;
    const Loss* worst = &all.begin()->second;
    bool any_left_behind = false;
    std::size_t named = 0;
    for (const auto& [id, loss] : all) {
        if (loss.uncompared() > worst->uncompared()) worst = &loss;
        any_left_behind = any_left_behind || loss.was_left_behind;
        if (++named > named_max) continue;
        text += (text.empty() ? "" : ", ") + loss_text(id, loss) + which_runs(report, loss);
    }
    if (named > named_max) text += " and " + std::to_string(named - named_max) + " more";
    text += "; longest wait between decisions " +
            time_text(static_cast<double>(longest_wait_ns(report)));
    if (worst_verdict(report.runs) == Verdict::unsafe)
        return text;  // The verdict already says what differs.
    if (worst->uncompared() > 0)
        return text + "; " + std::to_string(worst->compared) + " of " +
               (all.size() == 1 ? "its " : "their ") + std::to_string(worst->learned) +
               " slots were compared";
    if (any_left_behind) return text + "; its log equals the others' except for its gap";
    return text + (all.size() == 1 ? "; its log is a prefix of the others'"
                                   : "; their logs are prefixes of the others'");
}

std::string stopped_text(const Report& report) {
    if (report.runs.empty()) return "before the first run";
    const RunResult& last = report.runs.back();
    if (last.exit_code <= 128) return "";
    const int signal = last.exit_code - 128;
    std::string name = "signal " + std::to_string(signal);
    if (signal == 2) name = "SIGINT";
    if (signal == 15) name = "SIGTERM";
    const std::string which = report.repetitions > 1
                                  ? " in run " + std::to_string(last.repetition + 1) + " of " +
                                        std::to_string(report.repetitions)
                                  : "";
    return "by " + name + which + "; the figures cover what was done until then";
}

std::string failed_text(const Report& report) {
    for (const RunResult& run : report.runs) {
        if (run.exit_code == 0 || run.exit_code > 128 || run.failure.empty()) continue;
        if (!run.verdict_reason.empty() &&
            run.failure.find(run.verdict_reason) != std::string::npos)
            continue;  // The verdict already says it.
        std::string failure = run.failure;
        std::replace(failure.begin(), failure.end(), '\n', ' ');
        return report.repetitions > 1 ? "run " + std::to_string(run.repetition + 1) + ": " + failure
                                      : failure;
    }
    return "";
}

std::string faults_text(const Report& report) {
    if (report.faults.empty()) return "";
    std::uint64_t lost = 0, doubled = 0, reordered = 0, corrupted = 0, delayed = 0;
    for (const RunResult& run : report.runs) {
        lost += run.counters.injected_lost;
        doubled += run.counters.injected_duplicated;
        reordered += run.counters.injected_reordered;
        corrupted += run.counters.injected_corrupted;
        delayed += run.counters.injected_delayed;
    }
    std::string text = report.faults + ":";
    const std::size_t bare = text.size();
    const auto add = [&](std::uint64_t count, const char* what) {
        if (count > 0)
            text += (text.size() == bare ? " " : ", ") + std::to_string(count) + " " + what;
    };
    add(lost, "lost");
    add(doubled, "doubled");
    add(reordered, "reordered");
    add(corrupted, "corrupted");
    add(delayed, "delayed");
    return text.size() == bare ? report.faults : text;
}

std::vector<std::string> note_texts(const Report& report) {
    std::vector<std::string> notes;
    note_changes(report, notes);
    note_split_sends(report, notes);
    notes.insert(notes.end(), report.notes.begin(), report.notes.end());
    note_floor(report, notes);
    if (report.nodes > report.cores_used && report.cores_used > 0)
        notes.push_back(counted(static_cast<std::uint64_t>(report.nodes), "node") + " on " +
                        counted(static_cast<std::uint64_t>(report.cores_used), "core") +
                        ": latency includes waiting for the core");
    if (report.runs.empty()) return notes;
    note_io(report, notes);
    note_rates(report, notes);
    note_buffers(report, notes);
    note_rejected(report, notes);
    note_refusals(report, notes);
    note_foreign(report, notes);
    note_disturbances(report, notes);
    if (const std::string machine = machine_text(report.environment, usage_of(report));
        !machine.empty())
        notes.push_back(machine);
    return notes;
}

}  // namespace paxos::measure
