// What a seed makes of a world: its size and load, its times, and which faults it has how badly.
//
// A swarm: each world leaves some faults out altogether, because a fault that is always there hides
// what only happens without it.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "paxos/options.h"

namespace paxos::sim {

inline constexpr std::size_t world_nodes_max = 21;
/// Once everything has healed, datagrams overtake each other by no more than this.
inline constexpr Tick healed_jitter_max_ns = 1'000'000;

/// Which set of limits a world's nodes are made with.
enum class Size : std::uint8_t { tiny, small, standard };
inline constexpr std::array<std::string_view, 3> size_names = {"tiny", "small", "standard"};

/// What may go wrong. Fractions of datagrams are in 65536ths, a zero switches a fault off. `every`
/// is the mean time from one such event to the next.
struct Faults {
    std::uint32_t loss = 0;         ///< Up to 30 %.
    std::uint32_t duplication = 0;  ///< Up to 50 %, and of the copies again.
    std::uint32_t spoiling = 0;     ///< Corrupted, cut, forged: see spoil.h.
    std::uint32_t straggling = 0;   ///< Delayed by up to `straggle_max_ns` more.
    Tick straggle_max_ns = 0;
    Tick jitter_ns = 0;  ///< Each datagram's own delay, up to this: they overtake each other.
    Tick cut_every_ns = 0;
    Tick clog_every_ns = 0;
    Tick pause_every_ns = 0;
    Tick pause_max_ns = 0;
    Tick starve_every_ns = 0;
    std::size_t crashes = 0;  ///< Less than half of the nodes.
    Tick crash_every_ns = 0;
    /// Survivors are notified of a death after this long (Input::ended). ~0: never; they detect it
    /// by timeout.
    Tick death_known_ns = ~Tick{0};
};

struct Draw {
    std::uint64_t seed = 0;
    Variant protocol = default_variant;
    Size size = Size::tiny;
    std::size_t nodes = 3;
    std::size_t proposers = 1;
    bool thrifty = false;
    std::uint32_t window = 1;
    Slot target = 1;           ///< Slots to be decided in the first two acts: [0, target).
    Slot act_three_slots = 0;  ///< Slots to be decided in the third act, above those.
    std::uint64_t first_counter = 1;
    Timing timing;
    Tick latency_ns = 0;                          ///< From one node to another, without jitter.
    std::array<Tick, world_nodes_max> turn_ns{};  ///< A node's turn is 1/2 to 3/2 of it.
    Tick idle_ns = 0;  ///< A node that nothing reaches looks at its clock this often.
    std::size_t datagrams_per_turn = 1;
    bool splits = false;  ///< Each message travels in a datagram of its own, and is lost alone.
    std::size_t socket_datagrams = 0;  ///< What waits at a node; more is lost.
    Faults faults;
    Tick act_one_ns = 0;     ///< The first act ends then, ...
    Slot act_one_slots = 0;  ///< ... or when somebody has learned so many slots.
    Tick pace_ns = 0;        ///< In act one a slot may be proposed each such time; 0: all at once.
    bool stays_lossy = false;  ///< Loss, duplication and spoiling do not heal.
    /// Everything must be decided in act two. Not where ballots run out or nobody's patience lasts
    /// for an answer.
    bool is_live = true;
};

/// What the caller wants other than drawn.
struct Wish {
    std::optional<Variant> protocol;
    std::optional<Size> size;
};

[[nodiscard]] Draw draw(std::uint64_t seed, const Wish& wish = {});

/// In two lines, for who has to understand why it went wrong.
[[nodiscard]] std::string describe(const Draw& draw);

/// The time from the heal within which every slot is decided and learned, or named as skipped,
/// where `left` slots of it were not yet learned by everyone:
///
///     trip  = latency + jitter + (2 + datagrams in which all speak of a window / datagrams a turn)
///     turns of the slowest bound = 2 (silence + takeover + nodes takeover_step + backoff_max +
///     give_up) + 100 trip + straggle_max
///           + left / min(window, ring / 4) (12 trip + 4 catch_up + retransmit_max)
///
/// Silence, take-over and back-off: the dead are given up, the duels end; not before the last
/// straggler of before the heal has arrived, which may be a word of the dead. Give_up: who is left
/// behind says so. Then, window by window, two phases and a DECIDE, and a node that has to ask for
/// what it missed. Where datagrams go on being lost, each of a window's steps waits for
/// retransmissions in a row: 40 retransmit_max more.
[[nodiscard]] Tick bound_ns(const Draw& draw, Slot left);

/// The time after the permanent cuts of act three within which `left` slots are decided, and
/// learned by each node that can hear a node that knows them. As above, plus:
///
///     once        silence + contact + hold_back + progress_gap, twice: the cuts are detected, a
///                 new leader is elected, it stops waiting for nodes that can no longer learn
///     a window    nodes x (contact + 2 heartbeat + 4 catch_up + 4 trip): decisions pass from node
///                 to node, and the leader waits for them
///     at the end  nodes x (4 silence + (ring / pushed at once + 2) contact): nodes that cannot ask
///                 are sent everything that is retained once more
[[nodiscard]] Tick bound_with_cuts_ns(const Draw& draw, Slot left);

}  // namespace paxos::sim
