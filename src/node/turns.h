// The parts of a node outside its loop: options, start, state changes, error texts.
#pragma once

#include <algorithm>

#include <span>

#include "io/communicator.h"
#include "node/node.h"
#include "paxos/options.h"

namespace paxos::node {

/// The protocol's options under the plan of `context`. `history`: see Options.
[[nodiscard]] Options options_for(const Context& context, std::span<Decision> history);
/// Touches every page of `size` bytes from `bytes` on.
void touch_pages(void* bytes, std::size_t size);
/// The slot at which node `self` next kills itself according to the plan's faults, after it has
/// killed itself `kills` times. ~0 if it does not kill itself again.
[[nodiscard]] Slot kill_slot(const Plan& plan, NodeId self, std::uint64_t kills);
/// With --idle block, the longest sleep of a node without work: half a heartbeat interval, so that
/// its timers fire in time.
inline constexpr Tick sleep_max_ns = 1'000'000;
/// Returns how many nanoseconds to sleep: at most `sleep_max_ns`, and not beyond `due_at`, when the
/// next round is due.
[[nodiscard]] constexpr Tick sleep_for(Tick now, Tick due_at) {
    return std::min(sleep_max_ns, due_at - std::min(due_at, now));
}
/// How a node that was started with `idle` waits now. A node that no longer has a core of its own
/// must not spin, because it would keep the shared core from other nodes.
[[nodiscard]] constexpr IdleKind idle_now(IdleKind idle, bool has_lost_core) {
    return idle == IdleKind::spin && has_lost_core ? IdleKind::yield : idle;
}
/// Touches the memory that the node will use, so that there is no page fault after the start
/// barrier: the parts of its board that it writes during the run, the program and its libraries,
/// and some stack.
void touch(NodeBoard& board, const Plan& plan);
/// Sets the fields of the board that must have a value before the first turn. The launcher and the
/// summary read these fields.
void describe_start(const Context& context, const io::Communicator& communicator);
/// Changes the node's state and wakes the launcher.
void announce(const Context& context, NodeState state);
/// Writes `error` to the board, then announces `state`.
void fail(const Context& context, NodeState state, const std::string& error);
/// Writes a violation with all details to `text`, as one zero-terminated line.
/// ViolationKind::none stands for a decided value that no node proposed.
void describe(const Violation& violation, std::span<char> text);

}  // namespace paxos::node
