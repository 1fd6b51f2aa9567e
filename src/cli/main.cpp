// The program: reads what it is asked, and does it.
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "cli/bench.h"
#include "cli/options.h"
#include "cli/result_sink.h"
#include "cli/settings.h"
#include "cli/surroundings.h"
#include "cli/version.h"
#include "measure/result_file.h"

namespace {

using namespace paxos;

/// To standard output. Returns the exit code.
int tell(const std::string& text) {
    if (cli::write_all(STDOUT_FILENO, text)) return 0;
    const std::string why = std::strerror(errno);
    static_cast<void>(cli::write_all(
        STDERR_FILENO,
        std::string(cli::program_prefix) + "standard output: cannot be written: " + why + "\n"));
    return 3;
}

}  // namespace

int main(int argument_count, char** arguments) {
    const cli::Parsed parsed = cli::parse(cli::read_surroundings(argument_count, arguments));
    switch (parsed.ask) {
        case cli::Parsed::Ask::run:
            return cli::bench(parsed.options, argument_count > 0 ? arguments[0] : "");
        case cli::Parsed::Ask::help: return tell(parsed.text);
        case cli::Parsed::Ask::version: return tell(cli::version_text());
        case cli::Parsed::Ask::version_json: return tell(measure::build_as_json(cli::build_info()));
        case cli::Parsed::Ask::nothing: break;
    }
    static_cast<void>(cli::write_all(STDERR_FILENO, parsed.text + "\n"));
    return parsed.exit_code;
}
