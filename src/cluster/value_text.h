// Formats a value for output: as n0#17 if n0 generated it for round 17, as the text that the user
// gave, or as "no-op". A value of the warm-up, or one that no node proposed, is shown in
// hexadecimal.
#pragma once

#include <string>

#include "node/plan.h"
#include "paxos/message.h"

namespace paxos::cluster {

[[nodiscard]] std::string text_of(const node::Plan& plan, const Value& value);

}  // namespace paxos::cluster
