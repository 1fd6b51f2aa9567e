// The command `compare`: reads result files, holds two sides against each other, and says whether
// the difference is real.
#pragma once

#include <string>
#include <vector>

namespace paxos::cli {

/// Returns the exit code. `arguments` are those behind `compare`.
[[nodiscard]] int compare_command(const std::vector<std::string>& arguments);

}  // namespace paxos::cli
