// The files of a durable cluster that spans hosts. Each launcher has the file of its own node, in a
// directory of its host; several launchers may share a directory. Rank 0, the launcher of n0,
// compares the reports of the launchers and decides whether the files belong together.
//
// 1. A directory alone cannot show that a file is lost, because nothing in it says which nodes'
//    files belong there. So rank 0 checks that no file is lost. Once at least one node has been
//    started on its file, the files of all nodes must exist (S24).
// 2. A run of such a cluster begins only when every node is ready, and a node is ready only when
//    its start is durably recorded in its file. So if no existing file records a start, no node has
//    answered another one yet. In that case the missing files are created. This completes a
//    creation that was interrupted.
#pragma once

#include <span>
#include <string>

#include "cluster/host_messages.h"
#include "cluster/log_files.h"
#include "store/directory.h"

namespace paxos::cluster {

/// The file of one node, which its launcher checks, creates or removes on orders of rank 0.
class HostFiles {
public:
    HostFiles(std::string directory, NodeId self) : self_(self) {
        files_.directory = std::move(directory);
    }

    /// Whether `order`, as received, is valid for node `self`.
    [[nodiscard]] static bool is_valid(const FilesOrder& order, NodeId self);
    /// REQUIRES: is_valid().
    [[nodiscard]] FilesReport obey(const FilesOrder& order);
    /// The files that the runs use. Null if they have not been opened.
    [[nodiscard]] node::LogFiles* opened() { return is_open_ ? &files_ : nullptr; }

private:
    void examine(const store::Cluster& wanted, FilesReport& report);
    void open(const store::Cluster& cluster, FilesReport& report);

    node::LogFiles files_;
    const NodeId self_;
    store::MadeFiles made_;  // What FilesStep::undo removes.
    bool is_open_ = false;
};

/// Whether the files of all nodes belong together.
struct FilesAgreement {
    FilesFault fault;
    NodeId node = 0;      ///< The node with the fault.
    bool is_new = false;  ///< No directory has files of a cluster, so a new id must be drawn.
    store::ClusterId cluster{};  ///< The id of the existing cluster, unless is_new.
};
/// `reports` has one report for each node, in the order of the nodes.
[[nodiscard]] FilesAgreement agree(std::span<const FilesReport> reports);

}  // namespace paxos::cluster
