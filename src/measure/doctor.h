// What of a machine's facts spoils a measurement, and the command that mends it. Pure: looks at
// nothing but what it is given, and mends nothing.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "measure/environment.h"
#include "paxos/limits.h"

namespace paxos::measure {

/// The worst first.
enum class Severity : std::uint8_t {
    spoils,       ///< Figures are not worth keeping, or cannot be compared.
    disturbs,     ///< Figures are worse, or spread more, than the machine could do.
    information,  ///< To know when figures of two machines are compared.
};
[[nodiscard]] const char* name_of(Severity severity);

struct Finding {
    Severity severity = Severity::information;
    std::string name;     ///< "governor": the same in every version.
    std::string what;     ///< "governor powersave".
    std::string effect;   ///< What it does to the figures, as a sentence.
    std::string command;  ///< Mends it, as root, in one line or several; empty: no command does.
};

/// What the machine is to be used for.
struct Usage {
    std::size_t nodes = 5;
    std::uint64_t window = 3 * limits::messages_per_send;
    std::vector<int> cores = {};  ///< Of the allowed ones, ascending; empty: all of them.
};

/// Everything found, the worst first.
[[nodiscard]] std::vector<Finding> diagnose(const Environment& environment, const Usage& usage);

/// For the summary: "governor powersave, load 3.1: see paxos_fast doctor". Empty: nothing is wrong
/// that has no note of its own.
[[nodiscard]] std::string machine_text(const Environment& environment, const Usage& usage);

/// All answers to a full window may wait at the proposer at once.
[[nodiscard]] std::uint64_t receive_buffer_needed(std::size_t nodes, std::uint64_t window);

}  // namespace paxos::measure
