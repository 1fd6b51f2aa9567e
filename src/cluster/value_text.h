// Formats a value for output. A value that n0 generated for round 17 is shown as n0#17, a text that
// the user gave is shown as it is, and a no-op is shown as "no-op". A value of the warm-up, or one
// that no node generated, is shown as its first 16 bytes in hexadecimal.
#pragma once

#include <string>

#include "node/plan.h"
#include "paxos/message.h"

namespace paxos::cluster {

[[nodiscard]] std::string text_of(const node::Plan& plan, const Value& value);

}  // namespace paxos::cluster
