// Formats nodes, ballots and numbers for people.
#pragma once

#include <string>
#include <vector>

#include "paxos/message.h"

namespace paxos::trace {

/// "0-3 6 8 9": the numbers in their order, three or more consecutive ones as a range. Each number
/// has `prefix`: "n0-n3 n6".
[[nodiscard]] std::string ranges(const std::vector<int>& numbers, const std::string& prefix = "");

/// "n0 n1 n3"; more than four as ranges: "n0-n4 n7".
[[nodiscard]] std::string names_of(NodeMask nodes);

/// "PREPARE", "PROMISE", ...
[[nodiscard]] std::string name_of(MessageKind kind);

/// "3.n1"; "3.n1.2" with an incarnation of 2; "none".
[[nodiscard]] std::string text_of(Ballot ballot);

}  // namespace paxos::trace
