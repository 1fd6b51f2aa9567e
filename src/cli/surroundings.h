// What the settings are read from, as it is: arguments, environment, `.env` of the working folder,
// cores, chance.
#pragma once

#include "cli/options.h"

namespace paxos::cli {

[[nodiscard]] Surroundings read_surroundings(int argument_count, char** arguments);

}  // namespace paxos::cli
