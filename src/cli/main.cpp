// main(): prepares the process, then runs the command that the arguments name.
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>
#include <system_error>

#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/print.h"
#include "cli/standard_streams.h"

namespace {

/// Handles an uncaught exception in any thread. After a system_error, which means that the machine
/// lacks something, the program ends with exit_machine. After any other exception the program
/// aborts.
[[noreturn]] void on_terminate() {
    const auto refuse = [](const char* what) {
        paxos::cli::print_error(std::string(paxos::cli::program_prefix) + what);
        _exit(paxos::cli::exit_machine);
    };
    try {
        if (const std::exception_ptr error = std::current_exception())
            std::rethrow_exception(error);
    } catch (const std::system_error& error) {
        refuse(error.what());
    } catch (const std::exception& error) {
        paxos::cli::print_error(std::string(paxos::cli::program_prefix) + error.what());
    }
    std::abort();
}

}  // namespace

int main(int argument_count, char** arguments) {
    using namespace paxos;
    // With SIGXFSZ ignored, exceeding the file size limit is an error of write(2).
    std::signal(SIGXFSZ, SIG_IGN);
    std::set_terminate(on_terminate);
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
