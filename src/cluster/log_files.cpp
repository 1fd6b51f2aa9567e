// See log_files.h.
#include "cluster/log_files.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <unistd.h>

#include "store/directory.h"

namespace paxos::cluster {
namespace {

/// Maximum size of the records of one step of a node, in bytes.
constexpr std::size_t step_size_max = Records<limits::Standard>::step_bytes_max;
/// A batch holds at least one step.
constexpr std::size_t batch_size_min = sizeof(store::BatchHeader) + step_size_max;

/// Why the cluster in `directory` does not fit `plan`. Empty: it fits.
std::string contradiction(const std::string& directory, const store::Cluster& found,
                          const node::Plan& plan) {
    if (found.nodes != plan.nodes)
        return directory + " is of a cluster of " + std::to_string(found.nodes) + " nodes, not " +
               std::to_string(plan.nodes) + " (--nodes)";
    if (found.protocol != plan.protocol)
        return directory + " is of a cluster with --protocol " +
               std::string(name_of(found.protocol)) + ", not " +
               std::string(name_of(plan.protocol));
    return "";
}

}  // namespace

FilesFault open_log_files(const std::string& directory, const node::Plan& plan,
                          node::LogFiles& files) {
    files.directory = directory;
    FilesFault fault;
    switch (store::examine(directory, files.cluster, fault.text)) {
        case store::Contents::bad: return fault;
        case store::Contents::missing:
        case store::Contents::nothing:
            files.cluster = {.id = {}, .nodes = plan.nodes, .protocol = plan.protocol};
            // A write beyond a limit of the file size (ulimit -f) then fails with EFBIG.
            std::signal(SIGXFSZ, SIG_IGN);
            if (!store::create(directory, files.cluster, store::Geometry::for_steps(step_size_max),
                               fault.text))
                return fault;
            break;
        case store::Contents::cluster:
            fault.text = contradiction(directory, files.cluster, plan);
            fault.is_contradicted = !fault.text.empty();
            if (fault.is_contradicted) return fault;
            break;
    }
    static_cast<void>(find_base(files, fault.text));
    return fault;
}

bool find_base(node::LogFiles& files, std::string& error) {
    files.base = 0;
    for (NodeId node = 0; node < files.cluster.nodes; ++node) {
        const std::string path = store::node_path(files.directory, node);
        store::Inspected inspected;
        store::wait_until_free(path, 1000);
        if (!store::inspect(files.directory, {files.cluster, node}, inspected, error)) return false;
        const store::Recovered& found = inspected.recovered;
        if (!store::is_usable(found.verdict)) {
            error = path + ": " + found.reason + "; nothing was changed";
            return false;
        }
        if (found.superblock.batch_size < batch_size_min) {
            error = path + ": has batches of at most " +
                    std::to_string(found.superblock.batch_size) +
                    " bytes, too small for the records of this program; nothing was changed";
            return false;
        }
        if (inspected.is_in_use) {
            error = path + ": is in use by a running node (S27)";
            return false;
        }
        if (::access(path.c_str(), W_OK) != 0) {
            error = path + ": cannot be written: " + std::strerror(errno);
            return false;
        }
        files.base = std::max({files.base, found.end, found.learned});
    }
    return true;
}

}  // namespace paxos::cluster
