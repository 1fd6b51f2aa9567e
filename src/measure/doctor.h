// Reports the conditions of a machine that make measurements unreliable, and the commands that
// correct them. The functions read only the facts that the caller passes, and change nothing.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "language/language.h"
#include "measure/environment.h"
#include "paxos/limits.h"

namespace paxos::measure {

/// In the order in which findings are sorted, the worst first.
enum class Severity : std::uint8_t {
    serious,      ///< Figures are useless or not comparable.
    minor,        ///< Figures are worse, or vary more, than necessary.
    information,  ///< Relevant when figures of two machines are compared.
};
[[nodiscard]] const char* name_of(Severity severity);

struct Finding {
    Severity severity = Severity::information;
    std::string name;    ///< Identifier, the same in every version, such as "governor".
    std::string what;    ///< The condition, such as "governor powersave".
    std::string effect;  ///< The effect of the condition on the figures, in sentences.
    /// Shell commands that correct the condition, or show its cause; many need root. Empty: none.
    std::string command;
};

/// How the machine will be used.
struct Usage {
    std::size_t nodes = 5;
    std::uint64_t window = 3 * limits::slots_per_send;
    std::vector<int> cores = {};  ///< A subset of the allowed cores, ascending; empty: all.
};

/// All findings, the worst first. Finding::what is in `language` for the findings that
/// machine_text() can include. All other texts are in English.
[[nodiscard]] std::vector<Finding> diagnose(const Environment& environment, const Usage& usage,
                                            const Language& language = {});

/// The findings as a note of the summary, such as "governor powersave, load average 3.1: see
/// paxos_fast doctor". Omits findings of severity information, and findings for which the summary
/// has a separate note. Empty if no finding remains.
[[nodiscard]] std::string machine_text(const Environment& environment, const Usage& usage,
                                       const Language& language = {});

/// The largest number of bytes that the answers to a full window take in the proposer's receive
/// buffer. They take this many if each answer is about one slot. REQUIRES: nodes >= 1.
[[nodiscard]] std::uint64_t receive_buffer_needed(std::size_t nodes, std::uint64_t window);

}  // namespace paxos::measure
