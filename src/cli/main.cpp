// The program.
#include <cerrno>
#include <cstring>

#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/print.h"
#include "cli/standard_streams.h"

int main(int argument_count, char** arguments) {
    using namespace paxos;
    if (!cli::reserve_standard_streams()) {
        cli::print_error(
            std::string(cli::program_prefix) +
            "a standard stream is closed, and /dev/null cannot be opened in its place: " +
            std::strerror(errno) + "; mount /dev, or start with all three open");
        return cli::exit_machine;
    }
    const std::vector<std::string> all(arguments, arguments + argument_count);
    if (all.empty()) return cli::run_command("", {});
    return cli::run_command(all.front(), {all.begin() + 1, all.end()});
}
