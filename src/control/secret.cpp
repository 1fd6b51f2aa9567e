// See secret.h.
#include "control/secret.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/fd.h"
#include "control/hash.h"

namespace paxos::control {
namespace {

std::string by_errno() { return std::string("cannot be read: ") + std::strerror(errno); }

/// Why the file must not be used. Empty if it may be used.
std::string fault_of(const struct stat& status) {
    if (!S_ISREG(status.st_mode)) return "is not a regular file";
    if ((status.st_mode & 077) != 0) {
        std::string mode = "0000";
        for (std::size_t digit = 0; digit < 3; ++digit)
            mode[3 - digit] = static_cast<char>('0' + (status.st_mode >> 3 * digit & 7));
        return "other users can access it (mode " + mode + "); `chmod 600` makes it private";
    }
    if (status.st_uid != ::geteuid() && status.st_uid != 0)
        return "belongs to user " + std::to_string(status.st_uid) + "; it must be yours or root's";
    return {};
}

std::string size_text(std::size_t size) {
    return "has " + std::to_string(size) + " bytes; a key has " +
           std::to_string(key_file_size_min) + " to " + std::to_string(key_file_size_max) +
           ": `openssl rand -hex 32` generates one";
}

/// The bytes of the file. The array has one byte more than a key file may have, so that larger
/// files are detected. The bytes are overwritten before the memory is freed.
struct Content {
    std::array<std::byte, key_file_size_max + 1> bytes;
    std::size_t size = 0;
    ~Content() { sodium_memzero(bytes.data(), bytes.size()); }
};

bool read_all(int fd, Content& content) {
    while (content.size < content.bytes.size()) {
        const ssize_t got = ::read(fd, content.bytes.data() + content.size,
                                   content.bytes.size() - content.size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return false;
        if (got == 0) break;
        content.size += static_cast<std::size_t>(got);
    }
    return true;
}

}  // namespace

std::optional<Secret> read_key_file(const std::string& path, std::string& error) {
    const Fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
    struct stat status{};
    Content content;
    if (!file.is_open() || ::fstat(file.get(), &status) != 0) {
        error = by_errno();
        return std::nullopt;
    }
    if (error = fault_of(status); !error.empty()) return std::nullopt;
    if (!read_all(file.get(), content)) {
        error = by_errno();
        return std::nullopt;
    }
    Bytes bytes = std::span{content.bytes}.first(content.size);
    while (!bytes.empty() && (bytes.back() == std::byte{'\n'} || bytes.back() == std::byte{'\r'}))
        bytes = bytes.first(bytes.size() - 1);
    if (bytes.size() < key_file_size_min || bytes.size() > key_file_size_max) {
        error = size_text(bytes.size());
        return std::nullopt;
    }
    return hash<sizeof(Secret)>("paxos_fast key file", {}, {bytes});
}

Key datagram_key(const Secret& secret, std::uint64_t run) {
    return hash<sizeof(Key)>("paxos_fast datagrams", secret, {bytes_of(run)});
}

}  // namespace paxos::control
