// `paxos_fast sim`: worlds of the same protocol, in virtual time, with every fault, watched by the
// oracle.
#pragma once

#include <string>
#include <vector>

namespace paxos::cli {

/// Returns the exit code.
[[nodiscard]] int sim_command(const std::vector<std::string>& arguments);

}  // namespace paxos::cli
