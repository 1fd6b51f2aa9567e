// Values as people read them: n0#17 for the value that n0 generated for round 17, a text as it was
// given.
#pragma once

#include <string>

#include "node/plan.h"
#include "paxos/message.h"

namespace paxos::cluster {

[[nodiscard]] std::string text_of(const node::Plan& plan, const Value& value);

}  // namespace paxos::cluster
