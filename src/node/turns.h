// What surrounds a node's turns: its start, its options, its words when a truth is broken. Nothing
// here is hot.
#pragma once

#include <algorithm>

#include <span>

#include "io/communicator.h"
#include "node/node.h"
#include "paxos/options.h"

namespace paxos::node {

/// The protocol's options under this context's plan.
[[nodiscard]] Options options_for(const Context& context);
/// The slot at which the plan's faults make `self` kill itself; ~0: never.
[[nodiscard]] Slot kill_slot(const Plan& plan, NodeId self);
/// With idle=block, the longest sleep of a node without work: half a heartbeat, so that its timers
/// fire in time.
inline constexpr Tick sleep_max_ns = 1'000'000;
/// How long to sleep: at most `sleep_max_ns`, and no later than `due_at`, when the next round is
/// due.
[[nodiscard]] constexpr Tick sleep_for(Tick now, Tick due_at) {
    return std::min(sleep_max_ns, due_at - std::min(due_at, now));
}
/// Maps what the node will need, so that no page faults after the start barrier: the pages of the
/// board that it will write to, those of the program and its libraries, and some stack.
void touch(NodeBoard& board, const Plan& plan);
/// Pid, core, io and idling, for the summary.
void describe_start(const Context& context, const io::Communicator& communicator);
/// Changes the node's state and wakes the launcher.
void announce(const Context& context, NodeState state);
/// Everything needed to understand a violation, in one line, zero-ended. ViolationKind::none: a
/// value nobody proposed.
void describe(const Violation& violation, std::span<char> text);

}  // namespace paxos::node
