// What a node stores: the records of its acceptor and learner, in the order in which they were
// made. A record is laid out like a message; `from` is the node that keeps it:
//
//   PROMISE  promised `ballot` in these slots; slot_count 0: for the whole log
//   ACCEPT   accepted the values at `ballot`, and thereby promised `ballot`
//   DECIDE   learned these slots, with the ballot and quorum of their decision. The values follow
//            (carries_values) unless the ACCEPT record of these slots at that ballot has them
//   LEARN    slot_count 0: every slot below `slot` is learned or was skipped
//
// Invariants
// 1. Each record changes the state left by the records before it, so the recovered records must be
//    a prefix of the written ones (S23, S25). Every prefix gives a state that the node once had.
// 2. A step writes at most `step_bytes_max`. A step without that much space makes no records.
// 3. The records of a step share one number. The number counts as durable when all these records
//    are durable.
#pragma once

#include <cstring>
#include <new>
#include <span>

#include "paxos/answers.h"
#include "paxos/values.h"

namespace paxos {

/// Numbers the steps that make records, from 1. 0 stands for no record.
using Sequence = std::uint64_t;
/// Input::durable_up_to in memory-only mode: every record counts as durable at once.
inline constexpr Sequence everything = ~Sequence{0};

template <class Limits>
class Records {
public:
    /// Maximum bytes of a step's records: one cell for each answer to a peer, twice the cells that
    /// arrived for their values, one cell for each slot that is learned, three for each slot of the
    /// window (this node's proposer may have it promised once and accepted twice), and two more.
    static constexpr std::size_t step_bytes_max = limits::message_size *
                                                  (Limits::reply_cells_per_step +
                                                   2 * limits::receives_per_turn *
                                                       Limits::datagrams_per_send *
                                                       limits::messages_per_datagram +
                                                   Limits::ring_slots + 3 * Limits::window_max + 2);

    /// Begins a step. `is_kept`: false in memory-only mode, in which nothing is written. `last`:
    /// sequence() at the end of the previous step.
    void begin(bool is_kept, std::span<std::byte> space, Sequence last) {
        space_ = space;
        size_ = 0;
        is_kept_ = is_kept;
        last_ = last;
        next_ = is_kept ? last + 1 : 0;
    }
    /// Whether records are written: false in memory-only mode.
    [[nodiscard]] bool is_kept() const { return is_kept_; }
    [[nodiscard]] bool has_space() const { return !is_kept_ || space_.size() >= step_bytes_max; }
    /// The records of this step.
    [[nodiscard]] std::span<const std::byte> bytes() const { return space_.first(size_); }
    /// The number of this step's records or, if this step has made no records, of the last step
    /// that made some.
    [[nodiscard]] Sequence sequence() const { return last_ + (size_ != 0); }
    /// The number that a record made now gets; 0 in memory-only mode.
    [[nodiscard]] Sequence next() const { return next_; }

    void promised(SlotRange slots, Ballot ballot, NodeId self) {
        if (is_kept_) [[unlikely]]
            write(MessageKind::promise, slots, ballot, self);
    }
    void promised_log(Ballot ballot, NodeId self) {
        if (is_kept_) [[unlikely]]
            write(MessageKind::promise, {}, ballot, self);
    }
    void accepted(SlotRange slots, Ballot ballot, const Values& values, NodeId self) {
        if (is_kept_) [[unlikely]]
            write(MessageKind::accept, slots, ballot, self, {}, &values);
    }
    /// `accepted`: the ballot at which this node has accepted in `slots`. If it is `ballot`, the
    /// record of that acceptance has the values, so this record leaves them out.
    void learned(SlotRange slots, Ballot ballot, NodeMask quorum, Ballot accepted,
                 const Values& values, NodeId self) {
        if (is_kept_) [[unlikely]]
            write(MessageKind::decide, slots, ballot, self, quorum,
                  accepted == ballot ? nullptr : &values);
    }
    void learned_below(Slot slot, NodeId self) {
        if (is_kept_) [[unlikely]]
            write(MessageKind::learn, {slot, slot}, Ballot{}, self);
    }

    /// The number of cells of `record`.
    [[nodiscard]] static std::size_t cells_of(const Message& record) {
        return Message::cells_for(has_values(record) ? record.slot_count : 0);
    }
    /// Whether the record has values. Unlike a DECIDE message, a DECIDE record about one slot may
    /// have none.
    [[nodiscard]] static bool has_values(const Message& record) {
        return record.kind == MessageKind::accept || record.carries_values != 0;
    }
    /// Calls `visit(record)` for each record of `cells`.
    template <class Visit>
    static void for_each(std::span<const Message> cells, Visit&& visit) {
        for (; !cells.empty(); cells = cells.subspan(cells_of(cells.front()))) visit(cells.front());
    }

private:
    /// Writes a record, followed by the `values` of `slots`, as in a datagram. Never called in
    /// memory-only mode.
    [[gnu::cold, gnu::noinline]] void write(MessageKind kind, SlotRange slots, Ballot ballot,
                                            NodeId self, NodeMask quorum = {},
                                            const Values* values = nullptr) {
        const std::size_t count = values == nullptr ? 0 : slots.size();
        const std::size_t size = Message::cells_for(count) * sizeof(Message);
        PAXOS_ASSERT(size_ + size <= space_.size());
        std::byte* const place = space_.data() + size_;
        size_ += size;
        ::new (place) Message{.kind = kind,
                              .from = self,
                              .carries_values = kind == MessageKind::decide && count != 0,
                              .slot_count = static_cast<std::uint32_t>(slots.size()),
                              .slot = slots.first,
                              .ballot = ballot,
                              .detail = quorum.bits()};
        if (count == 0) return;
        std::byte* const first = place + offsetof(Message, value);
        values->copy(slots, first);
        std::byte* const end = first + count * sizeof(Value);
        std::memset(end, 0, static_cast<std::size_t>(place + size - end));
    }

    std::span<std::byte> space_;
    std::size_t size_ = 0;
    Sequence last_ = 0;
    Sequence next_ = 0;
    bool is_kept_ = false;
};

}  // namespace paxos
