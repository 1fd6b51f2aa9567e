// The nodes of a simulated world. They run the turn of a real node over the simulated network. One
// interface covers all variants and sizes.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "paxos/step.h"
#include "paxos/value_source.h"
#include "sim/disk.h"
#include "sim/draw.h"
#include "sim/memory.h"
#include "sim/network.h"
#include "turn/turn.h"

namespace paxos::sim {

/// What a turn may receive and propose.
struct TurnInput {
    Tick now;                   ///< The time of the world.
    Tick clock;                 ///< The node's own clock.
    std::size_t datagrams_max;  ///< Maximum number of datagrams that the turn receives.
    Slot offered_end;           ///< Only slots below this one may be proposed.
    NodeMask down;              ///< The nodes of whose death this node has been notified.
    Durability durability;
};

/// The result of a turn, valid until the next turn of any node. `sends` are encoded; the caller
/// gives them to the network.
struct StepResult {
    std::span<const Send> sends;
    std::span<const Event> events;
    std::size_t events_lost;
    std::size_t cells;  ///< Number of cells sent.
    /// Maximum number of cells that the turn may send, given what it received.
    std::size_t cells_max;
    SlotRange skipped, decisions;
    const Violation* violation;
    std::span<const std::byte> records;
    Sequence sequence;  ///< Records::sequence() after the step.
};

/// Memory for the nodes, reused from world to world.
struct NodeMemory {
    Memory nodes, pool, events, values, history;
};

class Nodes {
public:
    Nodes() = default;
    Nodes(const Nodes&) = delete;
    Nodes& operator=(const Nodes&) = delete;
    virtual ~Nodes() = default;

    virtual StepResult turn(NodeId node, const TurnInput& input) = 0;
    /// Restarts a node that has crashed, with the records on its disk.
    virtual void restart(NodeId node, Incarnation incarnation,
                         std::span<const Message> records) = 0;
    /// Maximum bytes of the records of one step and of one checkpoint.
    [[nodiscard]] virtual RecordSizes record_sizes() const = 0;
    /// Whether the node may receive: it has space for the answers of another step.
    [[nodiscard]] virtual bool has_room(NodeId node) const = 0;
    /// Writes the state of the node to `space` as records. Returns the number of bytes.
    [[nodiscard]] virtual std::size_t checkpoint(NodeId node, std::span<std::byte> space) = 0;
    [[nodiscard]] virtual Slot learned(NodeId node) const = 0;
    [[nodiscard]] virtual Slot retained_from(NodeId node) const = 0;
    [[nodiscard]] virtual Slot ring_begin(NodeId node) const = 0;
    [[nodiscard]] virtual Contacts contacts(NodeId node) const = 0;
    /// REQUIRES: the slot is learned and retained.
    [[nodiscard]] virtual Value value_of(NodeId node, Slot slot) const = 0;
    [[nodiscard]] virtual const Counters& counters(NodeId node) const = 0;
    /// The state of a node in a line, for reports of missing progress.
    [[nodiscard]] virtual std::string describe(NodeId node) const = 0;
};

/// `network` and `memory` must outlive the nodes, and no other nodes may use `memory` meanwhile.
[[nodiscard]] std::unique_ptr<Nodes> make_nodes(const Draw& draw, const ValueSource& values,
                                                Network& network, NodeMemory& memory);

}  // namespace paxos::sim
