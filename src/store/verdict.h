// The verdict of a check of a node's file.
#pragma once

#include <cstdint>

namespace paxos::store {

enum class Verdict : std::uint8_t {
    intact,
    /// The last batch is incomplete, and nothing shows that it was ever durable. The node sent no
    /// answer that relied on it. Recovery cuts the batch off.
    torn,
    // The file must not be used, and is left as it is:
    corrupt,     ///< Something that was durable is damaged (S25).
    unreadable,  ///< A read failed.
    truncated,   ///< The file is shorter or longer than at its creation.
    foreign,     ///< Not a file of this program.
    // A file of another version, cluster, node or build (S28):
    version,
    cluster,
    node,
    node_count,
    protocol,
    value_size,
};

[[nodiscard]] const char* name_of(Verdict verdict);

/// Whether a node may use the file.
[[nodiscard]] constexpr bool is_usable(Verdict verdict) {
    return verdict == Verdict::intact || verdict == Verdict::torn;
}

}  // namespace paxos::store
