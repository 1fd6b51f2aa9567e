// Checksums of superblocks and batches: XXH3 with 128 bits of all bytes after the checksum field.
// They find accidents of disks; they are no protection against a forger.
#pragma once

#include <span>

#include "store/format.h"

namespace paxos::store {

/// Of a superblock at `offset` of its file.
[[nodiscard]] Checksum checksum_of(const Superblock& superblock, std::uint64_t offset);

/// Of a batch at `offset` of a file of `cluster`. REQUIRES: it has a header.
[[nodiscard]] Checksum checksum_of(std::span<const std::byte> batch, const ClusterId& cluster,
                                   std::uint64_t offset);

}  // namespace paxos::store
