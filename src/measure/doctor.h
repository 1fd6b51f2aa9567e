// Finds what makes measurements on a machine unreliable, and the command that corrects it. A pure
// function of the facts that it is given; it changes nothing.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "measure/environment.h"
#include "paxos/limits.h"

namespace paxos::measure {

/// From bad to harmless.
enum class Severity : std::uint8_t {
    serious,      ///< Figures are useless or not comparable.
    minor,        ///< Figures are worse, or vary more, than necessary.
    information,  ///< Relevant when figures of two machines are compared.
};
[[nodiscard]] const char* name_of(Severity severity);

struct Finding {
    Severity severity = Severity::information;
    std::string name;     ///< "governor": the same in every version.
    std::string what;     ///< "governor powersave".
    std::string effect;   ///< Its effect on the figures, as a sentence.
    std::string command;  ///< Corrects it, as root, in one or more lines; empty: no command does.
};

/// How the machine will be used.
struct Usage {
    std::size_t nodes = 5;
    std::uint64_t window = 3 * limits::messages_per_send;
    std::vector<int> cores = {};  ///< Of the allowed cores, ascending; empty: all of them.
};

/// All findings, the worst first.
[[nodiscard]] std::vector<Finding> diagnose(const Environment& environment, const Usage& usage);

/// For the summary: "governor powersave, load 3.1: see paxos_fast doctor". Empty: no findings
/// except those that have a note of their own.
[[nodiscard]] std::string machine_text(const Environment& environment, const Usage& usage);

/// Enough for all answers to a full window to wait at the proposer.
[[nodiscard]] std::uint64_t receive_buffer_needed(std::size_t nodes, std::uint64_t window);

}  // namespace paxos::measure
