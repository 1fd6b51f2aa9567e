// The implementations of wire/auth.h with AES instructions, and constants that the portable
// implementation shares. Each function begins with the state `initial`, into which the key is
// already absorbed.
//
// Included only by auth.cpp and auth_x86.cpp.
#pragma once

#include "wire/auth.h"

namespace paxos::wire {

/// REQUIRES: is_available(AuthEngine::aes).
[[nodiscard]] Tag tag_by_aes(const Authenticator::State& initial, const std::byte* message,
                             std::size_t size);

/// REQUIRES: is_available(AuthEngine::vaes).
[[nodiscard]] std::array<Tag, 2> tags_by_vaes(const Authenticator::State& initial,
                                              const std::byte* first, const std::byte* second,
                                              std::size_t size);

/// Bytes that one update absorbs.
inline constexpr std::size_t auth_rate = 32;
/// Number of updates in the initialisation and in the finalisation (RFC 10032).
inline constexpr int auth_initial_updates = 10;
inline constexpr int auth_final_updates = 7;
/// Bits of a tag. The finalisation absorbs this number and the length of the message.
inline constexpr std::uint64_t auth_tag_bits = 128;

}  // namespace paxos::wire
