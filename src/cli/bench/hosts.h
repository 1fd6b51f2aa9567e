// The start of a cluster on several hosts: connects its processes, which the bootstrap lists.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/bench/options.h"
#include "control/bootstrap.h"
#include "control/channel.h"

namespace paxos::cli {

/// The channels of this process.
struct Joined {
    std::vector<control::Channel> channels;  ///< Rank 0: to 1, 2, ...; others: one, to rank 0.
    std::string refused;  ///< Rank 0: connections that were refused, in words. Empty: none.
};

/// How this process was started, and which part of a cluster it is; size 1: alone. `key`: from
/// --key. None: `error` says why, and the remedy.
[[nodiscard]] std::optional<control::Bootstrap> learn_start(
    const Options& options, const std::optional<control::Secret>& key, std::string& error);

/// The UDP port that --peers gives this process; 0: none.
[[nodiscard]] std::uint16_t udp_port_of(const control::Bootstrap& start);

/// Connects with the other processes of `start`, for at most 20 s. Ends early, without an `error`,
/// if a signal is pending on `signals`. None: `error` names the missing processes and the remedy.
[[nodiscard]] std::optional<Joined> join(control::Bootstrap& start, int signals,
                                         std::string& error);

}  // namespace paxos::cli
