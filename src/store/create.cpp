// Creates the files of a cluster (create()), or the file of one node of a cluster that spans hosts
// (create_node()). Each file is written under a temporary name and then renamed. Renaming never
// replaces a file, because another process may have made a file of that name since examine() found
// none. create() renames DIR/cluster last, so if create() is interrupted, the directory holds no
// cluster. The next attempt starts over, unless files of nodes have been renamed already. In that
// case the directory must be removed first.
#include <fcntl.h>
#include <sys/file.h>
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
    // This call fails at once if there is too little space, and tends to allocate adjacent blocks.
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

/// Renames a file. Returns EEXIST instead of replacing another file.
int publish(const std::string& from, const std::string& to) {
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
    if (errno != EINVAL) return errno;
    // NFS has no RENAME_NOREPLACE.
    if (::link(from.c_str(), to.c_str()) != 0) return errno;
    return ::unlink(from.c_str()) == 0 ? 0 : errno;
}

/// Makes the directory if it is missing. Sets `made` to true if this call made the directory.
/// Returns 0 or the errno.
int make_directory(const std::string& directory, bool& made) {
    made = ::mkdir(directory.c_str(), 0700) == 0;
    return made || errno == EEXIST ? 0 : errno;
}

/// Locks `directory` for a creation. Returns EBUSY if another process has locked it. A file system
/// that cannot lock directories, such as NFS, does not prevent the creation, because no file is
/// replaced.
int lock_directory(const std::string& directory, Fd& fd) {
    fd = Fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd.is_open()) return errno;
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return 0;
    fd = Fd();
    return EBUSY;
}

/// The temporary path of DIR/cluster. Each node has its own path, because the processes of several
/// nodes may create DIR/cluster at the same time.
std::string temporary_cluster(const std::string& directory, NodeId node) {
    return temporary(cluster_path(directory) + "-" + std::to_string(node));
}

void remove_file(const std::string& path) { static_cast<void>(::unlink(path.c_str())); }

std::string parent_of(const std::string& directory) {
    const std::size_t end = directory.find_last_not_of('/');
    const std::size_t slash = end == std::string::npos ? end : directory.rfind('/', end);
    if (slash == std::string::npos) return end == std::string::npos ? "/" : ".";
    return directory.substr(0, slash + 1);
}

/// The steps of create(). If a step fails, run() returns the errno and path() is the path of that
/// step. Only one process at a time creates files in a directory.
class Creation {
public:
    Creation(const std::string& directory, const Cluster& cluster, const Geometry& geometry)
        : directory_(directory), cluster_(cluster), geometry_(geometry) {}

    int run() {
        path_ = directory_;
        if (int error = make_directory(directory_, made_directory_)) return error;
        if (int error = lock_directory(directory_, lock_)) return error;
        // An interrupted creation of a larger cluster may have left these files.
        for (NodeId node = 0; node < limits::nodes_max; ++node)
            if (node >= cluster_.nodes) remove_file(temporary(node_path(directory_, node)));
        for (NodeId node = 0; node < cluster_.nodes; ++node) {
            path_ = temporary(node_path(directory_, node));
            if (int error = write_node_file(path_, {cluster_, node}, geometry_)) return error;
        }
        path_ = temporary(cluster_path(directory_));
        if (int error = write_text_file(path_, text_of(cluster_))) return error;
        for (; made_nodes_ < cluster_.nodes; ++made_nodes_) {
            path_ = node_path(directory_, made_nodes_);
            if (int error = publish(temporary(path_), path_)) return error;
        }
        path_ = directory_;
        if (int error = sync_directory(directory_)) return error;
        path_ = cluster_path(directory_);
        if (int error = publish(temporary(path_), path_)) return error;
        made_cluster_ = true;
        path_ = directory_;
        if (int error = sync_directory(directory_)) return error;
        return made_directory_ ? sync_directory(parent_of(directory_)) : 0;
    }
    /// Removes what a failed run() has made. No node has used any of it.
    void undo() const {
        if (lock_.is_open()) {
            for (NodeId node = 0; node < cluster_.nodes; ++node)
                remove_file(temporary(node_path(directory_, node)));
            remove_file(temporary(cluster_path(directory_)));
        }
        for (NodeId node = 0; node < made_nodes_; ++node) remove_file(node_path(directory_, node));
        if (made_cluster_) remove_file(cluster_path(directory_));
        if (made_directory_) static_cast<void>(::rmdir(directory_.c_str()));
    }
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    const std::string& directory_;
    const Cluster& cluster_;
    const Geometry& geometry_;
    std::string path_;
    Fd lock_;  // Held until this object is destroyed.
    bool made_directory_ = false, made_cluster_ = false;
    NodeId made_nodes_ = 0;  // The files of nodes below this one have their final names.
};

bool is_of(const Cluster& cluster, const std::string& directory) {
    Cluster found;
    std::string error;
    return examine(directory, found, error) == Contents::cluster && found == cluster;
}

/// The steps of create_node(). If a step fails, returns the errno, and `path` is the path of that
/// step.
int make_node(const std::string& directory, const Owner& owner, const Geometry& geometry,
              MadeFiles& made, std::string& path) {
    path = directory;
    if (int error = make_directory(directory, made.directory)) return error;
    const std::string unnamed = temporary(node_path(directory, owner.node));
    path = unnamed;
    if (int error = write_node_file(path, owner, geometry)) return error;
    path = temporary_cluster(directory, owner.node);
    if (int error = write_text_file(path, text_of(owner.cluster))) return error;
    const int code = publish(path, cluster_path(directory));
    made.cluster = code == 0;
    if (code == EEXIST && is_of(owner.cluster, directory))
        remove_file(path);  // Another process has made DIR/cluster.
    else if (code != 0)
        return code;
    // The directory is synced before the node's file gets its name, so that even after a power cut
    // the node's file never exists without DIR/cluster.
    path = directory;
    if (int error = sync_directory(directory)) return error;
    path = node_path(directory, owner.node);
    if (int error = publish(unnamed, path)) return error;
    made.file = true;
    path = directory;
    if (int error = sync_directory(directory)) return error;
    return made.directory ? sync_directory(parent_of(directory)) : 0;
}

}  // namespace

bool draw_id(ClusterId& id, std::string& error) {
    const auto bytes = std::as_writable_bytes(std::span{id.words});
    if (::getrandom(bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()))
        return true;
    error = std::string("no random bytes for the id of a cluster: ") + std::strerror(errno);
    return false;
}

bool create_node(const std::string& directory, const Owner& owner, const Geometry& geometry,
                 MadeFiles& made, std::string& error) {
    std::string path;
    const int code = make_node(directory, owner, geometry, made, path);
    if (code == 0) return true;
    error = path + ": cannot be created: " + std::strerror(code);
    return false;
}

void undo_create_node(const std::string& directory, NodeId node, const MadeFiles& made) {
    remove_file(temporary_cluster(directory, node));
    remove_file(temporary(node_path(directory, node)));
    if (made.file) remove_file(node_path(directory, node));
    if (made.cluster) remove_file(cluster_path(directory));
    if (made.directory) static_cast<void>(::rmdir(directory.c_str()));
}

bool create(const std::string& directory, Cluster& cluster, const Geometry& geometry,
            std::string& error) {
    if (!draw_id(cluster.id, error)) return false;
    Creation creation(directory, cluster, geometry);
    const int code = creation.run();
    if (code == 0) return true;
    error = creation.path() + ": cannot be created: " +
            (code == EBUSY ? "another command is creating files here" : std::strerror(code));
    creation.undo();
    return false;
}

}  // namespace paxos::store
