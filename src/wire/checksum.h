// The checksum of a datagram: XXH3 of all bytes behind itself. Loopback verifies no UDP checksum,
// and UDP's own is 16 bits, so this one is on in every build.
//
// Included by wire's own bodies and by tests that mend a checksum: it brings the whole of XXH3 with
// it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "wire/datagram.h"

// GCC 12 takes the deliberately undefined vectors of its own AVX-512 header for uninitialised ones
// (GCC bug 105593).
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
// Inlined, so that it is compiled for the widest vectors of this build; all widths give the same
// sum.
#define XXH_INLINE_ALL
#include <xxhash.h>
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

namespace paxos::wire {

/// Of the `size` bytes at `datagram`. REQUIRES: size >= sizeof(Header).
inline std::uint64_t checksum_of(const std::byte* datagram, std::size_t size) {
    return XXH3_64bits(datagram + checksum_begins, size - checksum_begins);
}

}  // namespace paxos::wire
