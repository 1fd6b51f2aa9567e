// What this program is: version, commit, compiler, flags, libraries, from the build.
#pragma once

#include <string>
#include <vector>

#include "measure/result.h"

namespace paxos::cli {

[[nodiscard]] measure::Build build_info();

/// For --version: a few lines.
[[nodiscard]] std::string version_text();

/// What about this build makes its figures no measurement; usually nothing.
[[nodiscard]] std::vector<std::string> build_warnings();

}  // namespace paxos::cli
