// See read_all.h.
#include "cli/read_all.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace paxos::cli {

bool read_all(int fd, std::size_t size_max, std::string& text) {
    std::array<char, 65536> part;
    for (;;) {
        const ssize_t size = read(fd, part.data(), part.size());
        if (size == 0) return true;
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) return false;
        text.append(part.data(), static_cast<std::size_t>(size));
        if (text.size() <= size_max) continue;
        errno = EFBIG;
        return false;
    }
}

bool read_file(const std::string& path, std::size_t size_max, std::string& text, std::string& why) {
    text.clear();
    const int fd = path == "-" ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                               : open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
    const bool read = fd >= 0 && read_all(fd, size_max, text);
    if (!read) why = std::string("cannot be read: ") + std::strerror(errno);
    if (fd >= 0) close(fd);
    return read;
}

}  // namespace paxos::cli
