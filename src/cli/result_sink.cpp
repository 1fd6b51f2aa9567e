// See result_sink.h.
#include "cli/result_sink.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace paxos::cli {
namespace {

bool refuse(std::string& why) {
    why = std::string("cannot be written: ") + std::strerror(errno) +
          (errno == EFBIG ? "; raise the limit of the file size (ulimit -f)" : "");
    return false;
}

/// `path` with symbolic links resolved; `path` itself if the file does not exist.
std::string resolved(const std::string& path) {
    char* const real = realpath(path.c_str(), nullptr);
    if (real == nullptr) return path;
    std::string result = real;
    std::free(real);
    return result;
}

std::string folder_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

/// The mode that open(2) would give a new file.
mode_t usual_mode() {
    const mode_t mask = umask(0);
    umask(mask);
    return 0666 & ~mask;
}

}  // namespace

bool is_same_file(const std::string& one, const std::string& other) {
    const auto is_other_kind = [](const std::string& path) {
        std::error_code error;
        return path.empty() || path == "-" ||
               (std::filesystem::exists(path, error) &&
                !std::filesystem::is_regular_file(path, error));
    };
    if (is_other_kind(one) || is_other_kind(other)) return false;
    std::error_code error;
    if (std::filesystem::equivalent(one, other, error) && !error) return true;
    const auto canonical = [&error](const std::string& path) {
        return std::filesystem::weakly_canonical(std::filesystem::absolute(path, error), error);
    };
    return canonical(one) == canonical(other);
}

ResultSink::~ResultSink() {
    if (direct_fd_ >= 0) close(direct_fd_);
}

bool ResultSink::open(const std::string& path, std::string& why) {
    path_ = path == "-" ? path : resolved(path);
    if (path_.empty() || path_ == "-") return true;
    folder_ = folder_of(path_);
    struct stat status{};
    if (stat(path_.c_str(), &status) != 0) {
        if (errno != ENOENT || path_.back() == '/') return refuse(why);
        return try_folder(why);
    }
    if (S_ISREG(status.st_mode)) {
        // rename() would also replace a write-protected file.
        if (access(path_.c_str(), W_OK) != 0) return refuse(why);
        replaces_ = true;
        return try_folder(why);
    }
    // With O_NONBLOCK, opening a pipe without a reader fails instead of blocking.
    direct_fd_ = ::open(path_.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (direct_fd_ < 0) return refuse(why);
    fcntl(direct_fd_, F_SETFL, 0);  // Removes O_NONBLOCK, because writes may block.
    return true;
}

bool ResultSink::write(std::string_view text, std::string& why) {
    if (path_.empty()) return true;
    if (path_ == "-") return write_all(STDOUT_FILENO, text) || refuse(why);
    if (direct_fd_ >= 0) return write_all(direct_fd_, text) || refuse(why);
    return replace(text, why);
}

/// Creates and deletes a file in the folder, because access(2) does not report exhausted quotas.
bool ResultSink::try_folder(std::string& why) {
    std::string name = folder_ + "/.paxos_fast-XXXXXX";
    const int fd = mkostemp(name.data(), O_CLOEXEC);
    if (fd < 0) return refuse(why);
    unlink(name.c_str());
    close(fd);
    return true;
}

bool ResultSink::replace(std::string_view text, std::string& why) {
    std::string name = folder_ + "/.paxos_fast-XXXXXX";
    const int fd = mkostemp(name.data(), O_CLOEXEC);
    if (fd < 0) return refuse(why);
    struct stat before{};
    const mode_t mode = stat(path_.c_str(), &before) == 0 ? before.st_mode & 07777 : usual_mode();
    const bool written = write_all(fd, text) && fchmod(fd, mode) == 0;
    const int error = errno;
    const bool closed = close(fd) == 0;
    if (written && closed && rename(name.c_str(), path_.c_str()) == 0) return true;
    if (!written) errno = error;
    refuse(why);
    unlink(name.c_str());
    return false;
}

bool write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t size = ::write(fd, text.data(), text.size());
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) return false;
        text.remove_prefix(static_cast<std::size_t>(size));
    }
    return true;
}

}  // namespace paxos::cli
