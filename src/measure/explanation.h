// Why decisions were slow, for --explain. Plain data that the launcher fills.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "language/language.h"

namespace paxos::measure {

/// What delayed a decision.
enum class Cause : std::uint8_t {
    took_over,       ///< The proposer was preempted by another proposer, or took over.
    context_switch,  ///< A node that was needed was off its core, and another thread ran there.
    steal,           ///< A needed node was off its core while the hypervisor ran another guest.
    long_turn,       ///< A node that was needed was on its core, in one long turn.
    socket_full,     ///< The proposer's socket dropped datagrams, or the kernel refused some.
    /// Requests were retransmitted, because a request or an answer was lost or late.
    sent_again,
    queued,  ///< The round waited because the window was full. Occurs only with a fixed rate.
    unknown,
};
inline constexpr std::size_t cause_count = 8;

/// The name in result files, such as "context_switch".
[[nodiscard]] std::string_view name_of(Cause cause);
/// The name in text, such as "context switch".
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

/// The slow decisions of one row of one repetition.
struct Explanation {
    std::uint64_t beyond_ns = 0;        ///< The row's p99. Decisions that took longer are slow.
    CauseCounts counts{};               ///< Number of slow decisions by cause.
    std::vector<SlowDecision> slowest;  ///< Some slow decisions, slowest first.
};

/// Such as "412 slow decisions (beyond p99): 55% context switch, 45% unknown", the most frequent
/// cause first. Empty: no decision was slow.
[[nodiscard]] std::string causes_text(const CauseCounts& counts, const Language& language = {});

}  // namespace paxos::measure
