// The checksum of a datagram: XXH3 of all bytes from Header::magic on. Every build uses it for
// datagrams without an authentication tag, because UDP's own checksum has only 16 bits and is not
// verified on the loopback interface.
//
// Included where checksums are computed or verified: in src/wire, the simulator, tests and
// benchmarks.
#pragma once

#include <cstddef>
#include <cstdint>

#include "wire/datagram.h"
#include "wire/xxh3.h"

namespace paxos::wire {

/// The checksum of the datagram of `size` bytes at `datagram`. REQUIRES: size >= sizeof(Header).
inline std::uint64_t checksum_of(const std::byte* datagram, std::size_t size) {
    return XXH3_64bits(datagram + checksum_begins, size - checksum_begins);
}

}  // namespace paxos::wire
