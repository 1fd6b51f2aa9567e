// Facts about this build: version, commit, compiler, flags, libraries.
#pragma once

#include <string>
#include <vector>

#include "measure/result.h"

namespace paxos::cli {

[[nodiscard]] measure::Build build_info();

/// The output of --version.
[[nodiscard]] std::string version_text();

/// The reasons why figures of this build are not meaningful; usually none.
[[nodiscard]] std::vector<std::string> build_warnings();

}  // namespace paxos::cli
