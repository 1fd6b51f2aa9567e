// See directory.h. create.cpp makes the files.
#include "store/directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "store/cluster_file.h"
#include "store/journal.h"
#include "store/superblocks.h"

namespace paxos::store {
namespace {

constexpr std::size_t cluster_text_max = 4096;

std::string with_errno(const std::string& what, int error) {
    return what + ": " + std::strerror(error);
}

bool read_text(const std::string& path, std::string& text, int& error) {
    FileImage file;
    error = file.open(path);
    if (error != 0) return false;
    text.resize(std::min<std::uint64_t>(file.size(), cluster_text_max));
    error = file.read(0, std::as_writable_bytes(std::span{text}));
    return error == 0;
}

/// The error text for a node's file that cannot be opened.
std::string text_of_open_error(const std::string& path, int error) {
    if (error == ENOENT)
        return path +
               ": is missing. It held what this node promised and accepted, so the node must not "
               "take part again (S24); restore the file, or remove the whole directory";
    if (error == EINVAL) return path + ": is not a regular file";
    return with_errno(path + ": cannot be opened", error);
}

/// Sets `file.superblock` to the superblock of the next incarnation. Its number is one above the
/// incarnation in `file.recovered`. False: `error` says why there is no next incarnation.
bool take_next_incarnation(NodeFile& file, std::string& error) {
    if (!is_usable(file.recovered.verdict)) {
        error = file.path + ": " + file.recovered.reason + "; nothing was changed";
        return false;
    }
    const std::optional<Superblock> next = next_incarnation(file.recovered);
    if (next) file.superblock = *next;
    if (!next)
        error = file.path +
                ": this node has been started 65535 times, the maximum that a ballot can record";
    return next.has_value();
}

/// Whether another process creates files in `directory` (create.cpp).
bool is_being_made(const std::string& directory) {
    const Fd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return fd.is_open() && ::flock(fd.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

}  // namespace

std::string cluster_path(const std::string& directory) { return directory + "/cluster"; }

std::string node_path(const std::string& directory, NodeId node) {
    return directory + "/node-" + std::to_string(node);
}

bool has_node_file(const std::string& directory, NodeId node) {
    return ::access(node_path(directory, node).c_str(), F_OK) == 0;
}

Contents examine(const std::string& directory, Cluster& cluster, std::string& error) {
    struct stat status{};
    if (::stat(directory.c_str(), &status) != 0) {
        if (errno == ENOENT) return Contents::missing;
        error = with_errno(directory + ": cannot be examined", errno);
        return Contents::bad;
    }
    if (!S_ISDIR(status.st_mode)) {
        error = directory + ": is not a directory";
        return Contents::bad;
    }
    std::string text, why;
    int code = 0;
    const std::string path = cluster_path(directory);
    if (read_text(path, text, code)) {
        if (!read_cluster_text(text, cluster, why)) {
            error = path + ": " + why + "; nothing was changed";
            return Contents::bad;
        }
        if (cluster.value_size == limits::value_size) return Contents::cluster;
        error = path + ": has values of " + std::to_string(cluster.value_size) +
                " bytes; this program was built for " + std::to_string(limits::value_size) +
                " (-DPAXOS_VALUE_SIZE)";
        return Contents::bad;
    }
    if (code != ENOENT) {
        error = with_errno(path + ": cannot be read", code);
        return Contents::bad;
    }
    for (NodeId node = 0; node < limits::nodes_max; ++node) {
        if (!has_node_file(directory, node)) continue;
        error = is_being_made(directory)
                    ? directory + ": another command is creating files here; try again"
                    : node_path(directory, node) + ": exists, but " + path +
                          " is missing; restore " + path + ", or remove the whole directory";
        return Contents::bad;
    }
    return Contents::nothing;
}

bool inspect(const std::string& directory, const Owner& owner, Inspected& inspected,
             std::string& error) {
    const std::string path = node_path(directory, owner.node);
    FileImage image;
    if (const int code = image.open(path)) {
        error = text_of_open_error(path, code);
        return false;
    }
    inspected.is_in_use = image.is_in_use();
    inspected.recovered = recover(image, owner, {});
    return true;
}

bool lock_node(const std::string& directory, const Owner& owner, NodeFile& file,
               std::string& error) {
    file.path = node_path(directory, owner.node);
    file.owner = owner;
    int code = file.image.open(file.path);
    if (code == 0) code = open_for_writes(file.path, file.fd);
    if (code != 0) {
        error = text_of_open_error(file.path, code);
        return false;
    }
    code = lock(file.fd.get());
    if (code != 0) {
        error = code == EAGAIN ? file.path + ": is in use by a running node (S27)"
                               : with_errno(file.path + ": cannot be locked", code);
        return false;
    }
    file.recovered = {};
    read_superblocks(file.image, owner, file.recovered);
    return take_next_incarnation(file, error);
}

bool begin_incarnation(NodeFile& file, const Visitor& visit, Slot recorded_max,
                       std::string& error) {
    file.recovered = recover(file.image, file.owner, visit);
    if (!take_next_incarnation(file, error)) return false;
    if (std::max(file.recovered.end, file.recovered.learned) > recorded_max) {
        error = file.path + ": another command has used this file since this one began";
        return false;
    }
    // If a killed process wrote the last batch, that batch may be only in the disk's volatile
    // cache. What was read must be durable before this node acts on it.
    int code = ::fdatasync(file.fd.get()) == 0 ? 0 : errno;
    PlainDevice device(file.fd.get());
    if (code == 0)
        code = write_superblocks(device, file.superblock,
                                 file.recovered.bad_superblock.value_or(0));
    if (code == 0) return true;
    error = with_errno(file.path + ": cannot be written", code);
    return false;
}

bool open_node(const std::string& directory, const Owner& owner, const Visitor& visit,
               NodeFile& file, std::string& error) {
    return lock_node(directory, owner, file, error) &&
           begin_incarnation(file, visit, ~Slot{0}, error);
}

}  // namespace paxos::store
