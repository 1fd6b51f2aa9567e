// The command `ab`: runs two builds in turn until the difference asked for could be seen or the
// time is up, and says whether it is real.
#pragma once

#include <string>
#include <vector>

namespace paxos::cli {

/// Returns the exit code. `arguments` are those behind `ab`.
[[nodiscard]] int ab_command(const std::vector<std::string>& arguments);

}  // namespace paxos::cli
