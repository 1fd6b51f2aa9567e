#include "sim/nodes.h"

#include <algorithm>
#include <new>
#include <type_traits>
#include <vector>

#include "paxos/variants.h"
#include "sim/options_of.h"
#include "sim/transport.h"
#include "turn/turn.h"

namespace paxos::sim {
namespace {

template <class Protocol, class Limits>
class NodesOf final : public Nodes {
public:
    NodesOf(const Draw& draw, const ValueSource& values, Network& network, NodeMemory& memory)
        : network_(network), values_(values), window_(draw.window), draw_(draw) {
        static_assert(std::is_trivially_destructible_v<NodeTurn>,
                      "nodes are abandoned without a destructor call");
        // A turn's messages and events are used before the next turn, so all nodes share the space.
        // A turn may receive many messages that each cover the whole window, and each slot of such
        // a message may cause an event. Pages that no event reaches are never touched.
        std::byte* pool = memory.pool.get(Outbox<Limits>::pool_size);
        pool_ = pool;
        const std::size_t places = draw.nodes * draw.history_slots;
        if (places != 0)
            history_ = new (memory.history.get(places * sizeof(Decision))) Decision[places];
        events_ = {std::launder(reinterpret_cast<Event*>(memory.events.get(events_size))),
                   events_max};
        std::byte* place = memory.nodes.get(draw.nodes * sizeof(NodeTurn));
        const std::size_t offered = Limits::window_max;
        auto* values_place = new (memory.values.get(draw.nodes * offered * sizeof(Value)))
            Value[draw.nodes * offered];
        seats_.reserve(draw.nodes);
        for (NodeId id = 0; id < draw.nodes; ++id) {
            Seat& seat = seats_.emplace_back(network, id);
            seat.place = place + id * sizeof(NodeTurn);
            begin_incarnation(seat, id, 0);
            seat.values = values_place + id * offered;
        }
    }

    StepResult turn(NodeId node, const TurnInput& input) override {
        Seat& seat = seats_[node];
        seat.clock = input.clock;
        seat.transport.prepare(input.now, input.datagrams_max, input.down);
        seat.turn->exchange();
        seat.turn->step(
            input.down, [&](Slot next, Tick) { return offer(node, seat, next, input.offered_end); },
            input.durability);
        network_.check_turn(node);
        const Output<Limits>& output = seat.turn->output();
        return {.sends = output.outbox.sends(),
                .events = {output.events.data(), output.event_count},
                .events_lost = output.events_lost,
                .cells = output.outbox.cell_count(),
                .cells_max = (at(node).repeats_messages() ? 2 : 1) *
                             (2 * network_.messages_received() + Limits::reports_per_step +
                              Limits::decisions_per_step + 5 * Limits::window_max + 64 +
                              (draw_.durable ? Limits::reply_cells_per_step : 0)),
                .skipped = output.skipped,
                .decisions = output.decisions,
                .violation = &output.violation,
                .records = output.records.bytes(),
                .sequence = output.records.sequence()};
    }
    void restart(NodeId node, Incarnation incarnation, std::span<const Message> records) override {
        Seat& seat = seats_[node];
        begin_incarnation(seat, node, incarnation);
        seat.turn->restore(records);
    }
    RecordSizes record_sizes() const override {
        return {.step = Records<Limits>::step_bytes_max,
                .checkpoint = checkpoint_bytes_max<Limits>};
    }
    bool has_room(NodeId node) const override { return at(node).has_room(); }
    std::size_t checkpoint(NodeId node, std::span<std::byte> space) override {
        return at(node).checkpoint(space);
    }
    Slot learned(NodeId node) const override { return at(node).learned(); }
    Slot retained_from(NodeId node) const override { return at(node).retained_from(); }
    Slot ring_begin(NodeId node) const override { return at(node).ring_begin(); }
    Contacts contacts(NodeId node) const override { return at(node).contacts(); }
    Value value_of(NodeId node, Slot slot) const override { return at(node).slot_of(slot).value; }
    const Counters& counters(NodeId node) const override { return at(node).counters(); }
    std::string describe(NodeId node) const override {
        const Protocol& protocol = at(node);
        return "n" + std::to_string(node) + " has learned all below " +
               std::to_string(protocol.learned()) + ", retains from " +
               std::to_string(protocol.retained_from()) +
               (protocol.is_proposing() ? ", proposes" : "") + ", next " +
               std::to_string(protocol.next_slot()) + ", in flight " +
               std::to_string(protocol.in_flight());
    }

private:
    using NodeTurn = Turn<Protocol, Limits, Transport, Clock>;
    struct Seat {
        Seat(Network& network, NodeId self) : transport(network, self) {}
        Transport transport;
        Tick clock = 0;
        std::byte* place = nullptr;  // The memory in which `turn` is constructed.
        NodeTurn* turn = nullptr;
        Value* values = nullptr;                // A ring indexed by slot, as long as a window.
        Slot values_first = 0, values_end = 0;  // `values` holds the values of these slots.
    };

