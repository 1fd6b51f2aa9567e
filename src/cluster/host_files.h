// The files of a durable cluster that spans hosts. Each launcher has the file of its own node, in a
// directory of its host; several launchers may share one. Rank 0 compares what they report, and
// decides whether their files belong together.
//
// 1. No directory shows by itself that a file is lost, because it does not show which nodes it is
//    for. Rank 0 decides: once a node has been started on its file, every file must be there (S24).
// 2. A run of such a cluster begins only when every node is ready, which it is after its start on
//    its file is durable. If no existing file was ever started, no node has answered, and files
//    that are missing are made: an interrupted creation goes on.
#pragma once

#include <span>
#include <string>

#include "cluster/host_messages.h"
#include "cluster/log_files.h"
#include "store/directory.h"

namespace paxos::cluster {

/// The file of one node, as its launcher handles it on orders of rank 0.
class HostFiles {
public:
    HostFiles(std::string directory, NodeId self) : self_(self) {
        files_.directory = std::move(directory);
    }

    /// Whether an order from outside is possible for node `self`.
    [[nodiscard]] static bool is_valid(const FilesOrder& order, NodeId self);
    /// REQUIRES: is_valid().
    [[nodiscard]] FilesReport obey(const FilesOrder& order);
    /// The files for runs. Null: they have not been opened.
    [[nodiscard]] node::LogFiles* opened() { return is_open_ ? &files_ : nullptr; }

private:
    void examine(const store::Cluster& wanted, FilesReport& report);
    void open(const store::Cluster& cluster, FilesReport& report);

    node::LogFiles files_;
    const NodeId self_;
    store::MadeFiles made_;  // Until a node may have been started on them.
    bool is_open_ = false;
};

/// What the reports of all nodes, by node, result in.
struct FilesAgreement {
    FilesFault fault;
    NodeId node = 0;             ///< The node with the fault.
    bool is_new = false;         ///< There is no cluster: the id must be drawn.
    store::ClusterId cluster{};  ///< Otherwise.
};
[[nodiscard]] FilesAgreement agree(std::span<const FilesReport> reports);

}  // namespace paxos::cluster
