// See commands.h.
#include "cli/commands.h"

#include <algorithm>
#include <array>

#include "cli/ab/ab.h"
#include "cli/bench/bench.h"
#include "cli/compare/compare.h"
#include "cli/doctor/doctor.h"
#include "cli/sim/sim.h"

namespace paxos::cli {
namespace {

/// The first one is the default.
constexpr std::array<Command, 5> all_commands{{
    {"bench", "", "runs and measures a cluster; the default", bench_command},
    {"ab", "OLD NEW", "runs two builds alternately and compares them", ab_command},
    {"compare", "BASE NEW", "compares two result files", compare_command},
    {"doctor", "", "checks whether this machine can measure well", doctor_command},
    {"sim", "", "runs the protocol in a simulator with faults", sim_command},
}};

/// `help [COMMAND]` and `version` are other names of options.
void translate(std::vector<std::string>& arguments) {
    if (arguments.empty()) return;
    if (arguments.front() == "version") arguments.front() = "--version";
    if (arguments.front() != "help") return;
    arguments.erase(arguments.begin());
    arguments.emplace_back("--help");
}

}  // namespace

std::span<const Command> commands() { return all_commands; }

int run_command(const std::string& program, std::vector<std::string> arguments) {
    translate(arguments);
    const Command* command = &all_commands.front();
    if (!arguments.empty()) {
        const auto found = std::ranges::find(all_commands, arguments.front(), &Command::name);
        if (found != all_commands.end()) {
            command = &*found;
            arguments.erase(arguments.begin());
        }
    }
    return command->run(
        {.program = program, .arguments = std::move(arguments), .commands = all_commands});
}

}  // namespace paxos::cli
