// See process_inputs.h.
#include "cli/bench/process_inputs.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "cli/print.h"
#include "cli/read_all.h"
#include "control/bootstrap.h"
#include "io/clock.h"
#include "io/cores.h"

namespace paxos::cli {
namespace {

constexpr std::size_t dotenv_size_max = 1 << 20;

/// Reads `.env` into `inputs`. A folder named `.env` is not an error, because some tools keep
/// virtual environments in such a folder.
void read_dotenv_file(ProcessInputs& inputs) {
    const auto refuse = [&](const char* why) { inputs.dotenv_error = std::string(".env: ") + why; };
    const int fd = open(".env", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        if (errno != ENOENT) refuse(std::strerror(errno));
        return;
    }
    struct stat status{};
    std::string text;
    if (fstat(fd, &status) != 0)
        refuse(std::strerror(errno));
    else if (S_ISREG(status.st_mode) && !read_all(fd, dotenv_size_max, text))
        refuse(errno == EFBIG ? "is larger than a megabyte" : std::strerror(errno));
    else if (S_ISREG(status.st_mode))
        inputs.dotenv = std::move(text);
    else
        inputs.dotenv_warning =
            std::string(program_prefix) +
            "warning: .env is not a regular file, so no settings are read from it";
    close(fd);
}

/// A random seed of 32 bits, so that it is easy to type. If the kernel gives no random bytes, the
/// seed is taken from the clock.
std::uint64_t draw_seed() {
    std::uint32_t seed = 0;
    if (getrandom(&seed, sizeof seed, 0) == static_cast<ssize_t>(sizeof seed)) return seed;
    return static_cast<std::uint32_t>(io::now());
}

}  // namespace

ProcessInputs read_process_inputs(const Invocation& invocation) {
    ProcessInputs inputs;
    inputs.arguments = invocation.arguments;
    inputs.commands = invocation.commands;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        const std::size_t equals = text.find('=');
        if (equals != std::string_view::npos)
            inputs.environment.emplace_back(text.substr(0, equals), text.substr(equals + 1));
    }
    read_dotenv_file(inputs);
    // If the affinity mask cannot be read, resolve() does not compare --cores with it. The reason
    // is reported later, when the nodes are placed.
    std::string ignored;
    inputs.cores = io::affinity_mask(ignored);
    inputs.processes = control::processes_started(::getenv).value_or(1);
    inputs.random_seed = draw_seed();
    return inputs;
}

}  // namespace paxos::cli
