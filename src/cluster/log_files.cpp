// See log_files.h.
#include "cluster/log_files.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <unistd.h>

#include "store/superblocks.h"

namespace paxos::cluster {
namespace {

/// Maximum total size in bytes of the records that a node writes in one step.
constexpr std::size_t step_size_max = Records<limits::Standard>::step_bytes_max;
/// Minimum of Superblock::batch_size. The records of one step must fit into one batch.
constexpr std::size_t batch_size_min = sizeof(store::BatchHeader) + step_size_max;

/// After this call, a write beyond the limit of the file size (ulimit -f) fails with EFBIG instead
/// of ending this process.
void ignore_size_signal() { std::signal(SIGXFSZ, SIG_IGN); }

}  // namespace

std::size_t recorded_accept_quorum(const node::Plan& plan) {
    const std::size_t size = plan.quorums().accept.size();
    return size == Quorums(plan.nodes).accept.size() ? 0 : size;
}

std::string contradiction(const std::string& directory, const store::Cluster& found,
                          const store::Cluster& wanted) {
    if (found.nodes != wanted.nodes)
        return directory + " " + store::node_count_text(found.nodes, wanted.nodes) + " (--nodes)";
    if (found.protocol != wanted.protocol)
        return directory + " belongs to a cluster with --protocol " +
               std::string(name_of(found.protocol)) + ", not " +
               std::string(name_of(wanted.protocol));
    if (found.accept_quorum != wanted.accept_quorum) {
        const auto text = [](const store::Cluster& cluster) {
            return cluster.accept_quorum == 0
                       ? "majority quorums"
                       : "--accept-quorum " + std::to_string(cluster.accept_quorum);
        };
        return directory + " belongs to a cluster with " + text(found) + ", not " + text(wanted);
    }
    if (found.spans_hosts == wanted.spans_hosts) return "";
    return directory + (found.spans_hosts
                            ? " belongs to a cluster that spans hosts; start a process for each "
                              "node (--peers, srun, mpirun)"
                            : " belongs to a cluster with all nodes on one host");
}

FilesFault open_log_files(const std::string& directory, const node::Plan& plan,
                          node::LogFiles& files) {
    files.directory = directory;
    const store::Cluster wanted{.id = {},
                                .nodes = plan.nodes,
                                .protocol = plan.protocol,
                                .accept_quorum = recorded_accept_quorum(plan)};
    FilesFault fault;
    switch (store::examine(directory, files.cluster, fault.text)) {
        case store::Contents::bad: return fault;
        case store::Contents::missing:
        case store::Contents::nothing:
            files.cluster = wanted;
            ignore_size_signal();
            if (!store::create(directory, files.cluster, store::Geometry::for_steps(step_size_max),
                               fault.text))
                return fault;
            break;
        case store::Contents::cluster:
            fault.text = contradiction(directory, files.cluster, wanted);
            fault.is_contradicted = !fault.text.empty();
            if (fault.is_contradicted) return fault;
            break;
    }
    static_cast<void>(find_base(files, NodeMask::first(plan.nodes), fault.text));
    return fault;
}

bool create_file(const node::LogFiles& files, NodeId node, store::MadeFiles& made,
                 std::string& error) {
    ignore_size_signal();
    return store::create_node(files.directory, {files.cluster, node},
                              store::Geometry::for_steps(step_size_max), made, error);
}

bool check_file(const node::LogFiles& files, NodeId node, store::Recovered& found,
                std::string& error) {
    const std::string path = store::node_path(files.directory, node);
    store::Inspected inspected;
    store::wait_until_free(path, 1000);
    if (!store::inspect(files.directory, {files.cluster, node}, inspected, error)) return false;
    found = inspected.recovered;
    // This check comes before the check of the verdict, because batches that a running node is
    // writing may appear damaged.
    if (inspected.is_in_use) {
        error = path + ": is in use by a running node (S27)";
        return false;
    }
    if (!store::is_usable(found.verdict)) {
        error = path + ": " + found.reason + "; nothing was changed";
        return false;
    }
    if (found.superblock.batch_size < batch_size_min) {
        error = path + ": has space for batches of at most " +
                std::to_string(found.superblock.batch_size) +
                " bytes, but the records of this program need larger ones; nothing was changed";
        return false;
    }
    if (::access(path.c_str(), W_OK) == 0) return true;
    error = path + ": cannot be written: " + std::strerror(errno);
    return false;
}

bool find_base(node::LogFiles& files, NodeMask nodes, std::string& error) {
    files.base = 0;
    bool are_usable = true;
    nodes.for_each([&](NodeId node) {
        store::Recovered found;
        are_usable = are_usable && check_file(files, node, found, error);
        files.base = std::max({files.base, found.end, found.learned});
    });
    return are_usable;
}

}  // namespace paxos::cluster
