// Input and output of Replica::step(), through which the caller drives the protocol.
//
// The protocol calls nothing outside, except the assertion handler (assert.h). Time is in the
// input; random numbers come from a seed in the options. Messages, decisions, events and violations
// are in the output. The protocol keeps no reference to an input after the step.
#pragma once

#include <algorithm>
#include <array>
#include <span>

#include "paxos/outbox.h"
#include "paxos/records.h"
#include "paxos/slot_range.h"

namespace paxos {

/// The NodeId that stands for "no node".
inline constexpr NodeId no_node = 0xff;

/// What the header of every datagram carries about its sender's contacts.
struct Contacts {
    NodeMask heard;  ///< Nodes that the sender hears (Peers::heard()).
    /// The leader that the sender knows, possibly itself: see Election::announced_leader().
    NodeId leader = no_node;

    bool operator==(const Contacts&) const = default;
};

/// One datagram that src/wire has accepted. The messages stay in the receive buffer.
struct Arrival {
    NodeId from;
    Slot learned;        ///< The sender has learned every slot below this one.
    Slot retained_from;  ///< The sender retains the decisions from this slot on.
    /// Cells: each message is followed by the cells with its second and later values (message.h).
    std::span<const Message> messages;
    /// True: the messages are about one slot each and differ only in slot and value. False: they
    /// may differ in more, so for_each_run() compares them.
    bool is_run = false;
    Contacts contacts{.heard = NodeMask{~std::uint64_t{0}}};  ///< Contacts of the sender.
    Incarnation incarnation = 0;                              ///< Incarnation of the sender.

    /// Whether both datagrams have the same sender and carry the same state of it.
    [[nodiscard]] bool has_same_header(const Arrival& other) const {
        return from == other.from && learned == other.learned &&
               retained_from == other.retained_from && contacts == other.contacts &&
               incarnation == other.incarnation;
    }
};

/// The values that this node may propose: `values[s & mask]` for each slot s below `end`. If
/// another value is decided in a slot, the caller may offer its own value again for a later slot.
struct Proposals {
    Slot end = 0;                   ///< No slot at or above this one may be opened now.
    const Value* values = nullptr;  ///< A ring of mask + 1 values.
    std::uint64_t mask = 0;
    std::uint32_t window = 1;  ///< Maximum number of slots in flight, 1 .. Limits::window_max.

