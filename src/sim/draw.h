// A world is a simulated cluster with its network and disks. The draw is what a seed determines
// about a world: size, load, times, faults and their rates. Most faults end at the heal, the end of
// act one (player.h).
//
// Each world leaves some faults out (swarm testing), because a fault that is always present hides
// what happens only without this fault.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "paxos/options.h"

namespace paxos::sim {

inline constexpr std::size_t world_nodes_max = 21;
/// The largest jitter after the heal.
inline constexpr Tick healed_jitter_max_ns = 1'000'000;

/// Which set of limits (paxos/limits.h) the nodes of a world use.
enum class Size : std::uint8_t { tiny, small, standard };
inline constexpr std::array<std::string_view, 3> size_names = {"tiny", "small", "standard"};

/// Faults. Fractions of datagrams are in 65536ths; zero switches a fault off. `..._every_ns` is the
/// mean time from one event to the next (weather.h).
struct Faults {
    std::uint32_t loss = 0;         ///< Up to 30 %.
    std::uint32_t duplication = 0;  ///< Up to 50 %. A copy may be duplicated again.
    std::uint32_t damage = 0;       ///< Corrupted, truncated or forged: see damage.h.
    std::uint32_t straggling = 0;   ///< Extra delay of up to `straggle_max_ns`.
    Tick straggle_max_ns = 0;
    Tick jitter_ns = 0;       ///< The largest random extra delay of a datagram; causes reordering.
    Tick cut_every_ns = 0;    ///< Some paths lose all datagrams for a while.
    Tick clog_every_ns = 0;   ///< A path is congested: nothing arrives for a while.
    Tick pause_every_ns = 0;  ///< A node takes no turns for a while.
    Tick pause_max_ns = 0;
    Tick starve_every_ns = 0;  ///< The turns of a node take much longer for a while.
    /// Maximum number of dead nodes. The survivors suffice for each phase.
    std::size_t crashes = 0;
    Tick crash_every_ns = 0;
    /// The delay until survivors are notified of a death (Input::down). ~0: they are never
    /// notified, and detect the death by timeout.
    Tick death_known_ns = ~Tick{0};
};

/// A disk and its faults. An event whose `..._one_in` is n happens on average once in n flushes
/// (slow, fails) or once in n turns (full). If n is 0, the event never happens.
struct DiskFaults {
    Tick flush_ns = 0;  ///< A flush takes 1/2 to 3/2 of this time.
    std::uint64_t slow_one_in = 0;
    /// Maximum extra time of a slow flush, and maximum time that a disk stays full.
    Tick slow_ns = 0;
    std::uint64_t full_one_in = 0;
    std::uint64_t fails_one_in = 0;  ///< For flushes without a checkpoint.
    std::uint64_t checkpoint_fails_one_in = 0;
    /// On average, one in this many restarts in act one finds a file that is damaged by bit rot or
    /// a misdirected write. The node then stays dead (S25) and counts toward Faults::crashes. When
    /// Faults::crashes nodes are dead, no more files are damaged. 0: never.
    std::uint64_t damaged_one_in = 0;
    Tick restart_every_ns = 0;  ///< Mean time between crashes after which nodes restart.
    Tick down_max_ns = 0;       ///< Maximum time from such a crash to the restart.
};

struct Draw {
    std::uint64_t seed = 0;
    Variant protocol = default_variant;
    Size size = Size::tiny;
    std::size_t nodes = 3;
    std::size_t proposers = 1;
    bool thrifty = false;
    std::size_t accept_quorum = 0;  ///< Options::accept_quorum.
    bool runs = true;               ///< One message may cover a run of slots.
    std::uint32_t window = 1;
    Slot target = 1;  ///< The slots [0, target) are to be decided in acts one and two (player.h).
    Slot act_three_slots = 0;  ///< Number of slots to be decided in act three, from `target` on.
    std::uint64_t first_counter = 1;
    Timing timing;
    /// Time from one node to another, without jitter.
    Tick latency_ns = 0;
    std::array<Tick, world_nodes_max> turn_ns{};  ///< A node's turn takes 1/2 to 3/2 of this.
    Tick idle_ns = 0;  ///< A node that receives nothing takes a turn at this interval.
    std::size_t datagrams_per_turn = 1;
    bool durable = false;  ///< Nodes keep records and are restarted from them.
    DiskFaults disk;
    std::size_t history_slots = 0;  ///< Length of Options::history.
    bool splits = false;            ///< Each message travels in a datagram of its own.
    /// Maximum number of datagrams in a node's socket and in flight to it. Further datagrams are
    /// lost.
    std::size_t socket_datagrams = 0;
    Faults faults;
    Tick act_one_ns = 0;     ///< The latest end of act one, counted from its beginning.
    Slot act_one_slots = 0;  ///< Act one ends earlier if a node has learned this many slots.
    Tick pace_ns = 0;  ///< In act one, slots become proposable at this interval; 0: all at once.
    bool stays_lossy = false;  ///< Loss, duplication and damage continue after the heal.
    /// Whether everything must be decided in act two. False, for example, if ballots run out or if
    /// the timeouts are too short for an answer.
    bool is_live = true;

