// Damages datagrams, and forges datagrams that no node of this run sent (S32). src/wire must reject
// all of them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "paxos/random.h"
#include "wire/wire.h"

namespace paxos::sim {

enum class Damage : std::uint8_t {
    corrupted,  ///< One bit has flipped.
    truncated,
    emptied,  ///< A datagram of zero bytes.
    overlong,
    // The following are forgeries with a valid checksum. The original datagram arrives as well.
    wrong_magic,
    future_version,
    earlier_run,
    elsewhere,  ///< The destination does not include the recipient.
    reflected,  ///< As if it were the recipient's own datagram, sent back to it.
    stranger,   ///< From an unknown address.
    bad_watermark,
    bad_message,  ///< One message is invalid; a datagram without messages gets a future version.
};
inline constexpr std::size_t damage_kinds = 12;
inline constexpr std::array<std::string_view, damage_kinds> damage_names = {
    "corrupted",   "truncated", "empty",     "overlong", "wrong magic",   "future version",
    "earlier run", "elsewhere", "reflected", "stranger", "bad watermark", "bad message"};

[[nodiscard]] constexpr bool is_forgery(Damage damage) { return damage >= Damage::wrong_magic; }

/// Bytes of the longest datagram made here.
inline constexpr std::size_t damaged_size_max = limits::datagram_size + limits::cache_line_size;

/// Damages a datagram on its way to `to`. The datagram is the first `size` bytes at `datagram`, in
/// a buffer of `damaged_size_max` bytes. Sets `size` to the new size. Returns the reason for which
/// src/wire must reject the datagram; none: any reason is right.
std::optional<wire::Rejection> damage(Damage how, std::byte* datagram, std::size_t& size, NodeId to,
                                      Random& random);

}  // namespace paxos::sim
