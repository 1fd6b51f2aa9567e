// Formats values for output: n0#17 for the value that n0 generated for round 17, the text that the
// user gave, "no-op", or hexadecimal digits for a value of the warm-up or one that no node
// proposed.
#pragma once

#include <string>

#include "node/plan.h"
#include "paxos/message.h"

namespace paxos::cluster {

[[nodiscard]] std::string text_of(const node::Plan& plan, const Value& value);

}  // namespace paxos::cluster
