// Measures the offset of a peer's clock from ours with numbered pings over a channel. Uses the ping
// with the shortest round trip (Cristian's algorithm).
//
// Clocks are monotonic, and each host's clock has its own origin. Clocks drift by up to about 50
// ppm, so rank 0 measures the offsets before each run.
#pragma once

#include <cstdint>
#include <optional>

#include "control/channel.h"
#include "paxos/tick.h"

namespace paxos::control {

class ClockOffset {
public:
    static constexpr std::uint32_t pings_max = 16;

    struct Estimate {
        std::int64_t offset_ns = 0;  ///< The peer's clock minus ours.
        std::uint64_t error_ns = 0;  ///< The maximum error: half of the shortest round trip.

        /// Converts a time of the peer's clock to a time of ours.
        [[nodiscard]] Tick to_ours(Tick at) const { return at - static_cast<Tick>(offset_ns); }
        /// Converts a time of our clock to a time of the peer's.
        [[nodiscard]] Tick to_theirs(Tick at) const { return at + static_cast<Tick>(offset_ns); }
    };

    /// Sends the next ping, unless the last ping is unanswered or all pings are done. False if the
    /// channel refused the ping. REQUIRES: `now` was read just before the call. If it is older, the
    /// round trip appears longer.
    [[nodiscard]] bool ping(Channel& channel, Tick now);
    /// Call when a pong has arrived. Ignores every pong that does not answer the last ping.
    void on_pong(Bytes content, Tick now);
    [[nodiscard]] bool is_done() const { return answered_ == pings_max; }
    /// None if no ping was answered yet.
    [[nodiscard]] std::optional<Estimate> estimate() const { return best_; }

private:
    std::uint32_t sent_ = 0, answered_ = 0;
    Tick sent_at_ = 0;
    std::optional<Estimate> best_;
};

/// Answers a ping with the time of this host. False if the ping is malformed, or if the channel
/// refused the answer.
[[nodiscard]] bool answer_ping(Channel& channel, Bytes content, Tick now);

}  // namespace paxos::control
