// The ways in which a datagram arrives spoiled, or one arrives that nobody of this run has sent
// (S32), and the reason that wire must give for refusing it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "paxos/random.h"
#include "wire/wire.h"

namespace paxos::sim {

enum class Spoil : std::uint8_t {
    corrupted,  ///< One bit has flipped.
    truncated,
    emptied,  ///< Zero bytes.
    overlong,
    // From here on the true datagram arrives as well: these are forgeries, with a true checksum.
    wrong_magic,
    future_version,
    earlier_run,
    elsewhere,  ///< For another node.
    reflected,  ///< A node's own, sent back to it.
    stranger,   ///< From an address that is nobody's.
    bad_watermark,
    bad_message,  ///< A field out of its range.
};
inline constexpr std::size_t spoils = 12;
inline constexpr std::array<std::string_view, spoils> spoil_names = {
    "corrupted",   "truncated", "empty",     "overlong", "wrong magic",   "future version",
    "earlier run", "elsewhere", "reflected", "stranger", "bad watermark", "bad message"};

[[nodiscard]] constexpr bool is_forgery(Spoil spoil) { return spoil >= Spoil::wrong_magic; }

/// Room for the longest datagram that is spoiled here.
inline constexpr std::size_t spoiled_size_max = limits::datagram_size + limits::cache_line_size;

/// Spoils the datagram of `size` bytes at `datagram`, which has room for `spoiled_size_max`; `to`
/// is whom it goes to. Sets the new size. Returns what wire must say of it, or nothing where any
/// reason will do.
std::optional<wire::Rejection> spoil(Spoil how, std::byte* datagram, std::size_t& size, NodeId to,
                                     Random& random);

}  // namespace paxos::sim
