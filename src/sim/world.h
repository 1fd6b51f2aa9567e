// A small simulated cluster for tests, which drive it step by step. It has nodes of the real
// protocol, a list of packets as the network, a clock that moves only on request, and an oracle
// that checks every step.
//
// 1. The world is deterministic: everything follows from the Setup and the calls.
// 2. A packet is a copy of one datagram for one node, with the sender's watermarks at the time of
//    sending. If Setup::split is true (the default), each message travels alone, so that a filter
//    can select it.
// 3. Each message must be one that src/wire accepts, and a step must keep the bounds that
//    Replica::step() states.
// 4. A broken rule is reported by `failure()`, which is empty otherwise.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "paxos/variants.h"
#include "paxos/violation_text.h"
#include "sim/names.h"
#include "sim/options_of.h"
#include "sim/oracle.h"
#include "sim/packet.h"
#include "wire/validate.h"

namespace paxos::sim {

struct Setup {
    std::size_t nodes = 3;
    std::size_t proposers = 1;
    bool thrifty = false;
    std::size_t accept_quorum = 0;  ///< Options::accept_quorum.
    bool runs = false;              ///< One message may cover a run of slots.
    std::uint32_t window = 1;
    Slot target = 1;  ///< The slots [0, target) are to be decided.
    std::uint64_t seed = 1;
    std::uint64_t first_counter = 1;
    Timing timing{};
    bool split = true;
    /// Whether the oracle checks the world; false for tests with forged messages.
    bool watched = true;
};

template <class Protocol>
class World {
public:
    using Limits = typename Protocol::Sizes;
    static constexpr bool whole_log = Protocol::scope == PromiseScope::whole_log;
    static constexpr std::size_t arrivals_max = limits::receives_per_turn *
                                                Limits::datagrams_per_send;

    explicit World(const Setup& setup)
        : setup_(setup),
          values_(setup.seed, setup.nodes),
          oracle_(options_of(setup, 0).quorums(), whole_log, values_),
          events_(Limits::window_max < 100 ? 1 << 14 : 1 << 17),
          pool_(static_cast<std::byte*>(std::aligned_alloc(64, Outbox<Limits>::pool_size)),
                &std::free),
          output_(pool_.get(), events_),
          offered_(2 * Limits::window_max) {
        for (NodeId id = 0; id < setup.nodes; ++id)
            nodes_.push_back(std::make_unique<Node>(options_of(setup, id)));
        set_target(setup.target);
    }
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    // ---- nodes ----
    [[nodiscard]] const Protocol& at(NodeId id) const { return nodes_[id]->protocol; }
    [[nodiscard]] std::size_t size() const { return nodes_.size(); }
    [[nodiscard]] bool runs(NodeId id) const {
        return !nodes_[id]->crashed && now_ >= nodes_[id]->paused_until;
    }
    [[nodiscard]] bool is_crashed(NodeId id) const { return nodes_[id]->crashed; }
    void crash(NodeId id) { nodes_[id]->crashed = true; }
    void pause(NodeId id, Tick until = ~Tick{0}) { nodes_[id]->paused_until = until; }
    void resume(NodeId id) { nodes_[id]->paused_until = 0; }
    /// From now on, no node proposes slot `target` or a later one.
    void set_target(Slot target) {
        for (auto& node : nodes_) node->target = target;
    }
    /// From now on, node `id` does not propose slot `target` or a later one.
    void set_target(NodeId id, Slot target) { nodes_[id]->target = target; }
    /// Number of slots that `id` skipped because it was too far behind.
    [[nodiscard]] std::uint64_t skipped(NodeId id) const { return at(id).counters().skipped; }
    [[nodiscard]] Value value_of(NodeId proposer, Slot slot) const {
        return values_.value_of(proposer, slot);
    }
    [[nodiscard]] std::optional<Value> chosen(Slot slot) const { return oracle_.chosen(slot); }

