#include "node/moment_recorder.h"

#include <algorithm>

#include "io/clock.h"

namespace paxos::node {

void MomentRecorder::note_turn(const Readings& readings) {
    // The clock is read before getrusage(). A node is often preempted when a system call returns.
    // The usage that getrusage() reports does not include a preemption at the return of getrusage()
    // itself, so the time of the turn must not include that preemption either.
    const Tick now = io::now();
    const Usage usage = usage_of_thread();
    const TurnSpan turn{.begin = turned_at_,
                        .end = now,
                        .cpu_ns = usage.cpu_ns() - usage_.cpu_ns(),
                        .switches = usage.switches - usage_.switches,
                        .page_faults = usage.page_faults - usage_.page_faults};
    const bool has_slept = usage.sleeps != usage_.sleeps;
    if (turned_at_ != 0 && !has_slept) {
        moments_.sampled_turns.add(turn);
        if (moments_.long_turns.wants(turn.length_ns())) moments_.long_turns.add(turn);
    }
    turned_at_ = now;
    usage_ = usage;

    const Counts counts{.at = now,
                        .resent = readings.protocol.resent,
                        .dropped = readings.io.kernel_dropped,
                        .refused = readings.io.send_errors,
                        .took_over = readings.protocol.takeovers + readings.protocol.preemptions};
    if (!counts.equals(latest())) changes_[changes_end_++ % changes_.size()] = counts;
}

void MomentRecorder::note_quorum(SlotRange run, Tick now, const Load& load) {
    const Tick begun_at = std::min(load.begun_at(run.first), now);
    auto& decisions = moments_.decisions[load.row()];
    if (!decisions.wants(now - begun_at)) return;
    const Counts before = counts_at(begun_at), after = latest();
    decisions.add({.slots = {run.first - base_, run.end - base_},
                   .begun_at = begun_at,
                   .proposed_at = load.proposed_at(run.first),
                   .decided_at = now,
                   .resent = after.resent - before.resent,
                   .dropped = after.dropped - before.dropped,
                   .refused = after.refused - before.refused,
                   .took_over = after.took_over - before.took_over});
}

/// The counts at `at`, or the oldest known counts if `at` is earlier.
MomentRecorder::Counts MomentRecorder::counts_at(Tick at) const {
    const std::size_t oldest = changes_end_ - std::min(changes_end_, changes_.size());
    std::size_t index = changes_end_ - 1;
    while (index > oldest && changes_[index % changes_.size()].at > at) --index;
    return changes_[index % changes_.size()];
}

}  // namespace paxos::node
