// What a decided slot adds to the digest of its interval (see digester.h).
#pragma once

#include "paxos/message.h"
#include "wire/xxh3.h"

namespace paxos::node {

/// XXH3 of the value, seeded with the slot: one value in two slots, or two values swapped, give other sums.
[[nodiscard]] inline std::uint64_t digest_of(Slot slot, const Value& value) {
    return XXH3_64bits_withSeed(value.words.data(), sizeof value.words, slot);
}

}  // namespace paxos::node
