// What surrounds a node's turns: its start, its options, its words when a truth is broken. Nothing here is hot.
#pragma once

#include <algorithm>

#include <span>

#include "io/communicator.h"
#include "node/node.h"
#include "paxos/options.h"

namespace paxos::node {

/// The protocol's options under this context's plan.
[[nodiscard]] Options options_for(const Context& context);
[[nodiscard]] io::Choice choice_of(IoKind kind);
/// The slot at which the plan's faults make `self` kill itself; ~0: never.
[[nodiscard]] Slot kill_slot(const Plan& plan, NodeId self);
/// With idle=block, a node without work sleeps no longer than this: half a heartbeat, so that timers are kept ...
inline constexpr Tick sleep_max_ns = 1'000'000;
/// ... nor past the next round that it is to propose, at `due_at`.
[[nodiscard]] constexpr Tick sleep_for(Tick now, Tick due_at) {
    return std::min(sleep_max_ns, due_at - std::min(due_at, now));
}
/// Maps what the node will need, so that no page faults after the start barrier: the pages of the board that it will write to,
/// those of the program and its libraries, and some stack.
void touch(NodeBoard& board, const Plan& plan);
/// Pid, core, io and idling, for the summary.
void describe_start(const Context& context, const io::Communicator& communicator);
/// Changes the node's state and wakes the launcher.
void announce(const Context& context, NodeState state);
/// Everything needed to understand a violation, in one line, zero-ended. ViolationKind::none: a value nobody proposed.
void describe(const Violation& violation, std::span<char> text);

}  // namespace paxos::node
