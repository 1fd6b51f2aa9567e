// `paxos_fast doctor`: what about this machine will spoil a measurement, and the command that mends
// it. Advice: it changes nothing, and findings are no failure.
#pragma once

#include <string>
#include <vector>

#include "measure/doctor.h"

namespace paxos::cli {

struct Advice {
    int exit_code = 0;  ///< 0; 2: usage; 3: nothing of this machine can be read.
    std::string text;   ///< With exit code 0 the advice or the help; otherwise what is wrong.
};

/// Returns the exit code. `arguments` are those behind `doctor`.
[[nodiscard]] int doctor_command(const std::vector<std::string>& arguments);

[[nodiscard]] Advice doctor(const std::vector<std::string>& arguments);

/// For people: the findings as they come, lines of at most 80 columns, a closing line with counts.
/// A command is never cut.
[[nodiscard]] std::string advice_text(const std::vector<measure::Finding>& findings);

/// Whether there is no fact to judge.
[[nodiscard]] bool knows_nothing(const measure::Environment& environment);

}  // namespace paxos::cli
