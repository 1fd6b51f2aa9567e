// The command `doctor`: finds what on this machine would distort a measurement, and prints the
// commands that correct it. The command changes nothing itself, and findings are not an error.
#pragma once

#include <string>
#include <vector>

#include "cli/command.h"
#include "measure/doctor.h"

namespace paxos::cli {

struct Advice {
    int exit_code = 0;  ///< 0; 2: wrong usage; 3: no facts can be read, or --durable is unusable.
    std::string text;   ///< The findings or the help if the exit code is 0; otherwise the error.
};

/// Returns the exit code.
[[nodiscard]] int doctor_command(const Invocation& invocation);

[[nodiscard]] Advice doctor(const std::vector<std::string>& arguments);

/// The findings in their order, in lines of at most 80 columns, and a last line with counts. A
/// command is never wrapped.
[[nodiscard]] std::string advice_text(const std::vector<measure::Finding>& findings);

/// True if no fact about the machine could be read.
[[nodiscard]] bool knows_nothing(const measure::Environment& environment);

}  // namespace paxos::cli
