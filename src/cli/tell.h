// What the program says, and where: results on standard output, all else on standard error.
#pragma once

#include <string>
#include <string_view>

namespace paxos::cli {

/// To standard output. Returns the exit code: 3, and a line on standard error, if it cannot be
/// written.
[[nodiscard]] int tell(std::string_view text);

/// A line on standard error. `text` begins as messages do.
void complain(std::string_view text);

}  // namespace paxos::cli
