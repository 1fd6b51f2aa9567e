// See checksum.h. Calls XXH3 in the library. The inlined copy (wire/xxh3.h) is faster, but even the
// library's XXH3 is faster than a disk.
#include "store/checksum.h"

#include <xxhash.h>

namespace paxos::store {
namespace {

Checksum hash(std::span<const std::byte> bytes, std::uint64_t seed) {
    const auto rest = bytes.subspan(sizeof(Checksum));
    const XXH128_hash_t hash = XXH3_128bits_withSeed(rest.data(), rest.size(), seed);
    return {hash.low64, hash.high64};
}

}  // namespace

Checksum checksum_of(const Superblock& superblock, std::uint64_t offset) {
    return hash(std::as_bytes(std::span{&superblock, 1}), offset);
}

Checksum checksum_of(std::span<const std::byte> batch, const ClusterId& cluster,
                     std::uint64_t offset) {
    // An odd factor spreads the offset over all bits, so that a difference of offsets does not
    // cancel a difference of ids.
    const std::uint64_t seed = cluster.words[0] ^ (cluster.words[1] << 1 | 1) ^
                               (offset + 1) * 0x9e3779b97f4a7c15;
    return hash(batch, seed);
}

}  // namespace paxos::store
