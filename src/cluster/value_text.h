// Printed values: n0#17 for the value that n0 generated for round 17, or the text that the user
// gave.
#pragma once

#include <string>

#include "node/plan.h"
#include "paxos/message.h"

namespace paxos::cluster {

[[nodiscard]] std::string text_of(const node::Plan& plan, const Value& value);

}  // namespace paxos::cluster
