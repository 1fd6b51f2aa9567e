// Reads and makes the superblocks of a node's file. Reading finds out which superblock is current,
// and to which node the file belongs.
#pragma once

#include "store/recovery.h"

namespace paxos::store {

/// Sets `result.superblock` to the newer valid superblock, and `result.bad_superblock`. If the file
/// must not be used, sets the verdict and its reason.
void read_superblocks(Image& image, const Owner& owner, Recovered& result);

/// The first superblock of a new file of `owner`, without a checksum.
[[nodiscard]] Superblock new_superblock(const Owner& owner, const Geometry& geometry);

/// The end of an error text: "belongs to a cluster of 2 nodes, not 3".
[[nodiscard]] std::string node_count_text(std::size_t found, std::size_t wanted);

/// `superblock` as it is written to block `index`, with its checksum.
[[nodiscard]] Superblock sealed(Superblock superblock, std::size_t index);

}  // namespace paxos::store
