// The identity of a process. The process sends it to the other end of a connection after both ends
// have proved that they have the key of the cluster. An identity has the rank, the host, and two
// things on which all processes of a cluster must agree: the number of processes, and the facts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "control/bytes.h"

namespace paxos::control {

/// A fact that must be the same in all processes, such as {"commit", "f078fd1"}.
struct Fact {
    std::string name;
    std::string value;
    bool operator==(const Fact&) const = default;
};

struct Identity {
    std::uint32_t rank = 0;
    std::uint32_t size = 0;  ///< Number of processes in the cluster.
    std::string host;        ///< The name of the host, for messages.
    std::vector<Fact> facts;
};

/// Maximum size of a name or value in bytes. It suffices for the longest value, a list of 63 peers,
/// which has at most about 16 KiB.
inline constexpr std::size_t identity_text_max = std::size_t{20} << 10;
inline constexpr std::size_t identity_facts_max = 16;

[[nodiscard]] std::vector<std::byte> encode(const Identity& identity);
/// None if the bytes are not an identity.
[[nodiscard]] std::optional<Identity> decode_identity(Bytes bytes);

/// Empty if `theirs` belongs to the cluster of `ours`. Otherwise the first difference, with both
/// values if they are short.
[[nodiscard]] std::string difference(const Identity& ours, const Identity& theirs);

/// For example "n2 on h3".
[[nodiscard]] std::string name_of(const Identity& identity);

}  // namespace paxos::control
