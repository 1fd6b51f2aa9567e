// From settings read one by one to what a run does: held against each other, defaults that depend
// on others filled in, rows laid out. After this nobody decides anything about settings.
#pragma once

#include <string>
#include <vector>

#include "cli/options.h"
#include "cli/settings.h"

namespace paxos::cli {

struct Refusal {
    std::string text;  ///< Empty: nothing is wrong.
    int exit_code = 2;
};

/// Fills in `options`. `cores` is this process's affinity mask; empty: unknown.
[[nodiscard]] Refusal resolve(Given given, Origins origins, const std::vector<int>& cores,
                              Options& options);

/// Every setting as `options` has it.
[[nodiscard]] std::vector<measure::Setting> describe(const Options& options, const Given& given,
                                                     const Origins& origins);

}  // namespace paxos::cli
