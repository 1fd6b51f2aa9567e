// Connects the processes of one cluster, each of which runs one node. Rank 0 has a connection to
// each other process. How a process learns its rank is in control/bootstrap.h.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/bench/options.h"
#include "cli/terminal.h"
#include "control/bootstrap.h"
#include "control/channel.h"

namespace paxos::cli {

/// The channels of this process.
struct Joined {
    /// In rank 0, the channels to ranks 1, 2, ...; in other ranks, one channel to rank 0.
    std::vector<control::Channel> channels;
    std::string refused;  ///< In rank 0, a text about the connections that were refused.
};

/// Returns how this process was started, and its rank in the cluster. Bootstrap::size is 1 if this
/// process starts all nodes itself. `key` is the secret from --key. On failure returns none and
/// sets `error`, which includes the remedy.
[[nodiscard]] std::optional<control::Bootstrap> learn_start(
    const Options& options, const std::optional<control::Secret>& key, std::string& error);

/// The UDP port that --peers gives this process; 0 if --peers gives none.
[[nodiscard]] std::uint16_t udp_port_of(const control::Bootstrap& start);

/// Called with what the program waits for: "n1 n2 to connect to n0", or "n0 at 10.0.0.1:7000".
using OnWait = std::function<void(const std::string& awaited)>;

/// Returns a callback that sets `doing` to what the program waits for ("waiting for n1 n2 to
/// connect to n0"). After a second the callback also shows this text on `progress`. If `progress`
/// is off, the callback prints the text once to standard error, unless `progress_when` is never.
/// REQUIRES: `progress` and `doing` outlive the callback.
[[nodiscard]] OnWait shown_wait(ProgressLine& progress, When progress_when, std::string& doing);

/// Connects this process: rank 0 to all other processes, the others to rank 0. Waits at most 20 s
/// (connect_timeout_ns), and meanwhile calls `on_wait` about ten times a second or more often. On
/// failure returns none and sets `error`, which names the missing processes and the remedy. If a
/// signal is pending on `signals`, returns none at once and does not set `error`.
[[nodiscard]] std::optional<Joined> join(control::Bootstrap& start, int signals,
                                         const OnWait& on_wait, std::string& error);

}  // namespace paxos::cli
