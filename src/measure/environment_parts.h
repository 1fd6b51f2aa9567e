// The parts of read_environment that are in separate files, and functions that read one line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "measure/environment.h"

namespace paxos::measure {

/// The first line of a file; empty if the file cannot be read.
[[nodiscard]] std::string first_line(const std::string& path);
/// The first line of a file; absent if the file cannot be read.
[[nodiscard]] std::optional<std::string> read_line(const std::string& path);
/// The whole number at the start of the first line; absent if the file cannot be read or has no
/// such number.
[[nodiscard]] std::optional<std::uint64_t> read_number(const std::string& path);

/// Sets boost, siblings and isolation. REQUIRES: `cores_allowed` is set.
void read_core_settings(const std::string& root, Environment& environment);
/// Sets the CPU quota, the memory limit, the limit of locked memory and `may_lock_memory`.
void read_bounds(const std::string& root, Environment& environment);

}  // namespace paxos::measure
