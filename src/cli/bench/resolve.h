// Completes options that were read one by one: checks them against each other, computes the
// defaults that depend on other options, and determines the rows of the plan (node::Row).
#pragma once

#include <string>

#include "cli/bench/option_table.h"
#include "cli/bench/options.h"

namespace paxos::cli {

struct Refusal {
    std::string text;  ///< Empty if there is no error.
    int exit_code = 2;
};

/// Completes `options` and its `settings`. Uses only three of the `inputs`: the affinity mask, the
/// number of processes and, for the language, the environment.
[[nodiscard]] Refusal resolve(Origins origins, const ProcessInputs& inputs, Options& options);

}  // namespace paxos::cli
