#include "sim/player.h"

#include <algorithm>
#include <cstring>

#include "paxos/runs.h"
#include "paxos/variants.h"
#include "paxos/violation_text.h"
#include "sim/names.h"
#include "sim/trap.h"

namespace paxos::sim {
namespace {

// How long act two lasts at most in a world whose liveness is not checked.
constexpr Tick dead_end_ns = 300 * millisecond;
// Act one ends at the latest after this many messages, because some draws cause storms of
// retransmissions.
constexpr std::uint64_t act_one_messages_max = 2'000'000;
constexpr Tick starved_turn_ns = 5 * millisecond;

}  // namespace

const Outcome& Player::play(std::uint64_t seed, const Wish& wish, Watcher* watcher) {
    watcher_ = watcher;
    set_up(seed, wish);
    Trap trap;
    if (setjmp(trap.place()) == 0)
        run();
    else
        fail(trap.text());
    conclude();
    return outcome_;
}

void Player::set_up(std::uint64_t seed, const Wish& wish) {
    outcome_ = Outcome{};
    outcome_.draw = draw(seed, wish);
    const Draw& draw = outcome_.draw;
    values_ = ValueSource(seed, draw.nodes);
    now_ = begin_ = millisecond;
    hash_ = mix(seed);
    act_ = 1;
    act_end_ = draw.target;
    learned_max_ = 0;
    random_ = Random(mix(seed + 2));
    weather_ = std::make_unique<Weather>(draw, seed + 3, now_,
                                         [this](Tick at, const std::string& what) {
                                             if (watcher_) watcher_->on_world(at, what);
                                         });
    network_.begin(draw, *weather_, outcome_.tally);
    const bool whole_log = traits_of(draw.protocol).scope == PromiseScope::whole_log;
    if (!oracle_)
        oracle_ = std::make_unique<Oracle>(draw.quorums(), whole_log, values_, draw.durable);
    else
        oracle_->begin(draw.quorums(), whole_log, values_, draw.durable);
    nodes_.reset();
    nodes_ = make_nodes(draw, values_, network_, memory_);
    splitters_.clear();
    disks_.clear();
    for (NodeId node = 0; node < draw.nodes; ++node) {
        splitters_.emplace_back(Network::membership(node, draw.nodes));
        if (draw.durable) {
            disks_.emplace_back(draw, node, nodes_->record_sizes(), seed + 5 + node,
                                outcome_.tally.disks);
            check(disks_.back());
        }
        ready_at_[node] = idle_turn_at_[node] = now_ + random_.below(draw.turn_ns[node] + 1);
        // Each clock starts at a random time up to 2^43 ns, so that the protocol's 32-bit count of
        // microseconds (paxos/tick.h), which wraps at about 2^42 ns, starts at any number.
        clock_[node] = random_.below(std::uint64_t{1} << 43);
        retained_[node] = 0;
    }
    outcome_.tally.worlds = 1;
    outcome_.tally.late_counters = draw.first_counter != 1;
}

void Player::run() {
    const Draw& draw = outcome_.draw;
    const Tick act_one_end = begin_ + draw.act_one_ns;
    while (outcome_.failure.empty()) {
        Tick at = 0;
        const NodeId node = next_node(at);
        const Tick change = weather_->next_at();
        if (act_ == 1 &&
            (learned_max_ >= draw.act_one_slots || std::min(at, change) >= act_one_end ||
             outcome_.tally.messages > act_one_messages_max)) {
            now_ = std::max(now_, std::min({at, change, act_one_end}));
            heal();
            continue;
        }
        if (change <= at) {
            now_ = std::max(now_, change);
            change_weather();
            continue;
        }
        if (act_ != 1 && at > act_began_at_ + act_allowed_ns_)
            return draw.is_live ? give_up() : void();
        now_ = std::max(now_, at);  // The heal ends pauses, so `at` may be in the past.
        turn(node);
        if (act_ == 1 || !all_learned() || !outcome_.failure.empty()) continue;
        end_act();
        if (act_ == 3 || !draw.is_live || draw.nodes == 1) return;
        cut_for_good();
    }
}

NodeId Player::next_node(Tick& at) const {
    NodeId next = 0;
    at = ~Tick{0};
    for (NodeId node = 0; node < outcome_.draw.nodes; ++node) {
        if (weather_->is_crashed(node)) continue;
        Tick wakes = std::min(network_.next_at(node), idle_turn_at_[node]);
        if (!disks_.empty()) wakes = std::min(wakes, disks_[node].due());
        const Tick turn = std::max({ready_at_[node], wakes, weather_->paused_until(node)});
        if (turn >= at) continue;
        at = turn;
        next = node;
    }
    return next;
}

void Player::change_weather() {
    const NodeMask crashed = weather_->crashed(), damaged = weather_->damaged();
    weather_->change(outcome_.tally);
    (weather_->crashed() - crashed).for_each([&](NodeId node) { crash(node); });
    (crashed - weather_->crashed()).for_each([&](NodeId node) { restart(node); });
    (weather_->damaged() - damaged).for_each([&](NodeId node) {
        disks_[node].damage();
        check(disks_[node]);
    });
}

void Player::crash(NodeId node) {
    network_.bury(node);
    retire();
    if (disks_.empty()) return;
    disks_[node].crash([&](const Message& record) { oracle_->on_durable(node, record); });
    check(disks_[node]);
    if (!oracle_->failure().empty()) fail(oracle_->failure());
}

void Player::check(const Disk& disk) {
    if (!disk.failure().empty()) fail(disk.failure());
}

void Player::restart(NodeId node) {
    const std::span<const Message> records = disks_[node].restart();
    if (!disks_[node].failure().empty()) return fail(disks_[node].failure());
    const Incarnation incarnation = disks_[node].incarnation();
    nodes_->restart(node, incarnation, records);
    network_.restart(node);
    wire::Membership membership = Network::membership(node, outcome_.draw.nodes);
    membership.incarnation = incarnation;
    splitters_[node] = wire::Wire(membership);
    retained_[node] = nodes_->retained_from(node);
    oracle_->on_restart(node, nodes_->learned(node), retained_[node],
                        [&](Slot slot) { return nodes_->value_of(node, slot); });
    if (!oracle_->failure().empty()) return fail(oracle_->failure());
    ready_at_[node] = idle_turn_at_[node] = now_;
}

/// Makes random nodes lose power: some, all or none.
void Player::cut_power() {
    if (disks_.empty()) return;
    const NodeMask before = weather_->crashed();
    weather_->cut_power(now_, outcome_.tally);
    (weather_->crashed() - before).for_each([&](NodeId node) { crash(node); });
}

bool Player::end_flush(NodeId node) {
    const bool works = disks_[node].end_flush(
        now_, [&](const Message& record) { oracle_->on_durable(node, record); });
    check(disks_[node]);
    if (works || !outcome_.failure.empty()) return works;
    weather_->end_for_a_while(node, now_, outcome_.tally);
    crash(node);
    return false;
}

void Player::write(NodeId node, const StepResult& result, Slot retained_from) {
    if (disks_.empty()) return;
    Disk& disk = disks_[node];
    if (!result.records.empty()) {
        const std::span cells{reinterpret_cast<const Message*>(result.records.data()),
                              result.records.size() / sizeof(Message)};
        Records<limits::Tiny>::for_each(
            cells, [&](const Message& record) { oracle_->on_record(node, record, retained_from); });
    }
    disk.end_turn(now_, result.records.size(), result.sequence, nodes_->learned(node),
                  nodes_->retained_from(node),
                  [&](std::span<std::byte> space) { return nodes_->checkpoint(node, space); });
}

void Player::heal() {
    const Draw& draw = outcome_.draw;
    weather_->heal(now_);
    network_.heal(draw.stays_lossy, healed_jitter_max_ns);
    act_ = 2;
    act_began_at_ = now_;
    act_learners_ = NodeMask::first(draw.nodes) - weather_->dead();
    for (Disk& disk : disks_) disk.heal();
    cut_power();
    Slot least = act_end_;
    act_learners_.for_each([&](NodeId node) { least = std::min(least, nodes_->learned(node)); });
    act_allowed_ns_ = draw.is_live ? bound_ns(draw, act_end_ - least) : dead_end_ns;
}

void Player::cut_for_good() {
    const Draw& draw = outcome_.draw;
    act_ = 3;
    act_began_at_ = now_;
    act_learners_ = weather_->cut_for_good(now_, outcome_.tally);
    act_end_ += draw.act_three_slots;
    cut_power();
    act_allowed_ns_ = bound_with_cuts_ns(draw, draw.act_three_slots);
}

/// Keeps the times of this act if no earlier act came as near to its bound.
void Player::end_act() {
    if (!outcome_.draw.is_live) return;
    const Tick taken = std::max<Tick>(now_ - act_began_at_, 1);
    if (static_cast<double>(taken) <=
        outcome_.share_of_bound() * static_cast<double>(act_allowed_ns_))
        return;
    outcome_.heal_ns = taken;
    outcome_.allowed_ns = act_allowed_ns_;
}

void Player::turn(NodeId node) {
    const Draw& draw = outcome_.draw;
    const std::size_t most = random_.below(8) == 0 ? 1 + draw.datagrams_per_turn / 8
                                                   : draw.datagrams_per_turn;
    if (!disks_.empty() && !end_flush(node)) return;
    const NodeMask down = weather_->ended(now_);
    const Durability durability = disks_.empty() ? Durability{} : disks_[node].begin_turn(now_);
    const bool may_receive = disks_.empty() ||
                             (durability.record_space.size() >= nodes_->record_sizes().step &&
                              nodes_->has_room(node));
    const Slot retained_from = retained_[node];
    const StepResult result = nodes_->turn(node, {.now = now_,
                                                  .clock = now_ + clock_[node],
                                                  .datagrams_max = may_receive ? most : 0,
                                                  .offered_end = offered_end(),
                                                  .down = down,
                                                  .durability = durability});
    write(node, result, retained_from);
    watch(node, result, network_.received_count(), retained_from);
    if (!outcome_.failure.empty()) return;
    ship(node, result.sends);
    network_.release();
    ++outcome_.tally.turns;

    const Tick usual = weather_->is_starved(node, now_) ? starved_turn_ns : draw.turn_ns[node];
    ready_at_[node] = now_ + usual / 2 + random_.below(usual + 1);
    idle_turn_at_[node] = now_ + draw.idle_ns;
}

/// Gives the messages of a turn to the network. With `splits`, encodes each message again, in a
/// separate datagram.
void Player::ship(NodeId node, std::span<const Send> sends) {
    if (!outcome_.draw.splits) return network_.send(node, sends, now_);
    const auto send_alone = [&](const Send& send) {
        splitters_[node].encode({&send, 1}, {nodes_->learned(node), nodes_->retained_from(node),
                                             nodes_->contacts(node)});
        network_.send(node, {&send, 1}, now_);
    };
    for (const Send& send : sends) {
        if (send.cell_count() == 0) send_alone(send);
        for (std::size_t i = 0; i < send.datagram_count(); ++i)
            for_each_message(send.messages(i), [&](std::span<const Message> cells) {
                const Send alone{send.to, alone_, cells.size()};
                std::memcpy(alone.message(0), cells.data(), cells.size_bytes());
                send_alone(alone);
            });
    }
}

/// The end of the slots that may be proposed now.
Slot Player::offered_end() const {
    const Draw& draw = outcome_.draw;
    if (act_ != 1 || draw.pace_ns == 0) return act_end_;
    return std::min<Slot>(draw.target, 1 + (now_ - begin_) / draw.pace_ns);
}

/// Checks a step.
void Player::watch(NodeId node, const StepResult& result, std::size_t arrived, Slot retained_from) {
    if (watcher_)
        for (const Event& event : result.events) watcher_->on_event(now_, node, event);
    if (!network_.failure().empty()) return fail(network_.failure());
    // Builds of mutants leave this check out, so that the oracle must find the violation itself.
    if (result.violation->kind != ViolationKind::none)
        return fail(name(node) + " sees a violation in slot " +
                    std::to_string(result.violation->slot) + ": " +
                    text_of(result.violation->kind));
    if (result.events_lost != 0) return fail("the simulator has no space for a step's events");
    if (result.cells > result.cells_max)
        return fail(name(node) + " sends " + std::to_string(result.cells) +
                    " cells in a step that took " + std::to_string(arrived) + " datagrams");
    for (const Send& send : result.sends)
        if (send.to.has(node) || !(send.to - NodeMask::first(outcome_.draw.nodes)).empty())
            return fail(name(node) + " sends a message to itself or to a node outside the cluster");
    for (const Event& event : result.events) {
        if (event.kind == EventKind::sent) oracle_->on_sent(node, event.message, retained_from);
        if (event.kind == EventKind::quorum_accepted)
            oracle_->on_quorum(node, event.mask, event.message);
    }
    count_learned(node, result);
    if (!oracle_->failure().empty()) fail(oracle_->failure());
}

void Player::count_learned(NodeId node, const StepResult& result) {
    if (result.decisions.size() != 0 && result.decisions.first < nodes_->ring_begin(node))
        return fail("S20: " + name(node) + " delivers slot " +
                    std::to_string(result.decisions.first) + ", which is no longer in its ring");
    oracle_->on_learned(node, result.skipped, result.decisions, [&](Slot slot) {
        const Value value = nodes_->value_of(node, slot);
        hash_ = mix(hash_ ^ value.words[0] ^ value.words[1] ^ (slot << 8 | node));
        return value;
    });
    const Slot learned = nodes_->learned(node);
    const Slot retained = nodes_->retained_from(node);
    oracle_->on_watermarks(node, learned, retained);
    learned_max_ = std::max(learned_max_, learned);
    if (retained == retained_[node]) return;
    retained_[node] = retained;
    retire();
}

/// Retires the slots that no living node retains.
void Player::retire() {
    // In worlds with disks nothing is retired, because a restarted node may retain old slots again.
    if (!disks_.empty()) return;
    Slot least = ~Slot{0};
    for (NodeId node = 0; node < outcome_.draw.nodes; ++node)
        if (!weather_->is_crashed(node)) least = std::min(least, retained_[node]);
    oracle_->retire_below(least);
}

bool Player::all_learned() const {
    bool all = true;
    act_learners_.for_each([&](NodeId node) {
        all = all && !weather_->is_crashed(node) && nodes_->learned(node) >= act_end_;
    });
    return all;
}

void Player::give_up() {
    outcome_.verdict = Verdict::stuck;
    outcome_.failed_at = now_;
    outcome_.failure = "no progress: some slots are not decided or not learned " +
                       std::to_string(act_allowed_ns_ / 1000) +
                       (act_ == 2 ? " us after the heal" : " us after paths were cut permanently");
    for (NodeId node = 0; node < outcome_.draw.nodes; ++node)
        outcome_.failure += "\n" + (weather_->is_crashed(node) ? name(node) + " is dead"
                                    : act_learners_.has(node)
                                        ? nodes_->describe(node)
                                        : nodes_->describe(node) + " (cannot learn)");
}

void Player::fail(const std::string& why) {
    if (!outcome_.failure.empty()) return;  // What follows may be a consequence.
    outcome_.verdict = Verdict::unsafe;
    outcome_.failed_at = now_;
    outcome_.failure = why;
}

void Player::conclude() {
    Tally& tally = outcome_.tally;
    network_.end();
    tally.decisions = oracle_->chosen_count();
    for (NodeId node = 0; node < outcome_.draw.nodes; ++node) {
        const Counters& counters = nodes_->counters(node);
        tally.no_ops += counters.no_ops;
        tally.skipped += counters.skipped;
        tally.takeovers += counters.takeovers;
        tally.preemptions += counters.preemptions;
        tally.resent += counters.resent;
        tally.copies += counters.copies;
        tally.from_history += counters.from_history;
    }
    outcome_.hash = mix(hash_ ^ network_.hash() ^ now_);
    if (outcome_.verdict == Verdict::good && !tally.datagrams.closes())
        fail("the counts of datagrams do not add up");
}

}  // namespace paxos::sim
