#include "io/peers.h"

#include "paxos/assert.h"

namespace paxos::io {

PeerIndex PeerTable::add(const Address& address, const Address& source) {
    PAXOS_ASSERT(size_ < addresses_.size());
    PAXOS_ASSERT(find(source) == no_peer);  // S30: each address has one index.
    for (std::size_t peer = 0; peer < size_; ++peer) PAXOS_ASSERT(addresses_[peer] != address);
    std::size_t bucket = bucket_of(source);
    while (buckets_[bucket] != no_peer) bucket = (bucket + 1) % bucket_count;
    const auto peer = static_cast<PeerIndex>(size_++);
    addresses_[peer] = address;
    sources_[peer] = source;
    buckets_[bucket] = peer;
    return peer;
}

}  // namespace paxos::io
