#include "sim/nodes.h"

#include <algorithm>
#include <new>
#include <type_traits>

#include "paxos/variants.h"
#include "sim/options_of.h"

namespace paxos::sim {
namespace {

template <class Protocol, class Limits>
class NodesOf final : public Nodes {
public:
    NodesOf(const Draw& draw, const ValueSource& values, NodeMemory& memory)
        : values_(values),
          window_(draw.window),
          output_(
              memory.pool.get(Outbox<Limits>::pool_size),
              {new(memory.events.get(events_max * sizeof(Event))) Event[events_max], events_max}) {
        static_assert(std::is_trivially_destructible_v<Protocol>,
                      "a world's nodes are simply left");
        std::byte* place = memory.nodes.get(draw.nodes * sizeof(Protocol));
        const std::size_t offered = Limits::window_max;
        auto* values_place = new (memory.values.get(draw.nodes * offered * sizeof(Value)))
            Value[draw.nodes * offered];
        for (NodeId id = 0; id < draw.nodes; ++id) {
            seats_[id].protocol = new (place + id * sizeof(Protocol))
                Protocol(options_of(draw, id));
            seats_[id].values = values_place + id * offered;
        }
    }

    StepResult step(NodeId node, Tick now, std::span<const Arrival> arrivals, Slot offered_end,
                    NodeMask ended) override {
        Seat& seat = seats_[node];
        seat.protocol->step({.now = now,
                             .arrivals = arrivals,
                             .proposals = offer(node, seat, offered_end),
                             .ended = ended},
                            output_);
        std::size_t received = 0;
        for (const Arrival& arrival : arrivals) received += arrival.messages.size();
        return {
            .sends = output_.outbox.sends(),
            .events = {output_.events.data(), output_.event_count},
            .events_lost = output_.events_lost,
            .messages = output_.outbox.message_count(),
            .messages_max = 2 * received + Limits::answers_per_step + 5 * Limits::window_max + 64,
            .skipped = output_.skipped,
            .decisions = output_.decisions,
            .violation = &output_.violation};
    }
    Slot learned(NodeId node) const override { return seats_[node].protocol->learned(); }
    Slot retained_from(NodeId node) const override {
        return seats_[node].protocol->retained_from();
    }
    Contacts contacts(NodeId node) const override { return seats_[node].protocol->contacts(); }
    const Value& value_of(NodeId node, Slot slot) const override {
        return seats_[node].protocol->value_of(slot);
    }
    const Counters& counters(NodeId node) const override {
        return seats_[node].protocol->counters();
    }
    std::string describe(NodeId node) const override {
        const Protocol& protocol = *seats_[node].protocol;
        return "n" + std::to_string(node) + " has learned all below " +
               std::to_string(protocol.learned()) + ", retains from " +
               std::to_string(protocol.retained_from()) +
               (protocol.is_proposing() ? ", proposes" : "") + ", next " +
               std::to_string(protocol.next_slot()) + ", in flight " +
               std::to_string(protocol.in_flight());
    }

private:
    struct Seat {
        Protocol* protocol = nullptr;
        Value* values = nullptr;                // A ring indexed by slot, as long as a window.
        Slot values_first = 0, values_end = 0;  // `values` holds the values of these slots.
    };

    /// Like the load of a real node: the values of the slots that it may open now, each made once.
    Proposals offer(NodeId node, Seat& seat, Slot offered_end) {
        constexpr std::uint64_t mask = Limits::window_max - 1;
        const Slot next = seat.protocol->next_slot();
        const Slot end = std::min({offered_end, seat.protocol->proposable_end(), next + window_});
        if (next < seat.values_first || next > seat.values_end)
            seat.values_first = seat.values_end = next;
        for (; seat.values_end < end; ++seat.values_end)
            seat.values[seat.values_end & mask] = values_.value_of(node, seat.values_end);
        if (seat.values_end > seat.values_first + Limits::window_max)
            seat.values_first = seat.values_end - Limits::window_max;
        return {.end = end, .values = seat.values, .mask = mask, .window = window_};
    }

    const ValueSource& values_;
    std::uint32_t window_;
    Output<Limits> output_;
    std::array<Seat, world_nodes_max> seats_{};
};

template <class Limits>
std::unique_ptr<Nodes> make(const Draw& draw, const ValueSource& values, NodeMemory& memory) {
    return with_variant<Limits>(draw.protocol, [&]<class Protocol>() -> std::unique_ptr<Nodes> {
        return std::make_unique<NodesOf<Protocol, Limits>>(draw, values, memory);
    });
}

}  // namespace

std::unique_ptr<Nodes> make_nodes(const Draw& draw, const ValueSource& values, NodeMemory& memory) {
    switch (draw.size) {
        case Size::tiny: return make<limits::Tiny>(draw, values, memory);
        case Size::small: return make<limits::Small>(draw, values, memory);
        case Size::standard: return make<limits::Standard>(draw, values, memory);
    }
    __builtin_unreachable();
}

}  // namespace paxos::sim
