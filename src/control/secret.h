// The secret that the processes of a cluster share, and the keys derived from it.
//
// 1. A secret is never logged, reported, passed on a command line or sent.
// 2. Each key is derived for one purpose, so that what one protocol reveals is of no use in
//    another.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace paxos::control {

using Secret = std::array<std::byte, 32>;
using Key = std::array<std::byte, 16>;

/// Minimum and maximum size of a key file in bytes, without trailing line ends. The minimum allows
/// 32 random bytes in binary form. Written as text, they are longer (43 characters in base64).
inline constexpr std::size_t key_file_size_min = 32;
inline constexpr std::size_t key_file_size_max = 4096;

/// The secret in the file `path`. It is a hash of the bytes of the file without trailing line ends.
/// Refuses a file that users other than its owner can use, or that belongs neither to this user nor
/// to root. If the result is none, `error` says what is wrong and names the remedy.
[[nodiscard]] std::optional<Secret> read_key_file(const std::string& path, std::string& error);

/// The key of the datagrams of one run. REQUIRES: no two runs under `secret` have the same id.
[[nodiscard]] Key datagram_key(const Secret& secret, std::uint64_t run);

}  // namespace paxos::control
