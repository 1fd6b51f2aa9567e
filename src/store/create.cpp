// Creates the files of a cluster, first under temporary names. If it is interrupted, the directory
// holds no cluster. The next attempt starts over, unless files of nodes have been renamed already:
// then the directory must be removed first.
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "store/cluster_file.h"
#include "store/directory.h"
#include "store/file.h"
#include "store/superblocks.h"

namespace paxos::store {
namespace {

constexpr std::size_t part_size = 1 << 20;

std::string temporary(const std::string& path) { return path + ".new"; }

int write_all(int fd, std::span<const std::byte> bytes, std::uint64_t offset) {
    while (!bytes.empty()) {
        const ssize_t written = ::pwrite(fd, bytes.data(), bytes.size(),
                                         static_cast<off_t>(offset));
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return errno;
        if (written == 0) return ENOSPC;
        bytes = bytes.subspan(static_cast<std::size_t>(written));
        offset += static_cast<std::uint64_t>(written);
    }
    return 0;
}

int open_new(const std::string& path, Fd& fd) {
    fd = Fd(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    return fd.is_open() ? 0 : errno;
}

int write_node_file(const std::string& path, const Owner& owner, const Geometry& geometry) {
    Fd fd;
    if (const int error = open_new(path, fd)) return error;
    // Fails at once if there is too little space, and keeps the blocks together.
    if (const int error = ::posix_fallocate(fd.get(), 0, static_cast<off_t>(geometry.file_size)))
        return error;
    const Superblock superblock = new_superblock(owner, geometry);
    for (std::size_t index = 0; index < 2; ++index) {
        const Superblock block = sealed(superblock, index);
        if (const int error = write_all(fd.get(), std::as_bytes(std::span{&block, 1}),
                                        index * block_size))
            return error;
    }
    const std::vector<std::byte> zeros(part_size);
    for (std::uint64_t at = ring_begin; at < geometry.file_size; at += zeros.size()) {
        const std::size_t size = std::min<std::uint64_t>(zeros.size(), geometry.file_size - at);
        if (const int error = write_all(fd.get(), std::span{zeros}.first(size), at)) return error;
    }
    return ::fsync(fd.get()) == 0 ? 0 : errno;
}

int write_text_file(const std::string& path, const std::string& text) {
    Fd fd;
    if (const int error = open_new(path, fd)) return error;
    if (const int error = write_all(fd.get(), std::as_bytes(std::span{text}), 0)) return error;
    return ::fsync(fd.get()) == 0 ? 0 : errno;
}

int rename_new(const std::string& path) {
    return ::rename(temporary(path).c_str(), path.c_str()) == 0 ? 0 : errno;
}

std::string parent_of(const std::string& directory) {
    const std::size_t end = directory.find_last_not_of('/');
    const std::size_t slash = end == std::string::npos ? end : directory.rfind('/', end);
    if (slash == std::string::npos) return end == std::string::npos ? "/" : ".";
    return directory.substr(0, slash + 1);
}

/// The steps of create(). run() returns the errno of the step that failed; path() is its path.
class Creation {
public:
    Creation(const std::string& directory, const Cluster& cluster, const Geometry& geometry)
        : directory_(directory), cluster_(cluster), geometry_(geometry) {}

    int run() {
        if (int error = make_directory()) return error;
        for (NodeId node = 0; node < cluster_.nodes; ++node) {
            path_ = temporary(node_path(directory_, node));
            if (int error = write_node_file(path_, {cluster_, node}, geometry_)) return error;
        }
        path_ = temporary(cluster_path(directory_));
        if (int error = write_text_file(path_, text_of(cluster_))) return error;
        for (NodeId node = 0; node < cluster_.nodes; ++node) {
            path_ = node_path(directory_, node);
            if (int error = rename_new(path_)) return error;
        }
        path_ = directory_;
        if (int error = sync_directory(directory_)) return error;
        path_ = cluster_path(directory_);
        if (int error = rename_new(path_)) return error;
        path_ = directory_;
        if (int error = sync_directory(directory_)) return error;
        return made_directory_ ? sync_directory(parent_of(directory_)) : 0;
    }
    /// Removes what a failed run() has made. No node has used any of it.
    void undo() const {
        for (NodeId node = 0; node < cluster_.nodes; ++node) {
            static_cast<void>(::unlink(temporary(node_path(directory_, node)).c_str()));
            static_cast<void>(::unlink(node_path(directory_, node).c_str()));
        }
        static_cast<void>(::unlink(temporary(cluster_path(directory_)).c_str()));
        static_cast<void>(::unlink(cluster_path(directory_).c_str()));
        if (made_directory_) static_cast<void>(::rmdir(directory_.c_str()));
    }
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    int make_directory() {
        path_ = directory_;
        made_directory_ = ::mkdir(directory_.c_str(), 0700) == 0;
        return made_directory_ || errno == EEXIST ? 0 : errno;
    }

    const std::string& directory_;
    const Cluster& cluster_;
    const Geometry& geometry_;
    std::string path_;
    bool made_directory_ = false;
};

}  // namespace

bool create(const std::string& directory, Cluster& cluster, const Geometry& geometry,
            std::string& error) {
    auto id = std::as_writable_bytes(std::span{cluster.id.words});
    if (::getrandom(id.data(), id.size(), 0) != static_cast<ssize_t>(id.size())) {
        error = std::string("no random bytes for the id of a cluster: ") + std::strerror(errno);
        return false;
    }
    Creation creation(directory, cluster, geometry);
    const int code = creation.run();
    if (code == 0) return true;
    error = creation.path() + ": cannot be made: " + std::strerror(code);
    creation.undo();
    return false;
}

}  // namespace paxos::store
