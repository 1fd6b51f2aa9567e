// The program: reads what it is asked, and does it.
#include <cerrno>
#include <cstring>

#include "cli/bench.h"
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/options.h"
#include "cli/settings.h"
#include "cli/standard_streams.h"
#include "cli/surroundings.h"
#include "cli/tell.h"
#include "cli/version.h"
#include "measure/result_file.h"

int main(int argument_count, char** arguments) {
    using namespace paxos;
    if (!cli::reserve_standard_streams()) {
        cli::complain(std::string(cli::program_prefix) +
                      "a standard stream is closed, and /dev/null cannot be opened in its place: " +
                      std::strerror(errno) + "; mount /dev, or start with all three open");
        return cli::exit_machine;
    }
    if (argument_count > 1)
        if (const cli::Command* const command = cli::find_command(arguments[1]))
            return command->run({arguments + 2, arguments + argument_count});

    const cli::Parsed parsed = cli::parse(cli::read_surroundings(argument_count, arguments));
    switch (parsed.ask) {
        case cli::Parsed::Ask::run:
            return cli::bench(parsed.options, argument_count > 0 ? arguments[0] : "");
        case cli::Parsed::Ask::help: return cli::tell(parsed.text);
        case cli::Parsed::Ask::version: return cli::tell(cli::version_text());
        case cli::Parsed::Ask::version_json:
            return cli::tell(measure::build_as_json(cli::build_info()));
        case cli::Parsed::Ask::nothing: break;
    }
    cli::complain(parsed.text);
    return parsed.exit_code;
}
