// How nodes, ballots and numbers are written wherever a person reads them.
#pragma once

#include <string>
#include <vector>

#include "paxos/message.h"

namespace paxos::trace {

/// "0-3 6 8 9": the numbers in their order, runs of three or more as ranges, each behind `prefix`
/// ("n0-n3 n6").
[[nodiscard]] std::string ranges(const std::vector<int>& numbers, const std::string& prefix = "");

/// "n0 n1 n3"; more than four with ranges: "n0-n4 n7".
[[nodiscard]] std::string names_of(NodeMask nodes);

/// "PREPARE", "PROMISE", ...
[[nodiscard]] std::string name_of(MessageKind kind);

/// "3.n1"; "none".
[[nodiscard]] std::string text_of(Ballot ballot);

}  // namespace paxos::trace
