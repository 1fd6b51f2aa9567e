// What the launcher does with the files of a durable cluster: it makes the files before the first
// run and checks them before each run. The nodes open them in their own processes.
#pragma once

#include <string>

#include "node/node.h"
#include "store/directory.h"

namespace paxos::cluster {

/// Why the files of a durable cluster cannot be used.
struct FilesFault {
    std::string text;  ///< Empty if they can be used.
    /// The files are not damaged, but the options do not match the cluster that made them, or
    /// differ between processes.
    bool is_contradicted = false;
};

/// Makes the files of the cluster of `plan` in `directory`, or checks existing ones. Changes no
/// existing file. REQUIRES: all nodes are on this host. host_files.h is for clusters that span
/// hosts.
[[nodiscard]] FilesFault open_log_files(const std::string& directory, const node::Plan& plan,
                                        node::LogFiles& files);

/// Makes the file of one node of a cluster that spans hosts.
[[nodiscard]] bool create_file(const node::LogFiles& files, NodeId node, store::MadeFiles& made,
                               std::string& error);

/// The value of store::Cluster::accept_quorum for `plan`.
[[nodiscard]] std::size_t recorded_accept_quorum(const node::Plan& plan);

/// How the cluster `found` in `directory` differs from `wanted`. Their ids are not compared. Empty
/// if there is no difference.
[[nodiscard]] std::string contradiction(const std::string& directory, const store::Cluster& found,
                                        const store::Cluster& wanted);

/// Reads the file of `node`. If false, `error` says why the node cannot be started on it.
[[nodiscard]] bool check_file(const node::LogFiles& files, NodeId node, store::Recovered& found,
                              std::string& error);

/// Checks the files of `nodes` and sets `files.base` above every slot that is recorded in them. If
/// false, `error` says which file cannot be used, and why.
[[nodiscard]] bool find_base(node::LogFiles& files, NodeMask nodes, std::string& error);

}  // namespace paxos::cluster
