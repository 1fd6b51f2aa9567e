// The file DIR/cluster, which says to which cluster the files of DIR belong.
//
// If the cluster runs on one host, DIR/cluster is made last, after the files of all nodes, and no
// node uses DIR before DIR/cluster exists. So if DIR/cluster exists and a node's file is missing,
// the promises of that node are lost (S24). If the cluster spans hosts, DIR/cluster is made first,
// and src/cluster/host_files.h decides whether a node's file is lost.
//
//   paxos_fast cluster 1
//   id 8f14e45fceea167a5a36dedd4bea2543
//   nodes 5
//   protocol multi
//   value_size 32
//   spans_hosts                        (only if the cluster spans hosts)
//   checksum 1c9a0fd2b1e6e0a7
#pragma once

#include <string>

#include "store/format.h"

namespace paxos::store {

[[nodiscard]] std::string text_of(const Cluster& cluster);

/// Reads the text of the file. False: `why` says what is wrong with it.
[[nodiscard]] bool read_cluster_text(const std::string& text, Cluster& cluster, std::string& why);

/// The id as 32 hexadecimal digits.
[[nodiscard]] std::string text_of(const ClusterId& id);

}  // namespace paxos::store
