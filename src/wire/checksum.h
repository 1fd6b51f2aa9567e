// The checksum of a datagram: XXH3 of all bytes after it. Loopback verifies no UDP checksum,
// and UDP's own is 16 bits, so this one is on in every build.
//
// For wire's sources and for tests that repair a checksum.
#pragma once

#include <cstddef>
#include <cstdint>

#include "wire/datagram.h"
#include "wire/xxh3.h"

namespace paxos::wire {

/// Of the `size` bytes at `datagram`. REQUIRES: size >= sizeof(Header).
inline std::uint64_t checksum_of(const std::byte* datagram, std::size_t size) {
    return XXH3_64bits(datagram + checksum_begins, size - checksum_begins);
}

}  // namespace paxos::wire
