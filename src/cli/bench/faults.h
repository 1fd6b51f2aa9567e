// Parses the option --faults, such as
// loss=1%,dup=1%,reorder=5%,corrupt=0.1%,delay=100us,kill=3@40%,restart=50ms,cut=0:4,deaf=2,mute=1
#pragma once

#include <string>
#include <string_view>

#include "node/plan.h"

namespace paxos::cli {

/// Reads `text` into `faults`. Returns the error, or an empty text. Checks node ids only against
/// limits::nodes_max; resolve.h checks them against the cluster.
[[nodiscard]] std::string read_faults(std::string_view text, node::Faults& faults);

}  // namespace paxos::cli