    /// Node `id` takes a step, in which it receives `arrived`. The messages that it sends join the
    /// network. The output is valid until the next step.
    const Output<Limits>& step(NodeId id, std::span<const Packet> arrived = {}) {
        Node& node = *nodes_[id];
        PAXOS_ASSERT(arrived.size() <= arrivals_max && !node.crashed);
        arrivals_.clear();
        for (const Packet& packet : arrived)
            arrivals_.push_back({packet.from, packet.learned, packet.retained_from, packet.messages,
                                 false, packet.contacts});
        const Slot retained_from = node.protocol.retained_from();
        node.protocol.step({.now = now_, .arrivals = arrivals_, .proposals = offer(id)}, output_);
        check(id, arrived, retained_from);
        ship(id);
        return output_;
    }
    [[nodiscard]] std::span<const Event> events() const {
        return {events_.data(), output_.event_count};
    }

    // ---- network ----
    [[nodiscard]] std::size_t count(const Filter& filter) const {
        return static_cast<std::size_t>(std::count_if(network_.begin(), network_.end(), filter));
    }
    [[nodiscard]] std::deque<Packet>& network() { return network_; }
    /// Removes the packets that match `filter` from the network, in order.
    std::vector<Packet> take(const Filter& filter) {
        std::vector<Packet> taken;
        std::deque<Packet> rest;
        for (Packet& packet : network_)
            (filter(packet) ? void(taken.push_back(std::move(packet)))
                            : rest.push_back(std::move(packet)));
        network_ = std::move(rest);
        return taken;
    }
    std::size_t drop(const Filter& filter) { return take(filter).size(); }
    /// Delivers the packets that are in the network now and match `filter`, one packet per step.
    /// Packets for nodes that do not run are lost. Returns the number of packets, lost or not.
    std::size_t deliver(const Filter& filter = any()) {
        std::vector<Packet> taken = take(filter);
        for (const Packet& packet : taken)
            if (runs(packet.to)) step(packet.to, {&packet, 1});
        return taken.size();
    }
    std::size_t deliver_backwards(const Filter& filter = any()) {
        std::vector<Packet> taken = take(filter);
        for (std::size_t i = taken.size(); i-- > 0;)
            if (runs(taken[i].to)) step(taken[i].to, {&taken[i], 1});
        return taken.size();
    }
    /// Puts a packet into the network. REQUIRES: if the packet is forged, the oracle does not check
    /// this world (Setup::watched).
    void put(const Packet& packet) { network_.push_back(packet); }
    void send(NodeId from_node, NodeId to_node, Message message) {
        message.from = from_node;
        put({from_node,
             to_node,
             at(from_node).learned(),
             at(from_node).retained_from(),
             {message}});
    }
    /// Calls deliver(), at most 1000 times, until no packet that matches `filter` is in flight.
    void settle(const Filter& filter = any()) {
        for (int i = 0; i < 1000 && deliver(filter) != 0; ++i) {}
    }

    // ---- time ----
    [[nodiscard]] Tick now() const { return now_; }
    void move_clock(Tick time) { now_ += time; }
    void step_all() {
        for (NodeId id = 0; id < nodes_.size(); ++id)
            if (runs(id)) step(id);
    }
    /// Advances the clock and lets every node take a step.
    void advance(Tick time) {
        move_clock(time);
        step_all();
    }
    /// Runs the world for `time`, in steps of `quantum`. Packets that match `lost` do not arrive.
    void run(Tick time, Tick quantum = 100'000, const Filter& lost = !any()) {
        for (const Tick end = now_ + time; now_ < end;) {
            advance(quantum);
            drop(lost);
            deliver();
        }
        drop(lost);
    }
    [[nodiscard]] bool all_learned(Slot end) const {
        for (const auto& node : nodes_)
            if (!node->crashed && node->protocol.learned() < end) return false;
        return true;
    }

    /// The first broken rule; empty: none.
    [[nodiscard]] const std::string& failure() const { return oracle_.failure(); }

private:
    struct Node {
        explicit Node(const Options& options) : protocol(options) {}
        Protocol protocol;
        bool crashed = false;
        Tick paused_until = 0;
        Slot target = 0;
    };

