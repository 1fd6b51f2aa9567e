// Sums up the boards of all nodes for the summary and the result file. The sums include only what a
// node published on its board, so they lack the last counts of a dead node.
#include <algorithm>
#include <csignal>
#include <cstring>

#include "cluster/explain.h"
#include "cluster/placement_text.h"
#include "cluster/run_record.h"
#include "cluster/value_text.h"
#include "measure/figures.h"
#include "trace/words.h"
#include "wire/wire.h"

namespace paxos::cluster {
namespace {

using measure::NodeResult;
using measure::RowResult;
using measure::RunResult;
using node::NodeBoard;
using node::RowBoard;

constexpr Tick never = ~Tick{0};

std::uint64_t rounds_below(Slot slot, const node::Plan& plan) {
    return slot > plan.warmup ? slot - plan.warmup : 0;
}

std::span<const NodeBoard> boards_of(const node::Board& board, const RunRecord& record) {
    return std::span{board.nodes}.first(record.plan->nodes);
}

std::string state_of(const NodeBoard& board, const Ending& ending, bool is_silent,
                     bool is_left_behind, bool has_restarted) {
    const auto state = static_cast<node::NodeState>(board.state.seen());
    if (ending.exit_code == 5 || state == node::NodeState::unsafe) return "unsafe";
    if (ending.by_launcher || is_silent) return "silent";
    if (ending.with_launcher) return "ended with its launcher";
    if (ending.is_crash() && ending.signal != 0)
        return "crashed with signal " + std::to_string(ending.signal);
    if (ending.signal != 0) return "killed by signal " + std::to_string(ending.signal);
    if (state == node::NodeState::storage_failed)
        return std::string("could not write its file (") +
               std::strerror(static_cast<int>(board.storage.error.get())) + ")";
    if (ending.exit_code == 3 && has_restarted)
        return "could not restart (" + std::string(board.error.data()) + ")";
    if (ending.exit_code == 3) return "failed";
    if (state != node::NodeState::stopped)
        return "exited with code " + std::to_string(ending.exit_code);
    return is_left_behind ? "left behind" : "stopped";
}

/// The number of slots that `node` skipped in all its incarnations.
std::uint64_t skipped_by(const NodeBoard& board, const RunRecord& record, NodeId node) {
    std::uint64_t skipped = board.skipped.get();
    for (const EndedIncarnation& incarnation : record.ended_incarnations)
        if (incarnation.node == node) skipped += incarnation.skipped;
    return skipped;
}

NodeCounters counters_of(const NodeBoard& board) {
    NodeCounters counters;
    for (std::size_t i = 0; i < counter_count; ++i)
        counters.*counter_table[i].member = board.counters[i].get();
    return counters;
}

NodeResult node_result(const NodeBoard& board, const RunRecord& record, std::size_t node) {
    NodeResult result;
    result.id = static_cast<int>(node);
    result.core = record.placement->core_of[node];
    if (node >= record.endings.size()) {
        result.state = "not started";
        return result;
    }
    const Ending& ending = record.endings[node];
    result.pid = record.pids[node];
    const auto id = static_cast<NodeId>(node);
    result.skipped = skipped_by(board, record, id);
    result.state = state_of(board, ending, record.silent.has(id),
                            result.skipped != 0 || record.cut_off.has(id),
                            record.has_restarted(result.id));
    // An OOM kill arrives as SIGKILL. The kernel counts OOM kills, but does not report which
    // process it killed. If it counted any, every SIGKILL that the launcher did not send is
    // reported as an OOM kill.
    const HostWatch& watch = record.watch_of(node);
    if (ending.signal == SIGKILL && !ending.by_launcher && watch.oom_kills > 0)
        result.state += " (out of memory" +
                        (watch.memory_limit.empty() ? "" : ": " + watch.memory_limit) + ")";
    result.error = board.error.data();
    result.alive_at_end = result.state == "stopped" || result.state == "left behind" ||
                          result.state == "silent";
    result.learned = board.learned.seen();
    // A killed node may have published its digest but not yet `learned`.
    if (ending.signal != 0)
        result.learned = std::max(result.learned, board.checkpoints.own.get().end);
    for (const EndedIncarnation& incarnation : record.ended_incarnations)
        if (incarnation.node == node) result.learned = std::max(result.learned, incarnation.end());
    result.cpu_ns = ending.cpu_ns;
    for (std::size_t row = 0; row < record.plan->row_count; ++row) {
        result.decided += board.rows[row].decided.get();
        result.decided_first += board.rows[row].decided_first.get();
    }
    const NodeCounters counters = counters_of(board);
    result.preemptions = counters.preemptions;
    result.takeovers = counters.takeovers;
    result.signal = ending.signal;
    result.ended_near_round = rounds_below(result.learned, *record.plan);
    result.rss_peak_bytes = ending.rss_peak_bytes;
    return result;
}

/// Sets the two durations of a row. Both begin at the first proposal of the row. One ends at the
/// last decision in the row, whichever proposer made it. The other ends when every node that
/// stopped cleanly and was not left behind has learned the row.
void set_times(std::span<const NodeBoard> boards, const std::vector<NodeResult>& nodes,
               std::size_t row, RowResult& result) {
    Tick first = never, last = 0, learned = 0;
    bool all_learned = true;
    for (std::size_t i = 0; i < boards.size(); ++i) {
        const RowBoard& one = boards[i].rows[row];
        if (one.first_proposal_at.get() != 0) first = std::min(first, one.first_proposal_at.get());
        last = std::max(last, one.last_decision_at.get());
        if (nodes[i].state != "stopped") continue;  // The run did not wait for this node.
        learned = std::max(learned, one.learned_at.get());
        all_learned = all_learned && one.learned_at.get() != 0;
    }
    if (first != never && last > first) result.elapsed_ns = last - first;
    if (first != never && all_learned && learned > first)
        result.learned_elapsed_ns = learned - first;
}

void add(const RowBoard& from, const node::Plan& plan, RowResult& to) {
    to.latency->merge(from.latency);
    if (to.uncorrected) to.uncorrected->merge(from.uncorrected);
    measure::NodeCost cost{.cpu_user_ns = from.cpu_user_ns.get(),
                           .cpu_system_ns = from.cpu_system_ns.get(),
                           .datagrams_sent = from.datagrams_sent.get(),
                           .datagrams_received = from.datagrams_received.get(),
                           .enters = from.enters.get()};
    for (std::size_t kind = 0; kind < message_kinds; ++kind) {
        to.messages[kind] += from.messages_sent[kind].get();
        cost.messages_sent += from.messages_sent[kind].get();
    }
    to.resent += from.resent.get();
    to.cells_sent += from.cells_sent.get();
    to.datagrams_sent += cost.datagrams_sent;
    to.datagrams_received += cost.datagrams_received;
    to.enters += cost.enters;
    to.turns += from.turns.get();
    to.cpu_ns += cost.cpu_user_ns + cost.cpu_system_ns;
    to.costs.push_back(cost);
    to.allocations += from.allocations.get();
    to.page_faults += from.page_faults.get();
    if (from.longest_wait_ns.get() <= to.longest_wait_ns) return;
    to.longest_wait_ns = from.longest_wait_ns.get();
    to.longest_wait_round = rounds_below(from.longest_wait_slot.get(), plan);
}

/// The number of decided slots in each row. The learned slots are assigned to the rows in order. A
/// row gets at most as many slots as it has rounds. If durations end the rows, a row also gets at
/// most as many slots as the proposers decided in it. The second limit alone is not enough, because
/// it is too high if two proposers decided the same slot.
std::vector<std::uint64_t> decisions_of(std::span<const NodeBoard> boards, const node::Plan& plan,
                                        Slot learned_max) {
    std::vector<std::uint64_t> decisions;
    std::uint64_t left = rounds_below(learned_max, plan);
    for (std::size_t row = 0; row < plan.row_count; ++row) {
        std::uint64_t count = plan.rows[row].rounds;
        if (plan.duration_ns != 0) {
            std::uint64_t decided = 0;
            for (const NodeBoard& board : boards) decided += board.rows[row].decided.get();
            count = std::min(count, decided);
        }
        decisions.push_back(std::min(count, left));
        left -= decisions.back();
    }
    return decisions;
}

void gather_rows(std::span<const NodeBoard> boards, const RunRecord& record, RunResult& result) {
    const node::Plan& plan = *record.plan;
    const Slot learned_max = std::ranges::max(result.nodes, {}, &NodeResult::learned).learned;
    const std::vector<std::uint64_t> decisions = decisions_of(boards, plan, learned_max);
    for (std::size_t i = 0; i < plan.row_count; ++i) {
        RowResult row;
        row.load = plan.rows[i].unloaded    ? "unloaded"
                   : plan.rows[i].saturated ? "saturated"
                   : plan.rows[i].rate != 0 ? "rate"
                                            : "window";
        row.window = plan.rows[i].window;
        row.rate = plan.rows[i].rate;
        row.repetition = record.repetition;
        row.rounds = plan.rows[i].rounds == node::unbounded ? 0 : plan.rows[i].rounds;
        row.decisions = decisions[i];
        row.latency = std::make_shared<Histogram>();
        if (row.rate != 0) row.uncorrected = std::make_shared<Histogram>();
        set_times(boards, result.nodes, i, row);
        for (const NodeBoard& board : boards) add(board.rows[i], plan, row);
        if (record.series != nullptr) row.slices = record.series->slices(i);
        if (const auto p99 = measure::percentile(*row.latency, 0.99); plan.explain && p99)
            row.explanation = explain(boards, plan, i, record.started_at,
                                      static_cast<std::uint64_t>(*p99));
        result.rows.push_back(std::move(row));
    }
}

void gather_counters(std::span<const NodeBoard> boards, RunResult& result) {
    for (const NodeBoard& board : boards) {
        const NodeCounters counters = counters_of(board);
        for (const Counter& counter : counter_table)
            result.counters.*counter.member += counters.*counter.member;
        for (std::size_t i = 0; i < board.refused_errno.size(); ++i)
            if (const auto error = static_cast<int>(board.refused_errno[i].get()); error != 0)
                result.refused_sends[error] += board.refused_datagrams[i].get();
        for (std::size_t i = 0; i < wire::rejections; ++i)
            if (board.rejected[i].get() != 0)
                result.rejected[wire::name_of(static_cast<wire::Rejection>(i))] += board.rejected[i]
                                                                                       .get();
        const std::uint64_t size = board.receive_buffer_size.get();
        if (size != 0 && (result.receive_buffer_size == 0 || size < result.receive_buffer_size))
            result.receive_buffer_size = size;
    }
}

measure::StorageResult storage_of(std::span<const NodeBoard> boards, const RunRecord& record) {
    measure::StorageResult result{.first_slot = record.files->base,
                                  .flush = std::make_shared<Histogram>()};
    for (const NodeBoard& board : boards) {
        result.batches += board.storage.batches.get();
        result.bytes += board.storage.bytes.get();
        result.checkpoints += board.storage.checkpoints.get();
        const std::uint64_t end = board.learned.seen();
        result.learned += end - std::min(end, board.skipped.get());
        result.flush->merge(board.storage.flush);
    }
    return result;
}

/// Copies the events of the series, and sets the missing texts. The event of a node that ended has
/// no text in the series, because the series did not know how the node ended.
void gather_events(const RunRecord& record, RunResult& result) {
    if (record.series == nullptr) return;
    result.events = record.series->events();
    for (measure::RunEvent& event : result.events)
        if (event.text.empty())
            event.text = result.nodes[static_cast<std::size_t>(event.node)].state;
}

/// Gathers for each node its longest turns and a sample of all its turns, in order of time and
/// without duplicates.
void gather_turns(std::span<const NodeBoard> boards, const RunRecord& record, RunResult& result) {
    for (std::size_t i = 0; i < boards.size(); ++i) {
        const node::Moments& moments = boards[i].moments;
        std::vector<node::TurnSpan> turns{moments.long_turns.items().begin(),
                                          moments.long_turns.items().end()};
        turns.insert(turns.end(), moments.sampled_turns.items().begin(),
                     moments.sampled_turns.items().end());
        std::ranges::sort(turns, {}, &node::TurnSpan::begin);
        const auto doubled = std::ranges::unique(turns, {}, &node::TurnSpan::begin);
        turns.erase(doubled.begin(), doubled.end());
        for (const node::TurnSpan& turn : turns)
            result.turns.push_back({.node = static_cast<int>(i),
                                    .begin_ns = turn.begin - record.started_at,
                                    .end_ns = turn.end - record.started_at,
                                    .cpu_ns = turn.cpu_ns,
                                    .switches = turn.switches,
                                    .page_faults = turn.page_faults});
    }
}

/// The number of no-ops among the decided rounds, as counted by the node with the longest log. If
/// that node skipped slots, the highest count of all nodes is used instead, because the count of
/// that node may be too low.
std::uint64_t no_ops_of(std::span<const NodeBoard> boards, const std::vector<NodeResult>& nodes) {
    const auto count_of = [&](const NodeResult& node) {
        return boards[static_cast<std::size_t>(node.id)].no_ops.get();
    };
    std::uint64_t most = 0;
    const NodeResult* longest = &nodes.front();
    for (const NodeResult& node : nodes) {
        most = std::max(most, count_of(node));
        if (std::pair(node.learned, node.skipped == 0) >
            std::pair(longest->learned, longest->skipped == 0))
            longest = &node;
    }
    return longest->skipped == 0 ? count_of(*longest) : most;
}

/// Appends `one` to the list `all`, such as "spin; yield", unless the list contains it.
void add_once(std::string& all, const std::string& one) {
    if (!one.empty() && ("; " + all + "; ").find("; " + one + "; ") == std::string::npos)
        all += (all.empty() ? "" : "; ") + one;
}

void gather_decisions(std::span<const NodeBoard> boards, const node::Plan& plan,
                      RunResult& result) {
    const NodeBoard* longest = nullptr;
    for (const NodeBoard& board : boards)
        if (longest == nullptr || board.listed_count.seen() > longest->listed_count.seen())
            longest = &board;
    const std::size_t count = std::min<std::size_t>(longest->listed_count.seen(),
                                                    longest->listed.size());
    for (std::size_t i = 0; i < count; ++i) {
        const node::ListedDecision& listed = longest->listed[i];
        result.decisions.push_back({rounds_below(listed.slot, plan), text_of(plan, listed.value),
                                    static_cast<int>(listed.ballot.node()),
                                    trace::text_of(listed.ballot)});
    }
}

}  // namespace

RunResult gather(const node::Board& board, const RunRecord& record) {
    const node::Plan& plan = *record.plan;
    const std::span<const NodeBoard> boards = boards_of(board, record);
    RunResult result;
    result.repetition = record.repetition;
    result.logged = plan.log;
    result.start_ns = record.start_ns;
    result.stop_ns = record.stop_ns;
    result.rounds = plan.slot_end() == node::unbounded ? 0 : plan.slot_end() - plan.warmup;
    for (std::size_t i = 0; i < boards.size(); ++i)
        result.nodes.push_back(node_result(boards[i], record, i));
    gather_rows(boards, record, result);
    gather_counters(boards, result);
    gather_events(record, result);
    result.restarts = record.restarts;
    if (record.files != nullptr) result.storage = storage_of(boards, record);
    if (plan.explain) gather_turns(boards, record, result);
    result.trace = record.trace;
    result.no_ops = no_ops_of(boards, result.nodes);
    const auto add_watch = [&](const HostWatch& watch) {
        if (!watch.environment_changes.empty())
            result.environment_changes += (result.environment_changes.empty() ? "" : ", ") +
                                          watch.environment_changes;
        result.throttled += watch.throttled;
    };
    add_watch(record.watch);
    std::ranges::for_each(record.remote_watches, add_watch);
    result.datagrams_unread = record.unread;
    // If a process was killed, it has not published its last counts, so sent and received datagrams
    // need not balance.
    result.ledger_is_complete = record.restarts.empty() &&
                                std::ranges::all_of(result.nodes, [](const NodeResult& node) {
                                    return node.state == "stopped" || node.state == "left behind";
                                });
    gather_decisions(boards, plan, result);
    for (std::size_t i = 0; i < boards.size(); ++i) {
        add_once(result.io, boards[i].io_text.data());
        add_once(result.idle, name_of(record.placement->idle_of[i]));
    }
    conclude(board, record, result);
    return result;
}

}  // namespace paxos::cluster
