// Why decisions were slow, for --explain. Plain data, filled by the launcher.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace paxos::measure {

/// What delayed a decision.
enum class Cause : std::uint8_t {
    took_over,       ///< Another proposer preempted this one, or this one took over.
    context_switch,  ///< A node that was needed was off its core: another thread ran.
    steal,           ///< The same without a context switch: the hypervisor had the core.
    long_turn,       ///< A node that was needed had a turn that took so long on its core.
    socket_full,     ///< The proposer's socket dropped datagrams, or the kernel refused some.
    sent_again,      ///< Requests were lost or late, and were retransmitted.
    queued,          ///< At a rate: the round waited for room in the window.
    unknown,
};
inline constexpr std::size_t cause_count = 8;

/// As in result files: "context_switch".
[[nodiscard]] std::string_view name_of(Cause cause);
/// "context switch".
[[nodiscard]] std::string text_of(Cause cause);

/// Rounds that were decided together. Latency and times are those of the first one.
struct SlowDecision {
    std::uint64_t round = 0, rounds = 1;
    std::uint64_t latency_ns = 0;
    std::uint64_t at_ns = 0;  ///< When it was decided, since the start of the run.
    int node = 0;             ///< The proposer.
    Cause cause = Cause::unknown;
    std::string meanwhile;  ///< Everything that is known to have happened; empty: nothing.
};

using CauseCounts = std::array<std::uint64_t, cause_count>;

/// The slow decisions of one row of one repetition.
struct Explanation {
    std::uint64_t beyond_ns = 0;        ///< Slow: longer than this, the row's p99.
    CauseCounts counts{};               ///< Of slow decisions, by cause.
    std::vector<SlowDecision> slowest;  ///< The slowest of them, slowest first.
};

/// "412 slow decisions (beyond p99): 55% context switch, 30% sent again, 15% unknown": the most
/// frequent first. Empty: no decision was slow.
[[nodiscard]] std::string causes_text(const CauseCounts& counts);

}  // namespace paxos::measure
