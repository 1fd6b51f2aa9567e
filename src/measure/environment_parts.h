// The parts of read_environment in files of their own, and helpers to read a file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "measure/environment.h"

namespace paxos::measure {

/// The first line of a file; empty if there is no such file.
[[nodiscard]] std::string first_line(const std::string& path);
/// As first_line, but distinguishes an empty file from a missing one.
[[nodiscard]] std::optional<std::string> read_line(const std::string& path);
/// The whole number at the start of the first line.
[[nodiscard]] std::optional<std::uint64_t> read_number(const std::string& path);

/// Boost, siblings, isolation. REQUIRES: `cores_allowed` is known.
void read_core_settings(const std::string& root, Environment& environment);
/// CPU quota and locked memory.
void read_bounds(const std::string& root, Environment& environment);

}  // namespace paxos::measure
