// See surroundings.h.
#include "cli/surroundings.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "cli/read_all.h"
#include "io/clock.h"
#include "io/cores.h"

namespace paxos::cli {
namespace {

constexpr std::size_t dotenv_size_max = 1 << 20;

/// The text of `.env`, into `surroundings`. A folder of that name is none of ours: others keep
/// their tools in one.
void read_dotenv_file(Surroundings& surroundings) {
    const auto refuse = [&](const char* why) {
        surroundings.dotenv_error = std::string(".env: ") + why;
    };
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
        surroundings.dotenv = std::move(text);
    close(fd);
}

/// Short enough to be typed again. Without the kernel's chance, the time has to do.
std::uint64_t draw_seed() {
    std::uint32_t seed = 0;
    if (getrandom(&seed, sizeof seed, 0) == static_cast<ssize_t>(sizeof seed)) return seed;
    return static_cast<std::uint32_t>(io::now());
}

}  // namespace

Surroundings read_surroundings(int argument_count, char** arguments) {
    Surroundings surroundings;
    for (int i = 1; i < argument_count; ++i) surroundings.arguments.emplace_back(arguments[i]);
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        const std::size_t equals = text.find('=');
        if (equals != std::string_view::npos)
            surroundings.environment.emplace_back(text.substr(0, equals), text.substr(equals + 1));
    }
    read_dotenv_file(surroundings);
    // An affinity mask that cannot be read refuses no core here; placing nodes will say why.
    std::string ignored;
    surroundings.cores = io::affinity_mask(ignored);
    surroundings.random_seed = draw_seed();
    return surroundings;
}

}  // namespace paxos::cli
