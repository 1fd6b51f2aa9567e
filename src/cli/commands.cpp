// See commands.h.
#include "cli/commands.h"

#include <algorithm>
#include <array>

#include "cli/ab.h"
#include "cli/compare.h"
#include "cli/doctor.h"
#include "cli/settings.h"
#include "cli/sim.h"
#include "cli/text.h"

namespace paxos::cli {
namespace {

constexpr std::array<Command, 4> all_commands{{
    {"ab", "OLD NEW", "two builds run in turn: is the new one faster", ab_command},
    {"compare", "BASE NEW", "two result files: is the difference real", compare_command},
    {"doctor", "", "what here will spoil a measurement", doctor_command},
    {"sim", "", "the same protocol in worlds of faults, watched", sim_command},
}};

std::string unknown(std::string_view word, std::string_view kind, std::string_view meant,
                    std::string_view help) {
    std::string text = shown(word) + ": unknown " + std::string(kind);
    if (!meant.empty()) return text + "; did you mean " + std::string(meant) + "?";
    return text + "; " + std::string(help) + " lists what there is";
}

}  // namespace

std::span<const Command> commands() { return all_commands; }

const Command* find_command(std::string_view name) {
    const auto found = std::find_if(all_commands.begin(), all_commands.end(),
                                    [&](const Command& command) { return command.name == name; });
    return found == all_commands.end() ? nullptr : &*found;
}

std::string unknown_option(std::string_view command, std::string_view word,
                           const std::vector<std::string_view>& options) {
    const std::size_t dashes = std::min({word.find_first_not_of('-'), word.size(), std::size_t{2}});
    const std::string_view bare = word.substr(dashes);
    std::string meant{did_you_mean(bare.substr(0, bare.find('=')), options)};
    if (!meant.empty()) meant = "--" + meant;
    std::string prefix{program_prefix}, help = "paxos_fast ";
    if (!command.empty()) {
        prefix += std::string(command) + ": ";
        help += std::string(command) + " ";
    }
    return prefix + unknown(word, "option", meant, help + "--help");
}

std::string unknown_command(std::string_view word) {
    std::vector<std::string_view> names{"bench"};
    for (const Command& command : all_commands) names.push_back(command.name);
    if (std::find(names.begin(), names.end(), word) != names.end())
        return std::string(program_prefix) + std::string(word) +
               ": a command comes first: paxos_fast " + std::string(word) + " ...";
    return std::string(program_prefix) +
           unknown(word, "command", did_you_mean(word, names), "paxos_fast --help");
}

std::string without_gaps(std::string help) {
    for (std::size_t at = 0; (at = help.find("\n\n\n", at)) != std::string::npos;)
        help.erase(at, 1);
    return help;
}

}  // namespace paxos::cli
