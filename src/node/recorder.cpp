#include "node/recorder.h"

#include <algorithm>

#include "node/allocation_guard.h"
#include "node/usage.h"

namespace paxos::node {

namespace {

/// The counters of counter_table, gathered from the parts of the node that count them.
NodeCounters counters_of(const Readings& readings) {
    const io::Counters& io = readings.io;
    const Counters& protocol = readings.protocol;
    return {.datagrams_sent = io.datagrams_sent,
            .datagrams_received = io.datagrams_received,
            .kernel_dropped = io.kernel_dropped,
            .send_errors = io.send_errors,
            .segment_fallbacks = io.segment_fallbacks,
            .sends = io.sends,
            .receives = io.receives,
            .injected_lost = readings.injected.lost,
            .injected_duplicated = readings.injected.duplicated,
            .injected_reordered = readings.injected.reordered,
            .injected_corrupted = readings.injected.corrupted,
            .injected_delayed = readings.injected.delayed,
            .late = protocol.late,
            .outside_ring = protocol.outside_ring,
            .unanswered = protocol.unanswered,
            .decided = protocol.decided,
            .decided_first = protocol.decided_first,
            .preemptions = protocol.preemptions,
            .takeovers = protocol.takeovers,
            .ballots_exhausted = protocol.ballots_exhausted};
}

}  // namespace

Recorder::Recorder(NodeBoard& board)
    : board_(board),
      earlier_counters_(board.counters),
      earlier_refused_errno_(board.refused_errno),
      earlier_refused_datagrams_(board.refused_datagrams),
      earlier_rejected_(board.rejected),
      earlier_turns_(board.turns.get()) {}

Recorder::Snapshot Recorder::take(const Readings& readings) {
    const Usage usage = usage_of_process();
    return Snapshot{.protocol = readings.protocol,
                    .io = readings.io,
                    .turns = readings.turns,
                    .cpu_user_ns = usage.cpu_user_ns,
                    .cpu_system_ns = usage.cpu_system_ns,
                    .allocations = allocation_guard::count(),
                    .page_faults = usage.page_faults};
}

void Recorder::publish(const Readings& readings) {
    static_assert(wire::rejections <= std::tuple_size_v<decltype(NodeBoard::rejected)>);
    const NodeCounters counters = counters_of(readings);
    for (std::size_t i = 0; i < counter_count; ++i) {
        const auto member = counter_table[i].member;
        const std::uint64_t earlier = earlier_counters_[i].get(), since = counters.*member;
        // The kernel counts drops at the socket, which all incarnations of the node share. So the
        // count of a later incarnation includes the drops of earlier ones.
        const bool is_shared = member == &NodeCounters::kernel_dropped;
        board_.counters[i].set(is_shared ? std::max(earlier, since) : earlier + since);
    }
    publish_refusals(readings.io);
    for (std::size_t i = 0; i < readings.rejected.size(); ++i)
        board_.rejected[i].set(earlier_rejected_[i].get() + readings.rejected[i]);
    board_.turns.set(earlier_turns_ + readings.turns);
}

/// An errno that an earlier incarnation has published keeps its place in the arrays. If there are
/// more errnos than places, the others share the last place.
void Recorder::publish_refusals(const io::Counters& counters) {
    std::array<std::uint64_t, std::tuple_size_v<decltype(NodeBoard::refused_datagrams)>> since{};
    for (const io::Refusal& refusal : counters.refusals) {
        if (refusal.error == 0) continue;
        const auto error = static_cast<std::uint64_t>(refusal.error);
        std::size_t i = 0;
        while (i + 1 < board_.refused_errno.size() && board_.refused_errno[i].get() != 0 &&
               board_.refused_errno[i].get() != error)
            ++i;
        const bool is_known = earlier_refused_errno_[i].get() != 0;
        const std::uint64_t earlier = is_known ? earlier_refused_datagrams_[i].get() : 0;
        since[i] += refusal.datagrams;
        board_.refused_errno[i].set(error);
        board_.refused_datagrams[i].set(earlier + since[i]);
    }
}

void Recorder::begin_row(const Readings& readings) { row_begin_ = take(readings); }

void Recorder::end_row(const Readings& readings, RowBoard& row) {
    const Snapshot end = take(readings);
    for (std::size_t kind = 0; kind < message_kinds; ++kind)
        row.messages_sent[kind].add(end.protocol.sent[kind] - row_begin_.protocol.sent[kind]);
    row.cells_sent.add(end.protocol.cells - row_begin_.protocol.cells);
    row.resent.add(end.protocol.resent - row_begin_.protocol.resent);
    row.datagrams_sent.add(end.io.datagrams_sent - row_begin_.io.datagrams_sent);
    row.datagrams_received.add(end.io.datagrams_received - row_begin_.io.datagrams_received);
    row.enters.add(end.io.enters - row_begin_.io.enters);
    row.turns.add(end.turns - row_begin_.turns);
    row.cpu_user_ns.add(end.cpu_user_ns - row_begin_.cpu_user_ns);
    row.cpu_system_ns.add(end.cpu_system_ns - row_begin_.cpu_system_ns);
    row.allocations.add(end.allocations - row_begin_.allocations);
    row.page_faults.add(end.page_faults - row_begin_.page_faults);
}

void Recorder::on_progress(Slot first, Tick now, RowBoard& row) {
    if (progress_at_ != 0 && now - progress_at_ > row.longest_wait_ns.get()) {
        row.longest_wait_ns.set(now - progress_at_);
        row.longest_wait_slot.set(first);
    }
    progress_at_ = now;
}

}  // namespace paxos::node