    [[nodiscard]] const Protocol& at(NodeId node) const { return seats_[node].turn->protocol(); }

    void begin_incarnation(Seat& seat, NodeId id, Incarnation incarnation) {
        Options options = options_of(draw_, id);
        options.incarnation = incarnation;
        options.history = {history_ + id * draw_.history_slots, draw_.history_slots};
        wire::Membership membership = Network::membership(id, draw_.nodes);
        membership.incarnation = incarnation;
        seat.turn = new (seat.place)
            NodeTurn(options, membership, seat.transport, Clock{&seat.clock}, pool_, events_);
        seat.transport.set_wire(seat.turn->wire());
    }

    /// Offers the slots that the node may open now, as the load of a real node does (node/load.h).
    /// Reuses values that earlier calls have made. Overwrites the values of slots that are no
    /// longer offered, so that the oracle finds a node that proposes in a slot below `next` (S22).
    Proposals offer(NodeId node, Seat& seat, Slot next, Slot offered_end) {
        constexpr std::uint64_t mask = Limits::window_max - 1;
        constexpr Value nobody_proposes{.words = {~std::uint64_t{0}}};
        const Slot end = std::min({offered_end, at(node).proposable_end(), next + window_});
        const bool is_elsewhere = next < seat.values_first || next > seat.values_end;
        const Slot overwritten_end = is_elsewhere ? seat.values_end : next;
        for (; seat.values_first < overwritten_end; ++seat.values_first)
            seat.values[seat.values_first & mask] = nobody_proposes;
        if (is_elsewhere) seat.values_first = seat.values_end = next;
        for (; seat.values_end < end; ++seat.values_end)
            seat.values[seat.values_end & mask] = values_.value_of(node, seat.values_end);
        return {.end = end, .values = seat.values, .mask = mask, .window = window_};
    }

    Network& network_;
    const ValueSource& values_;
    std::uint32_t window_;
    static constexpr std::size_t events_max = std::max<std::size_t>(1 << 15,
                                                                    64 * Limits::ring_slots);
    static constexpr std::size_t events_size = events_max * sizeof(Event);
    const Draw& draw_;
    std::byte* pool_ = nullptr;
    std::span<Event> events_;
    Decision* history_ = nullptr;  // The histories of all nodes.
    std::vector<Seat> seats_;      // Never reallocated: the turns refer to its elements.
};

template <class Limits>
std::unique_ptr<Nodes> make(const Draw& draw, const ValueSource& values, Network& network,
                            NodeMemory& memory) {
    return with_variant<Limits>(draw.protocol, [&]<class Protocol>() -> std::unique_ptr<Nodes> {
        return std::make_unique<NodesOf<Protocol, Limits>>(draw, values, network, memory);
    });
}

}  // namespace

std::unique_ptr<Nodes> make_nodes(const Draw& draw, const ValueSource& values, Network& network,
                                  NodeMemory& memory) {
    switch (draw.size) {
        case Size::tiny: return make<limits::Tiny>(draw, values, network, memory);
        case Size::small: return make<limits::Small>(draw, values, network, memory);
        case Size::standard: return make<limits::Standard>(draw, values, network, memory);
    }
    __builtin_unreachable();
}

}  // namespace paxos::sim
