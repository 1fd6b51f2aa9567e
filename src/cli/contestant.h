// A build that takes part in `ab`: asked what it is, and run leg by leg. Whatever it does, the
// answer is a result or a refusal with an exit code.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cluster/signals.h"
#include "compare/result_reader.h"

namespace paxos::cli {

/// Why there is no answer.
struct NoAnswer {
    int exit_code = 0;  ///< 0: there is one. 128 and the signal: we were stopped.
    std::string text;   ///< As "./old: is not executable (chmod +x)".
};

/// Whether the program at `path` is a build of ours.
[[nodiscard]] NoAnswer identify(const std::string& path, std::uint64_t limit_ns,
                                cluster::Signals& signals);

/// Runs `bench` with `options` once.
[[nodiscard]] NoAnswer run_leg(const std::string& path, const std::vector<std::string>& options,
                               std::uint64_t limit_ns, cluster::Signals& signals,
                               compare::Result& leg);

}  // namespace paxos::cli
