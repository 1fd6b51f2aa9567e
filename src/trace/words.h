// Formats nodes, ballots and numbers for people.
#pragma once

#include <string>
#include <vector>

#include "paxos/message.h"

namespace paxos::trace {

/// The numbers in their order, with three or more consecutive ones as a range, such as "0-3 6 8 9".
/// Each number has `prefix` before it, such as "n0-n3 n6".
[[nodiscard]] std::string ranges(const std::vector<int>& numbers, const std::string& prefix = "");

/// Names such as "n0 n1 n3". More than four nodes are shown as ranges, such as "n0-n4 n7".
[[nodiscard]] std::string names_of(NodeMask nodes);

/// "PREPARE", "PROMISE", ...
[[nodiscard]] std::string name_of(MessageKind kind);

/// A text such as "3.n1", or "3.n1.2" with an incarnation of 2, or "none".
[[nodiscard]] std::string text_of(Ballot ballot);

}  // namespace paxos::trace
