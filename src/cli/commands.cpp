// See commands.h.
#include "cli/commands.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>

#include "cli/ab/ab.h"
#include "cli/bench/bench.h"
#include "cli/compare/compare.h"
#include "cli/doctor/doctor.h"
#include "cli/exit_codes.h"
#include "cli/inspect/inspect.h"
#include "cli/print.h"
#include "cli/report/report.h"
#include "cli/sim/sim.h"
#include "control/bootstrap.h"

namespace paxos::cli {
namespace {

/// The first command is the default.
constexpr std::array<Command, 8> all_commands{{
    {"bench", "", "runs and measures a cluster; the default", bench_command, true},
    {"knee", "--slo P<TIME", "finds the highest rate that meets a latency limit", knee_command,
     true},
    {"ab", "OLD NEW", "runs two builds alternately and compares them", ab_command},
    {"compare", "BASE NEW", "compares two result files", compare_command},
    {"report", "RESULT...", "draws result files as one HTML page", report_command},
    {"inspect", "DIR", "checks the files of durable nodes", inspect_command},
    {"doctor", "", "checks whether this machine can measure well", doctor_command},
    {"sim", "", "runs the protocol in a simulator with faults", sim_command},
}};

/// Replaces `help [COMMAND]` and `version` with the options --help and --version.
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
    const std::uint32_t processes = control::processes_started(::getenv).value_or(1);
    if (processes > 1 && !command->spans_processes) {
        print_error(std::string(program_prefix) + std::string(command->name) +
                    ": runs in one process, but " + std::to_string(processes) +
                    " were started; start one (srun -n1, mpirun -np 1)");
        return exit_usage;
    }
    return command->run(
        {.program = program, .arguments = std::move(arguments), .commands = all_commands});
}

}  // namespace paxos::cli
