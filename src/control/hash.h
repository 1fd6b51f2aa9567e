// A hash function: keyed BLAKE2b. Each input begins with a text that names the purpose of the hash,
// so that hashes for two purposes never have the same input.
#pragma once

#include <sodium.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <initializer_list>

#include "control/bytes.h"
#include "paxos/assert.h"

namespace paxos::control {

/// The hash of the concatenated `parts`, for `purpose`, under `key` (at most 64 bytes). If `key` is
/// empty, the hash is not keyed. REQUIRES: at most one of `parts` has a variable size for this
/// purpose, so that two different lists of parts never yield the same bytes.
template <std::size_t size>
std::array<std::byte, size> hash(const char* purpose, Bytes key,
                                 std::initializer_list<Bytes> parts) {
    static_assert(size >= crypto_generichash_BYTES_MIN && size <= crypto_generichash_BYTES_MAX);
    PAXOS_ASSERT(key.empty() || (key.size() >= crypto_generichash_KEYBYTES_MIN &&
                                 key.size() <= crypto_generichash_KEYBYTES_MAX));
    const auto raw = [](Bytes bytes) {
        return reinterpret_cast<const unsigned char*>(bytes.data());
    };
    std::array<std::byte, size> result;
    crypto_generichash_state state;
    // These calls cannot fail with these sizes (libsodium, crypto_generichash).
    int failures = crypto_generichash_init(&state, raw(key), key.size(), size);
    // The terminating zero is hashed too, so that no purpose is a prefix of another.
    failures |= crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(purpose),
                                          std::strlen(purpose) + 1);
    for (const Bytes part : parts)
        failures |= crypto_generichash_update(&state, raw(part), part.size());
    failures |= crypto_generichash_final(&state, reinterpret_cast<unsigned char*>(result.data()),
                                         size);
    PAXOS_ASSERT(failures == 0);
    sodium_memzero(&state, sizeof state);
    return result;
}

}  // namespace paxos::control
