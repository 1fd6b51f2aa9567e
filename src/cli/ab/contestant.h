// Runs a build for `ab`: identifies it, and runs legs (single runs of a build). The outcome is
// always a result or an error with an exit code.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cluster/signals.h"
#include "compare/result_reader.h"

namespace paxos::cli {

struct LegError {
    int exit_code = 0;  ///< 0 if there is no error; 128 + signal if the comparison was stopped.
    std::string text;   ///< The message: "./old: is not executable (chmod +x)".
};

/// Runs the program at `path` with --version to check that it is a build of paxos_fast. Kills the
/// program if it has not ended after `limit_ns`.
[[nodiscard]] LegError identify(const std::string& path, std::uint64_t limit_ns,
                                cluster::Signals& signals);

/// Runs `bench` of the program at `path` with `options` once, for at most `limit_ns`. If there is
/// no error, `leg` is its result.
[[nodiscard]] LegError run_leg(const std::string& path, const std::vector<std::string>& options,
                               std::uint64_t limit_ns, cluster::Signals& signals,
                               compare::Result& leg);

}  // namespace paxos::cli