    static constexpr Slot offered_at_once = std::min<Slot>(Limits::window_max,
                                                           limits::messages_per_send);

    /// Only slots that the protocol may open have valid values.
    Proposals offer(NodeId id) {
        const Protocol& protocol = nodes_[id]->protocol;
        const Slot next = protocol.next_slot();
        const Slot end = std::min(
            {nodes_[id]->target, protocol.proposable_end(), next + offered_at_once});
        const std::uint64_t mask = offered_.size() - 1;
        for (const Slot slot : offered_slots_)
            offered_[slot & mask] = Value{.words = {~std::uint64_t{0}}};
        offered_slots_.clear();
        for (Slot slot = next; slot < end; ++slot) {
            offered_[slot & mask] = values_.value_of(id, slot);
            offered_slots_.push_back(slot);
        }
        return {.end = end, .values = offered_.data(), .mask = mask, .window = setup_.window};
    }

    void check(NodeId id, std::span<const Packet> arrived, Slot retained_from) {
        const Protocol& protocol = nodes_[id]->protocol;
        if (output_.violation.kind != ViolationKind::none && setup_.watched)
            oracle_.fail(name(id) + " sees a violation in slot " +
                         std::to_string(output_.violation.slot) + ": " +
                         text_of(output_.violation.kind));
        if (output_.events_lost != 0)
            oracle_.fail("a step reported more events than there is space for");
        std::size_t received = 0;
        for (const Packet& packet : arrived) received += message_count(packet.messages);
        const std::size_t bound = 2 * received + Limits::reports_per_step +
                                  Limits::decisions_per_step + 5 * Limits::window_max + 64;
        if (output_.outbox.cell_count() > bound)
            oracle_.fail("a step sent " + std::to_string(output_.outbox.cell_count()) + " cells");
        if (!setup_.watched) return;
        for (const Event& event : events()) {
            if (event.kind == EventKind::sent) oracle_.on_sent(id, event.message, retained_from);
            if (event.kind == EventKind::quorum_accepted)
                oracle_.on_quorum(id, event.mask, event.message);
        }
        oracle_.on_learned(id, output_.skipped, output_.decisions,
                           [&](Slot slot) { return protocol.value_of(slot); });
        oracle_.on_watermarks(id, protocol.learned(), protocol.retained_from());
    }

    void ship(NodeId id) {
        const Protocol& protocol = nodes_[id]->protocol;
        for (const Send& send : output_.outbox.sends()) {
            if (send.to.has(id) || !(send.to - NodeMask::first(size())).empty())
                oracle_.fail("a node sent a message to itself or to a node outside the cluster");
            for (std::size_t datagram = 0; datagram < send.datagram_count(); ++datagram) {
                const std::span<const Message> messages = send.messages(datagram);
                if (wire::find_fault(messages, id, size()))
                    oracle_.fail("wire would reject a message");
                const auto post = [&](std::span<const Message> sent) {
                    send.to.for_each([&](NodeId peer) {
                        network_.push_back({id,
                                            peer,
                                            protocol.learned(),
                                            protocol.retained_from(),
                                            {sent.begin(), sent.end()},
                                            now_,
                                            protocol.contacts()});
                    });
                };
                if (setup_.split && !messages.empty())
                    for_each_message(messages, post);
                else
                    post(messages);
            }
        }
    }

    Setup setup_;
    ValueSource values_;
    Oracle oracle_;
    std::vector<Event> events_;
    std::unique_ptr<std::byte, decltype(&std::free)> pool_;
    Output<Limits> output_;
    std::vector<Value> offered_;
    std::vector<Slot> offered_slots_;
    std::vector<std::unique_ptr<Node>> nodes_;
    std::vector<Arrival> arrivals_;
    std::deque<Packet> network_;
    Tick now_ = 1'000'000;
};

}  // namespace paxos::sim
