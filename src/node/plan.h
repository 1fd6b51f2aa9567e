// The settings of a run, shared by all nodes of a cluster. They are resolved and validated before
// the first fork.
#pragma once

#include <array>
#include <cstdint>

#include "io/io_kind.h"
#include "paxos/ballot.h"
#include "paxos/limits.h"
#include "paxos/options.h"
#include "paxos/quorum.h"

namespace paxos::node {

using ProtocolKind = Variant;
using io::IoKind;
enum class IdleKind : std::uint8_t { automatic, spin, yield, block };
/// Whether datagrams carry authentication tags.
enum class AuthKind : std::uint8_t { automatic, on, off };

inline constexpr std::size_t rows_max = 16;         ///< Maximum number of rows in one run.
inline constexpr std::size_t text_values_max = 64;  ///< Maximum number of values given as text.
inline constexpr std::size_t kills_max = 64;        ///< Maximum number of `kill=` entries.

/// The highest rate in rounds per second. It is one round per nanosecond, more than any machine
/// decides.
inline constexpr std::uint64_t rate_max = 1'000'000'000;

/// A number of rounds that is limited only by the duration.
inline constexpr std::uint64_t unbounded = ~std::uint64_t{0};

/// One line of the result. It has `rounds` slots, of which `window` are in flight at a time, or at
/// most `window` if the row has a rate.
struct Row {
    std::uint32_t window = 1;  ///< 1 .. limits::Standard::window_max.
    /// Rounds to begin per second, up to rate_max. If 0, a round begins as soon as fewer than
    /// `window` are in flight.
    std::uint64_t rate = 0;
    /// Number of slots. If the run has a duration, this is the maximum, and may be `unbounded`.
    std::uint64_t rounds = 0;
    /// Results name a row "unloaded" or "saturated" if the member of that name is true. Otherwise
    /// they name it "rate" if it has a rate, and "window" if not.
    bool unloaded = false;
    bool saturated = false;
};

/// The faults of --faults. Faults of datagrams are drawn from the seed of the run and injected
/// between src/wire and src/io. The first four members are fractions of the datagrams, 0 .. 1.
struct Faults {
    double loss = 0, duplication = 0, reordering = 0, corruption = 0;
    std::uint64_t delay_ns = 0;  ///< Each datagram is delayed by 0 .. delay_ns, at random.
    struct Kill {
        NodeId node = 0;
        double at = 0;  ///< Fraction of all rounds at which the node kills itself with SIGKILL.
    };
    std::array<Kill, kills_max> kills{};
    std::size_t kill_count = 0;
    bool restarts = false;         ///< Whether the launcher starts a killed node again.
    std::uint64_t restart_ns = 0;  ///< Time from the node's end to its restart.
    /// Indexed by sender: the nodes that the sender cannot reach.
    std::array<NodeMask, limits::nodes_max> cuts{};
    NodeMask deaf{}, mute{};  ///< Nodes that receive nothing; nodes that send nothing.
    /// The nodes that `sender` cannot reach, in a cluster of `nodes`.
    [[nodiscard]] NodeMask unreached_by(NodeId sender, std::size_t nodes) const {
        return mute.has(sender) ? NodeMask::first(nodes) : (cuts[sender] | deaf);
    }
    /// Nodes affected by a cut, by `deaf` or by `mute`.
    [[nodiscard]] NodeMask with_cuts() const {
        NodeMask named = deaf | mute;
        for (std::size_t node = 0; node < cuts.size(); ++node)
            if (!cuts[node].empty())
                named = named | cuts[node] | NodeMask::of(static_cast<NodeId>(node));
        return named;
    }
    [[nodiscard]] bool touch_datagrams() const {
        return loss > 0 || duplication > 0 || reordering > 0 || corruption > 0 || delay_ns > 0;
    }
};

struct Plan {
    std::size_t nodes = 5;
    std::size_t proposers = 1;  ///< Nodes 0 .. proposers - 1 propose from the start.
    ProtocolKind protocol = default_variant;
    bool thrifty = false;
    std::size_t accept_quorum = 0;                      ///< Options::accept_quorum.
    bool runs = true;                                   ///< One message may cover a run of slots.
    std::size_t datagram_size = limits::datagram_size;  ///< Options::datagram_size.
    IoKind io = IoKind::automatic;
    IdleKind idle = IdleKind::automatic;
    /// Automatic: on if there is a key or several hosts, otherwise off.
    AuthKind auth = AuthKind::automatic;
    std::uint64_t seed = 1;    ///< For generated values, back-off and faults.
    std::uint64_t warmup = 0;  ///< Slots before the first row, opened with the largest window.
    std::array<Row, rows_max> rows{};
    std::size_t row_count = 0;
    std::uint64_t duration_ns = 0;              ///< Time limit of each row; 0 if none.
    std::uint64_t timeout_ns = 60'000'000'000;  ///< Time limit for the run of one cluster.
    std::uint16_t port = 0;                     ///< Node i gets port + i. If 0, the kernel chooses.
    /// Zero-terminated; see value_count.
    std::array<std::array<char, limits::value_size + 1>, text_values_max> values{};
    std::size_t value_count = 0;  ///< If 0, values are generated.
    Faults faults;
    bool explain = false;  ///< Whether nodes collect data about slow decisions.
    bool log = false;
    std::uint64_t log_first = 0, log_end = ~std::uint64_t{0};  ///< The rounds that --log shows.

    [[nodiscard]] Quorums quorums() const {
        return Options{.nodes = nodes, .accept_quorum = accept_quorum, .timing = {}}.quorums();
    }
    /// The number of slots of the run; `unbounded` if only a duration ends it.
    [[nodiscard]] std::uint64_t slot_end() const {
        std::uint64_t end = warmup;
        for (std::size_t i = 0; i < row_count; ++i) {
            if (rows[i].rounds == unbounded) return rows[i].rounds;
            end += rows[i].rounds;
        }
        return end;
    }
};

}  // namespace paxos::node
