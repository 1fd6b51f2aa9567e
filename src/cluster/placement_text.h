// Describes a placement in one line, such as "n0 on 0; n1 n2 n3 n4 share 1 (yield)".
#pragma once

#include <string>

#include "cluster/cluster.h"
#include "language/language.h"

namespace paxos::cluster {

/// At most placement_text_max columns, however many nodes there are.
[[nodiscard]] std::string describe(const Placement& placement, const Language& language = {});

[[nodiscard]] const char* name_of(node::IdleKind idle);

}  // namespace paxos::cluster
