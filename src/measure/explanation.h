// Describes why decisions were slow, for --explain. Plain data that the launcher fills in.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "language/language.h"

namespace paxos::measure {

/// What delayed a decision. A delayed node counts as needed if it is the proposer, or if the nodes
/// without delay do not form a quorum.
enum class Cause : std::uint8_t {
    took_over,       ///< The proposer was preempted by another proposer, or became the leader.
    context_switch,  ///< A needed node was off its core, and another thread ran there.
    steal,           ///< A needed node was off its core while the hypervisor ran another guest.
    long_turn,       ///< A needed node was on its core, in one long turn.
    socket_full,     ///< The proposer's socket dropped datagrams, or the kernel refused sends.
    /// Requests were retransmitted, because a request or an answer was lost or late.
    sent_again,
    queued,  ///< The round waited because the window was full. Occurs only with --rate.
    unknown,
};
inline constexpr std::size_t cause_count = 8;

/// The name in result files, such as "context_switch".
[[nodiscard]] std::string_view name_of(Cause cause);
/// The name in texts for users, such as "context switch".
[[nodiscard]] std::string text_of(Cause cause, const Language& language = {});

/// Rounds that were decided together. The latency and the time are those of the first round.
struct SlowDecision {
    std::uint64_t round = 0, rounds = 1;
    std::uint64_t latency_ns = 0;
    std::uint64_t at_ns = 0;  ///< Time of the decision, since the start of the run.
    int node = 0;             ///< The proposer.
    Cause cause = Cause::unknown;
    std::string meanwhile;  ///< What else happened during the decision; empty if nothing.
};

using CauseCounts = std::array<std::uint64_t, cause_count>;

/// The slow decisions of one row (one load, see RowResult) of one repetition.
struct Explanation {
    std::uint64_t beyond_ns = 0;  ///< The row's p99. Decisions that took longer are slow.
    /// Slow decisions by cause. Counts only the longest decisions, because the nodes keep no others
    /// (node/moments.h).
    CauseCounts counts{};
    std::vector<SlowDecision> slowest;  ///< The slowest of these decisions, slowest first.
};

/// A text such as "412 slow decisions (beyond p99): 55% context switch, 45% unknown", with the most
/// frequent cause first. Empty if no decision was slow.
[[nodiscard]] std::string causes_text(const CauseCounts& counts, const Language& language = {});

}  // namespace paxos::measure
