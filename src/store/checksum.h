// Checksums of superblocks and batches: the 128-bit XXH3 of all bytes after the checksum field.
// They detect accidental damage. They do not detect forgery.
#pragma once

#include <span>

#include "store/format.h"

namespace paxos::store {

/// The checksum of a superblock at `offset` of its file.
[[nodiscard]] Checksum checksum_of(const Superblock& superblock, std::uint64_t offset);

/// The checksum of a batch that begins at `offset` in a file of `cluster`. REQUIRES: the batch has
/// a header.
[[nodiscard]] Checksum checksum_of(std::span<const std::byte> batch, const ClusterId& cluster,
                                   std::uint64_t offset);

}  // namespace paxos::store