    [[nodiscard]] const Value& of(Slot slot) const { return values[slot & mask]; }
};

struct Input {
    Tick now;
    std::span<const Arrival> arrivals;
    Proposals proposals;
    /// Nodes that are known not to run now. A node that keeps records may come back, with a higher
    /// incarnation; other nodes never do (S24). The set may be empty: dead nodes are then detected
    /// by timeout.
    NodeMask down{};
    /// This node's records up to this number are durable (S06). With storage, the number rises from
    /// 0. `everything`: memory-only mode, in which no records are made.
    Sequence durable_up_to = everything;
    /// With storage, where this step writes its records; 64-byte aligned. If it is shorter than
    /// Records::step_bytes_max, the step makes no records and opens no slots. In that case
    /// `arrivals` must be empty, so the caller stops receiving until storage has caught up.
    std::span<std::byte> record_space{};
};

/// What the protocol did and why, for logs, traces and scenarios.
enum class EventKind : std::uint8_t {
    sent,   ///< `message` was sent to the nodes of `mask`.
    late,   ///< Dropped: `message` is for another ballot or phase, or for a decided slot.
    stale,  ///< Dropped: `message` is for a slot outside this node's ring.
    /// The nodes of `mask` promised `message.ballot`. The highest accepted ballot that they
    /// reported is `message.detail`.
    quorum_promised,
    /// The nodes of `mask` accepted `message.value` at `message.ballot`, so the value is decided.
    quorum_accepted,
    learned,  ///< This node learned that `message.value` was decided in `message.slot`.
    /// This node abandons `message.ballot` because of a higher one, `message.detail`.
    preempted,
    resumed,    ///< A proposer starts or resumes with `message.ballot` at `message.slot`.
    took_over,  ///< No leader was heard, so this node proposes from `message.slot` on.
    /// A candidate stops, because it must recover slots from `message.slot` on and a peer no longer
    /// retains some of them.
    stepped_down,
    lost_quorum,  ///< A proposer has lost its quorum and abandons `message.ballot`.
    /// No peer that this node hears retains the next slots that this node has not learned. This
    /// node skips these slots and continues at `message.slot`.
    left_behind,
};

struct Event {
    EventKind kind;
    NodeMask mask;
    Message message;
};

/// The kinds of safety violations (S11, S18). The program prints the Violation and ends with exit
/// code 5.
enum class ViolationKind : std::uint8_t {
    none = 0,
    two_values_decided,      ///< A slot was decided twice, with different values.
    decided_without_quorum,  ///< A DECIDE names nodes that are not a quorum.
    /// A DECIDE names this node as an acceptor. But this node has accepted nothing at the ballot of
    /// the DECIDE or a higher one, or has accepted another value.
    named_without_vote,
    two_values_at_a_ballot,  ///< Two values were proposed in one slot at one ballot.
};

/// `_here` is this node's state; `_there` is from the message that contradicts it.
struct Violation {
    ViolationKind kind = ViolationKind::none;
    Slot slot = 0;
    Ballot ballot_here;
    Ballot ballot_there;
    Value value_here{};
    Value value_there{};
    NodeMask mask;
};

/// Counts of protocol events since the node started.
struct Counters {
    /// Messages sent, by MessageKind. A message about n slots to k nodes counts n * k.
    std::array<std::uint64_t, message_kinds> sent{};
    /// Messages received, by MessageKind. A message about n slots counts n.
    std::array<std::uint64_t, message_kinds> received{};
    std::uint64_t cells = 0;   ///< Cells sent; a cell to k nodes counts k.
    std::uint64_t resent = 0;  ///< Retransmitted requests, included in `sent`.
    /// Copies that SendPool::repeat() added; a copy to k nodes counts 1. Not included in `sent`.
    std::uint64_t copies = 0;
    std::uint64_t late = 0;          ///< Answers that were no longer expected (S09).
    std::uint64_t outside_ring = 0;  ///< Messages for slots outside this node's ring.
    /// Answers not sent because of `reports_per_step`, `decisions_per_step` or
    /// `reply_cells_per_step`; the peer asks again.
    std::uint64_t unanswered = 0;
    std::uint64_t from_history = 0;   ///< Decisions sent from the history.
    std::uint64_t decided = 0;        ///< Slots this node decided as proposer.
    std::uint64_t decided_first = 0;  ///< Those of `decided` at this node's first ballot.
    std::uint64_t no_ops = 0;         ///< Those of `decided` that filled gaps after a take-over.
    std::uint64_t preemptions = 0;
    std::uint64_t takeovers = 0;
    std::uint64_t skipped = 0;  ///< Slots never learned because this node was left behind.
    /// Attempts to propose that failed because the ballot counter had reached its maximum (S36).
    std::uint64_t ballots_exhausted = 0;
};

/// The results of a step. `decisions` are in order, without gaps, each slot once (S21). Their
/// values stay in the protocol's log until the next step.
template <class Limits>
struct Output {
    Outbox<Limits> outbox;
    Answers<Limits> answers;
    Records<Limits> records;
    SlotRange decisions;  ///< Learned here in this step.
    /// Slots that this node's proposer opened in this step, or passed over because this node had
    /// already learned them.
    SlotRange proposed;
    /// Slots skipped because this node was left behind; the range ends where `decisions` begins.
    SlotRange skipped;
    /// Ranges of slots that this node's proposer decided in this step, in the order in which it
    /// decided them.
    std::array<SlotRange, Limits::window_max> quorums;
    std::size_t quorum_count = 0;
    Violation violation;
    std::span<Event> events;  ///< Space for events; empty: events are not recorded.
    std::size_t event_count = 0;
    std::size_t events_lost = 0;

    explicit Output(std::byte* pool, std::span<Event> event_space = {},
                    std::size_t datagram_size = limits::datagram_size)
        : outbox(pool, datagram_size), answers(outbox), events(event_space) {}

    void begin(bool runs) {
        outbox.clear(runs);
        decisions = proposed = skipped = SlotRange{};
        violation = Violation{};
        quorum_count = event_count = events_lost = 0;
    }
    void add_quorum(SlotRange slots) {
        if (quorum_count != 0 && quorums[quorum_count - 1].end == slots.first) {
            quorums[quorum_count - 1].end = slots.end;
            return;
        }
        PAXOS_ASSERT(quorum_count < quorums.size());
        quorums[quorum_count++] = slots;
    }
    /// Whether this step may release a held answer about `slots` slots. A held answer has waited
    /// until its record was durable. The answer adds an event for each slot. The answers that a
    /// step releases may fill only half of the space for events, which leaves the other half to the
    /// other events of the step. An answer is released in any case if the step has no event yet, so
    /// that each step makes progress.
    [[nodiscard]] bool has_space_for_released(std::size_t slots) const {
        return event_count == 0 ||
               event_count + std::max<std::size_t>(slots, 1) <= events.size() / 2;
    }
    void note(EventKind kind, NodeMask mask, const Message& message) {
        if (!events.empty()) [[unlikely]]
            write_down(kind, mask, message);
    }
    /// Notes an event that has no message. `other` is the ballot that caused it, if any.
    void note_at(EventKind kind, Slot slot, Ballot ballot = {}, Ballot other = {},
                 NodeMask mask = {}) {
        if (!events.empty()) [[unlikely]]
            write_down(kind, mask,
                       {.kind = MessageKind::none,
                        .from = 0,
                        .slot_count = 0,
                        .slot = slot,
                        .ballot = ballot,
                        .detail = other.bits()});
    }

private:
    [[gnu::cold, gnu::noinline]] void write_down(EventKind kind, NodeMask mask,
                                                 const Message& message) {
        if (event_count == events.size()) {
            ++events_lost;
            return;
        }
        events[event_count++] = Event{kind, mask, message};
    }
};

}  // namespace paxos
