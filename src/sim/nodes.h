// The nodes of a simulated world: the real protocol, any variant and size behind one face.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "paxos/step.h"
#include "paxos/value_source.h"
#include "sim/draw.h"
#include "sim/memory.h"

namespace paxos::sim {

/// What a step has left behind; valid until the next one, of whatever node.
struct Said {
    std::span<const Send> sends;
    std::span<const Event> events;
    std::size_t events_lost;
    std::size_t messages;
    std::size_t messages_max;  ///< For what had come, the most that it may say.
    SlotRange skipped, decisions;
    const Violation* violation;
};

/// Memory for the nodes of one world after the other.
struct NodeMemory {
    Memory nodes, pool, events, values;
};

class Nodes {
public:
    static constexpr std::size_t events_max = 1 << 15;

    Nodes() = default;
    Nodes(const Nodes&) = delete;
    Nodes& operator=(const Nodes&) = delete;
    virtual ~Nodes() = default;

    /// No slot at or above `offered_end` is to be proposed in this step.
    virtual Said step(NodeId node, Tick now, std::span<const Arrival> arrivals, Slot offered_end,
                      NodeMask ended) = 0;
    [[nodiscard]] virtual Slot learned(NodeId node) const = 0;
    [[nodiscard]] virtual Slot retained_from(NodeId node) const = 0;
    [[nodiscard]] virtual Contacts contacts(NodeId node) const = 0;
    [[nodiscard]] virtual const Value& value_of(NodeId node, Slot slot) const = 0;
    [[nodiscard]] virtual const Counters& counters(NodeId node) const = 0;
    /// Where it stands, in a line, for who asks why nothing happens.
    [[nodiscard]] virtual std::string describe(NodeId node) const = 0;
};

/// `memory` outlives the nodes and serves no others meanwhile.
[[nodiscard]] std::unique_ptr<Nodes> make_nodes(const Draw& draw, const ValueSource& values,
                                                NodeMemory& memory);

}  // namespace paxos::sim