    [[nodiscard]] Quorums quorums() const {
        return Options{.nodes = nodes, .accept_quorum = accept_quorum, .timing = {}}.quorums();
    }
};

/// What the caller chooses. Everything else is drawn.
struct Wish {
    std::optional<Variant> protocol;
    std::optional<Size> size;
};

[[nodiscard]] Draw draw(std::uint64_t seed, const Wish& wish = {});

/// A description in two lines, for failures.
[[nodiscard]] std::string describe(const Draw& draw);

/// The time after the heal within which every slot must be decided, and learned or reported as
/// skipped. `left` is the number of slots that some node had not yet learned at the heal.
///
///     trip  = latency + jitter + turn of the slowest node x (2 + D / datagrams a turn),
///             where D is the number of datagrams of one window, from all nodes together
///     bound = 2 (silence_max + takeover + nodes x takeover_step + backoff_max + give_up
///              + contact)
///           + hold_back + progress_gap + 100 trip + straggle_max
///           + left / min(window, ring / 4) x (12 trip + 4 catch_up + retransmit_max)
///
/// The most important terms have these reasons:
/// - silence_max, takeover, takeover_step, backoff_max: within these times, nodes detect that other
///   nodes are dead, and proposers stop preempting each other. A peer counts as not heard after
///   silence_max at the latest, even with the longest grace (Peers::grace_ns()).
/// - give_up: after this time, nodes that are far behind skip slots.
/// - straggle_max: a datagram sent before the heal may arrive this long after the heal.
/// - the last line: each window takes two phases, a DECIDE, and a LEARN with its answer.
///
/// If datagrams are still lost (Draw::stays_lossy), messages are retransmitted repeatedly.
/// Therefore 40 retransmit_max are added for each window, and once more for the world. With disks,
/// three flushes are added to each trip. Also 2 (down_max + silence_max) are added to the bound,
/// because nodes lose power in act two.
[[nodiscard]] Tick bound_ns(const Draw& draw, Slot left);

/// The time after the permanent cuts of act three within which `left` slots must be decided, and
/// learned by each node that decisions can still reach: bound_ns() plus
///
///     once        2 (silence_max + contact + hold_back + progress_gap): nodes detect the cuts and
///                 elect a leader, which stops waiting for nodes that can no longer learn
///     a window    nodes x (contact + 2 heartbeat + 4 catch_up + 4 trip): decisions pass from node
///                 to node, and the leader waits for them
///     at the end  nodes x (4 silence + (ring / push + 2) contact): nodes that cannot request
///                 anything are sent all retained decisions once more, `push` of them in each
///                 contact interval
///
/// With disks, the decisions of the history are sent after those of the ring. The last term is
/// therefore added again, with ring + history instead of ring.
[[nodiscard]] Tick bound_with_cuts_ns(const Draw& draw, Slot left);

}  // namespace paxos::sim
