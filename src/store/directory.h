// The files of a cluster in a directory DIR: DIR/cluster, and DIR/node-0, DIR/node-1, ... for its
// nodes.
//
// 1. Nothing that a node promised or accepted is ever overwritten, shortened or removed here.
// 2. An error names the file and what is wrong with it and, where this is known, what can be done.
#pragma once

#include <string>

#include "base/fd.h"
#include "store/file.h"
#include "store/recovery.h"

namespace paxos::store {

[[nodiscard]] std::string cluster_path(const std::string& directory);
[[nodiscard]] std::string node_path(const std::string& directory, NodeId node);
/// Whether there is something at node_path().
[[nodiscard]] bool has_node_file(const std::string& directory, NodeId node);

/// What a directory contains.
enum class Contents : std::uint8_t {
    missing,  ///< There is no such directory.
    nothing,  ///< No files of a cluster, except temporary ones of an interrupted create().
    cluster,
    bad,  ///< Not usable: `error` of examine() says why.
};
/// Examines `directory`. If it holds a cluster, sets `cluster`.
[[nodiscard]] Contents examine(const std::string& directory, Cluster& cluster, std::string& error);

/// Creates the files of a cluster, with a random id, and the directory if it is missing. The files
/// are written in full, because a later write into allocated but unwritten space would change
/// metadata and take 1.3 to 1.8 times as long. REQUIRES: examine() returned missing or nothing.
[[nodiscard]] bool create(const std::string& directory, Cluster& cluster, const Geometry& geometry,
                          std::string& error);

/// What create_node() has made; also set if create_node() fails.
struct MadeFiles {
    bool directory = false, cluster = false, file = false;
};
/// Draws the id of a new cluster.
[[nodiscard]] bool draw_id(ClusterId& id, std::string& error);
/// Creates the file of one node of a cluster that spans hosts. First creates the directory and
/// DIR/cluster if they are missing. Processes may do this at the same time, each for its own node.
/// REQUIRES: the node's file is missing. DIR/cluster is missing, or names the cluster of `owner`.
[[nodiscard]] bool create_node(const std::string& directory, const Owner& owner,
                               const Geometry& geometry, MadeFiles& made, std::string& error);
/// Removes what create_node() has made. REQUIRES: the node was not started after create_node().
void undo_create_node(const std::string& directory, NodeId node, const MadeFiles& made);

/// What inspect() finds.
struct Inspected {
    Recovered recovered;
    bool is_in_use = false;  ///< A running node uses the file, which may change while it is read.
};
/// Checks the file of a node and changes nothing. False: `error` says why the file cannot be
/// opened.
[[nodiscard]] bool inspect(const std::string& directory, const Owner& owner, Inspected& inspected,
                           std::string& error);

/// A node's file, locked.
struct NodeFile {
    std::string path;
    Owner owner;
    Fd fd;  ///< Open for writes.
    FileImage image;
    /// What recovery has found. Until begin_incarnation() reads the records, only the members that
    /// describe the superblocks are set.
    Recovered recovered;
    /// The superblock of the next incarnation; durable after begin_incarnation().
    Superblock superblock{};
};
/// Locks the file of a node and determines the node's next incarnation; changes nothing. Called in
/// the node's own process: if the launcher took the lock, every process that it forked afterwards
/// would share the open file description and its lock (S27).
[[nodiscard]] bool lock_node(const std::string& directory, const Owner& owner, NodeFile& file,
                             std::string& error);
/// Recovers a locked file and begins the node's next incarnation. `visit` gets the file's records.
/// If these include slots from `recorded_max` on, refuses the file and leaves it unchanged, because
/// another command has used it.
[[nodiscard]] bool begin_incarnation(NodeFile& file, const Visitor& visit, Slot recorded_max,
                                     std::string& error);
/// Calls lock_node(), then begin_incarnation(), which accepts any slots.
[[nodiscard]] bool open_node(const std::string& directory, const Owner& owner, const Visitor& visit,
                             NodeFile& file, std::string& error);

}  // namespace paxos::store
