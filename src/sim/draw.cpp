#include "sim/draw.h"

#include <algorithm>
#include <bit>

#include "paxos/limits.h"
#include "paxos/random.h"
#include "sim/names.h"

namespace paxos::sim {
namespace {

constexpr std::uint64_t percent = 655;  // In 65536ths.

/// Random draws for a world.
class Dice {
public:
    explicit Dice(std::uint64_t seed) : random_(mix(seed)) {}
    bool one_in(std::uint64_t n) { return random_.below(n) == 0; }
    std::uint64_t below(std::uint64_t n) { return random_.below(n); }
    std::uint64_t from_to(std::uint64_t low, std::uint64_t high) {
        return low + random_.below(high - low + 1);
    }
    /// A random number from `low` to `high` whose logarithm is about uniformly distributed.
    /// REQUIRES: 0 < low <= high.
    std::uint64_t wide(std::uint64_t low, std::uint64_t high) {
        const auto doublings = static_cast<std::uint64_t>(std::bit_width(high / low)) - 1;
        const std::uint64_t base = low << random_.below(doublings + 1);
        return std::min(high, base + random_.below(base));
    }

private:
    Random random_;
};

struct Sizes {
    std::size_t ring_slots, window_max, datagrams_per_send;
};
template <class Limits>
constexpr Sizes sizes_of{Limits::ring_slots, Limits::window_max, Limits::datagrams_per_send};

Sizes sizes(Size size) {
    switch (size) {
        case Size::tiny: return sizes_of<limits::Tiny>;
        case Size::small: return sizes_of<limits::Small>;
        case Size::standard: return sizes_of<limits::Standard>;
    }
    __builtin_unreachable();
}

/// All times of `timing` except the shortest retransmission timeout.
std::array<Tick*, 13> times_of(Timing& timing) {
    return {&timing.retransmit_max_ns, &timing.catch_up_ns,      &timing.give_up_ns,
            &timing.heartbeat_ns,      &timing.contact_ns,       &timing.silence_ns,
            &timing.silence_max_ns,    &timing.progress_gap_ns,  &timing.hold_back_ns,
            &timing.takeover_ns,       &timing.takeover_step_ns, &timing.backoff_min_ns,
            &timing.backoff_max_ns};
}

Tick slowest_turn_ns(const Draw& draw) {
    Tick turn = draw.idle_ns;
    for (std::size_t node = 0; node < draw.nodes; ++node)
        turn = std::max(turn, draw.turn_ns[node] * 3 / 2);
    return turn;
}

/// The longest time from sending a message to handling it, after the heal (the end of most faults).
Tick trip_ns(const Draw& draw) {
    return draw.latency_ns + std::min(draw.faults.jitter_ns, healed_jitter_max_ns) +
           2 * slowest_turn_ns(draw) + (draw.durable ? 3 * draw.disk.flush_ns : 0);
}

/// The longest trip (trip_ns()) for which the times of a default Timing suffice. Up to this trip,
/// two phases take less than the longest back-off.
constexpr Tick longest_trip_ns = Timing{}.backoff_max_ns / 8;

void find_liveness(Draw& draw);

void draw_load(Dice& dice, Draw& draw) {
    const Sizes most = sizes(draw.size);
    const std::size_t usual_nodes_max = 9;
    draw.nodes = dice.one_in(30)   ? 1
                 : dice.one_in(20) ? dice.from_to(usual_nodes_max + 1, world_nodes_max)
                                   : dice.from_to(2, usual_nodes_max);
    draw.proposers = std::min<std::size_t>(draw.nodes, dice.one_in(2) ? 1 : dice.from_to(2, 3));
    draw.thrifty = dice.one_in(3);
    const std::uint64_t window_min = draw.size == Size::standard ? 256 : 1;
    draw.window = static_cast<std::uint32_t>(dice.wide(window_min, most.window_max));
    switch (draw.size) {
        case Size::tiny:
            draw.target = dice.from_to(1, (dice.one_in(4) ? 100 : 12) * most.ring_slots);
            break;
        case Size::small:
            draw.target = dice.from_to(most.ring_slots / 2, 8 * most.ring_slots);
            break;
        case Size::standard:
            draw.target = dice.from_to(most.ring_slots, 6 * most.ring_slots);
            break;
    }
    if (draw.window == 1)
        // With one slot at a time, more slots would take long and add little.
        draw.target = std::min<Slot>(draw.target, 200);
    draw.act_three_slots = dice.from_to(1, std::min<Slot>(draw.target, 3 * most.ring_slots));
    if (dice.one_in(20)) draw.first_counter = (std::uint64_t{1} << 32) - dice.below(4);
    if (dice.one_in(20)) {
        draw.first_counter = limits::ballot_counter_max - dice.below(4);
        draw.is_live = false;  // A proposer that has no ballots left stops.
    }
}

void draw_times(Dice& dice, Draw& draw) {
    const Tick turn = dice.one_in(10)
                          ? dice.wide(500 * microsecond, 5 * millisecond)
                          : dice.wide(std::max<Tick>(draw.latency_ns / 8, 2 * microsecond),
                                      draw.latency_ns * 2);
    const bool differ = dice.one_in(3);
    for (Tick& each : draw.turn_ns) each = differ ? turn * dice.from_to(1, 6) : turn;
    draw.idle_ns = std::max(turn, dice.wide(50 * microsecond, millisecond));
    const std::size_t most = limits::receives_per_turn * sizes(draw.size).datagrams_per_send;
    draw.datagrams_per_turn = dice.one_in(4) ? dice.from_to(1, most) : most;
    draw.splits = draw.size != Size::standard && dice.one_in(2);
    if (draw.splits)  // Limits the window, so that one turn can read all messages of a window.
        draw.window = static_cast<std::uint32_t>(
            std::min<std::size_t>(draw.window, std::max<std::size_t>(1, most / draw.nodes)));
    // A socket has space for more than four times the datagrams that all nodes send for one window.
    // One world in ten has less space.
    const std::size_t messages_a_datagram = draw.splits ? 1 : limits::messages_per_datagram;
    draw.socket_datagrams = 4 * draw.nodes * (draw.window / messages_a_datagram + 16);
    if (dice.one_in(10)) {
        draw.socket_datagrams = dice.wide(16, draw.socket_datagrams);
        draw.is_live = false;
    }
    draw.act_one_ns = dice.below(dice.one_in(4) ? 3'000 * millisecond : 300 * millisecond);
    draw.act_one_slots = draw.target * dice.from_to(2, 4) / 4;
    // Without a pace, all slots may be decided before many faults occur.
    if (dice.one_in(2)) {
        draw.pace_ns = draw.act_one_ns / draw.target + 1;
        draw.act_one_slots = draw.target;
    }
    draw.idle_ns = std::max(draw.idle_ns, draw.act_one_ns / 5000);
    if (dice.one_in(2)) {  // Makes it more likely that nodes fall behind and skip slots.
        draw.timing.hold_back_ns = dice.wide(200 * microsecond, draw.timing.hold_back_ns / 8);
        draw.timing.progress_gap_ns = std::min(draw.timing.progress_gap_ns,
                                               draw.timing.hold_back_ns);
    }
    draw.stays_lossy = dice.one_in(4);
    const bool has_short_times = dice.one_in(8), fits = dice.one_in(2);
    // With short timeouts, nodes often consider live nodes dead. The protocol must still be safe.
    if (has_short_times) {
        Timing& timing = draw.timing;
        const Tick part = dice.from_to(4, 100);
        for (Tick* time : times_of(timing)) *time /= part;
        timing.retransmit_min_ns = std::min(timing.retransmit_min_ns, timing.retransmit_max_ns);
        draw.is_live = false;
    } else if (fits) {
        const Tick times = trip_ns(draw) / longest_trip_ns + 1;
        for (Tick* time : times_of(draw.timing)) *time *= times;
    }
    find_liveness(draw);
}

void find_liveness(Draw& draw) {
    // If nodes are so slow that timers expire within a phase, they may preempt each other without
    // end. If a node cannot even read the heartbeats, it may consider a live node dead. In both
    // cases the nodes need not make progress.
    if (trip_ns(draw) >= longest_trip_ns * (draw.timing.backoff_max_ns / Timing{}.backoff_max_ns) ||
        2 * draw.nodes * slowest_turn_ns(draw) / draw.timing.heartbeat_ns >
            draw.datagrams_per_turn / 2)
        draw.is_live = false;
}

void draw_faults(Dice& dice, Draw& draw) {
    draw.latency_ns = dice.wide(5 * microsecond, 500 * microsecond);
    Faults& faults = draw.faults;
    if (dice.one_in(2))
        faults.loss = static_cast<std::uint32_t>(dice.wide(percent / 8, 30 * percent));
    if (dice.one_in(2))
        faults.duplication = static_cast<std::uint32_t>(dice.wide(percent, 50 * percent));
    if (dice.one_in(2))
        faults.damage = static_cast<std::uint32_t>(dice.wide(percent / 4, 10 * percent));
    if (!dice.one_in(4))
        faults.jitter_ns = dice.one_in(4) ? dice.wide(millisecond, 20 * millisecond)
                                          : dice.from_to(1, 2 * draw.latency_ns);
    if (dice.one_in(3)) {
        faults.straggling = static_cast<std::uint32_t>(dice.wide(percent / 4, 20 * percent));
        faults.straggle_max_ns = dice.wide(millisecond, 1'000 * millisecond);
    }
    const auto every = [&] { return dice.wide(200 * microsecond, 128 * millisecond); };
    if (dice.one_in(2)) faults.cut_every_ns = every();
    if (dice.one_in(3)) faults.clog_every_ns = every();
    if (dice.one_in(2)) {
        faults.pause_every_ns = every();
        faults.pause_max_ns = dice.one_in(8) ? 10'000 * millisecond : 150 * millisecond;
    }
    if (dice.one_in(3)) faults.starve_every_ns = every();
    if (dice.one_in(2)) faults.crashes = dice.below((draw.nodes - 1) / 2 + 1);
    if (faults.crashes != 0) faults.crash_every_ns = every();
    if (dice.one_in(2)) faults.death_known_ns = dice.below(5 * millisecond);
}

/// One in six worlds of at least three nodes has an accept quorum (Options::accept_quorum). It is
/// drawn with separate dice, so that it does not change what else is drawn for the seed.
void draw_quorums(std::uint64_t seed, Draw& draw) {
    Dice dice(mix(seed + 1));
    if (draw.nodes < 3 || !dice.one_in(6)) return;
    draw.accept_quorum = dice.from_to(2, draw.nodes);
    const std::size_t crashes_max = draw.nodes - draw.quorums().larger().size();
    draw.faults.crashes = std::min(draw.faults.crashes, crashes_max);
    if (draw.faults.crashes == 0) draw.faults.crash_every_ns = 0;
}

/// One world in three has disks, from which nodes are restarted. Like the accept quorum, the disks
/// are drawn with separate dice.
void draw_disks(std::uint64_t seed, Draw& draw) {
    Dice dice(mix(seed + 4));
    if (!dice.one_in(3)) return;
    draw.durable = true;
    DiskFaults& disk = draw.disk;
    disk.flush_ns = dice.wide(10 * microsecond, millisecond);
    disk.slow_ns = dice.wide(millisecond, 100 * millisecond);
    if (dice.one_in(2)) disk.slow_one_in = dice.wide(4, 256);
    if (dice.one_in(3)) disk.full_one_in = dice.wide(64, 4096);
    if (dice.one_in(3)) disk.fails_one_in = dice.wide(16, 1024);
    // Flushes with a checkpoint are rare. So that some of them fail, the failure rate is high, and
    // it applies in every world with disks.
    disk.checkpoint_fails_one_in = 16;
    if (!dice.one_in(4)) disk.restart_every_ns = dice.wide(500 * microsecond, 128 * millisecond);
    disk.down_max_ns = dice.wide(50 * microsecond, 100 * millisecond);
    if (!dice.one_in(3))
        draw.history_slots = std::bit_floor(dice.wide(2, 4 * sizes(draw.size).ring_slots));
    if (dice.one_in(2)) disk.damaged_one_in = dice.wide(1, 8);
    find_liveness(draw);
}

std::string of_65536(std::uint32_t fraction) {
    const std::uint32_t tenths = (fraction * 1000 + 32768) / 65536;
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + "%";
}

std::string us(Tick time) { return std::to_string((time + 500) / 1000) + "us"; }

}  // namespace

Draw draw(std::uint64_t seed, const Wish& wish) {
    Dice dice(seed);
    Draw draw;
    draw.seed = seed;
    const std::uint64_t size = dice.below(100);
    draw.size = wish.size.value_or(size < 60   ? Size::tiny
                                   : size < 92 ? Size::small
                                               : Size::standard);
    draw.protocol = static_cast<Variant>(dice.below(variant_names.size()));
    if (wish.protocol) draw.protocol = *wish.protocol;
    draw_load(dice, draw);
    draw_faults(dice, draw);
    draw_times(dice, draw);
    draw.runs = !dice.one_in(3);
    draw_quorums(seed, draw);
    draw_disks(seed, draw);
    return draw;
}

std::string describe(const Draw& draw) {
    const Faults& faults = draw.faults;
    std::string text = std::string(name_of(draw.protocol)) + ", " +
                       std::string(size_names[static_cast<std::size_t>(draw.size)]) + " ring, " +
                       std::to_string(draw.nodes) + " nodes, proposers " +
                       std::to_string(draw.proposers) + ", window " + std::to_string(draw.window) +
                       ", " + std::to_string(draw.target) + " slots";
    text += " and " + std::to_string(draw.act_three_slots);
    if (draw.thrifty) text += ", thrifty";
    if (!draw.runs) text += ", one message per slot";
    if (draw.accept_quorum != 0) text += ", accept quorum " + std::to_string(draw.accept_quorum);
    if (draw.splits) text += ", one message per datagram";
    if (draw.first_counter != 1) text += ", counters from " + std::to_string(draw.first_counter);
    text += "\nlatency " + us(draw.latency_ns) + ", turn " + us(draw.turn_ns[0]);
    const auto add = [&](const char* name, bool is_on, const std::string& how) {
        if (is_on) text += std::string(", ") + name + " " + how;
    };
    add("loss", faults.loss != 0, of_65536(faults.loss));
    add("duplication", faults.duplication != 0, of_65536(faults.duplication));
    add("damage", faults.damage != 0, of_65536(faults.damage));
    add("jitter", faults.jitter_ns != 0, us(faults.jitter_ns));
    add("long delays", faults.straggling != 0, of_65536(faults.straggling));
    add("cuts every", faults.cut_every_ns != 0, us(faults.cut_every_ns));
    add("congestion every", faults.clog_every_ns != 0, us(faults.clog_every_ns));
    add("pauses every", faults.pause_every_ns != 0, us(faults.pause_every_ns));
    add("starving every", faults.starve_every_ns != 0, us(faults.starve_every_ns));
    add("crashes", faults.crashes != 0, std::to_string(faults.crashes));
    add("flushes of", draw.durable, us(draw.disk.flush_ns));
    add("slow by", draw.disk.slow_one_in != 0, us(draw.disk.slow_ns));
    add("a history of", draw.history_slots != 0, std::to_string(draw.history_slots));
    add("restarts every", draw.disk.restart_every_ns != 0, us(draw.disk.restart_every_ns));
    add("deaths known after", faults.crashes != 0 && faults.death_known_ns != ~Tick{0},
        us(faults.death_known_ns));
    return text;
}

namespace {

/// The longest trip (trip_ns()) if all nodes send a whole window at once.
Tick window_trip_ns(const Draw& draw) {
    const std::size_t a_datagram = draw.splits ? 1 : limits::messages_per_datagram;
    const Tick turns_to_read = draw.nodes * (draw.window / a_datagram + 1) /
                               draw.datagrams_per_turn;
    return trip_ns(draw) + turns_to_read * slowest_turn_ns(draw);
}
Slot windows_of(const Draw& draw, Slot slots) {
    const Slot window = std::min<Slot>(draw.window, sizes(draw.size).ring_slots / 4);
    return (slots + window - 1) / window;
}

}  // namespace

Tick bound_ns(const Draw& draw, Slot left) {
    const Timing& timing = draw.timing;
    const Tick trip = window_trip_ns(draw);
    const Tick settle = 2 * (timing.silence_max_ns + timing.takeover_ns +
                             draw.nodes * timing.takeover_step_ns + timing.backoff_max_ns +
                             timing.give_up_ns + timing.contact_ns) +
                        timing.hold_back_ns + timing.progress_gap_ns + 100 * trip +
                        draw.faults.straggle_max_ns +
                        (draw.durable ? 2 * (draw.disk.down_max_ns + timing.silence_max_ns) : 0);
    const Slot windows = windows_of(draw, left);
    Tick each = 12 * trip + 4 * timing.catch_up_ns + timing.retransmit_max_ns;
    if (draw.stays_lossy) each += 40 * timing.retransmit_max_ns;
    return settle + windows * each + (draw.stays_lossy ? 40 * timing.retransmit_max_ns : 0);
}

Tick bound_with_cuts_ns(const Draw& draw, Slot left) {
    const std::size_t pushed_at_once = std::min<std::size_t>(4 * limits::messages_per_datagram,
                                                             sizes(draw.size).ring_slots / 2);
    const Timing& timing = draw.timing;
    const Tick once = 2 * (timing.silence_max_ns + timing.contact_ns + timing.hold_back_ns +
                           timing.progress_gap_ns);
    const Tick each = timing.contact_ns + 2 * timing.heartbeat_ns + 4 * timing.catch_up_ns +
                      4 * window_trip_ns(draw);
    const auto push_ns = [&](std::size_t slots) {
        return 4 * timing.silence_ns + (slots / pushed_at_once + 2) * timing.contact_ns;
    };
    const std::size_t ring = sizes(draw.size).ring_slots;
    const Tick last = push_ns(ring) + (draw.durable ? push_ns(ring + draw.history_slots) : 0);
    return bound_ns(draw, left) + once + draw.nodes * (windows_of(draw, left) * each + last);
}

}  // namespace paxos::sim
