// Converts a line of --log into an event of the result file.
#pragma once

#include <string>

#include "measure/result.h"
#include "node/plan.h"
#include "trace/narrator.h"

namespace paxos::cluster {

[[nodiscard]] measure::TracedEvent traced(const node::Plan& plan,
                                          const trace::Narrator::Printed& printed);

}  // namespace paxos::cluster
