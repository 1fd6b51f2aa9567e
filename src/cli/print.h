// Output: results go to standard output, everything else to standard error.
#pragma once

#include <string>
#include <string_view>

namespace paxos::cli {

/// The start of every message, except messages that name a file and a line.
inline constexpr std::string_view program_prefix = "paxos_fast: ";

/// Writes to standard output. Returns the exit code 0. If the write fails, writes a line to
/// standard error and returns 3.
[[nodiscard]] int print(std::string_view text);

/// Writes a line to standard error. `text` includes the prefix.
void print_error(std::string_view text);

}  // namespace paxos::cli
