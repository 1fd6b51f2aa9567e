// The messages that a step sends, in the buffer from which they are sent.
//
// The types enforce S06: an answer leaves only when its record is durable. PROMISE and ACCEPTED
// state what an acceptor has recorded; they leave through Answers. All other messages leave through
// Outbox, which does not accept these two kinds. Answers and Outbox write to one pool of sends.
//
// A send is up to `datagrams_per_send` datagrams for one set of nodes, laid out as on the wire.
// Each datagram begins with space for a header, which src/wire fills in. The rest is cells. A cell
// holds a message, or values of a message that covers several slots. A full datagram has as many
// cells as its size allows.
//
// A message joins the message added before if the two differ only in slot and value and the new one
// is about the slots directly above. One message then covers the run (S44). If Options::runs is
// off, every message stays alone.
//
// Invariants
// 1. All messages of a send go to the same nodes. Every datagram of a send except the last is full.
//    A second send to the same nodes is opened only when the first is full, or by repeat().
// 2. Sends are allocated from the start of the pool, so an idle node touches little memory.
// 3. Nothing is dropped here. The limits bound the number of sends in a step, and the bound is
//    asserted.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <span>

#include "paxos/values.h"

namespace paxos {

/// One send. Its bytes are in the pool and stay valid until the next clear().
struct Send {
    NodeMask to;
    std::byte* bytes;
    std::byte* end;  ///< After the last message, or after the header if there is none.
    std::uint32_t datagram_size = limits::datagram_size;  ///< Bytes of each datagram but the last.

    /// A send with `cell_count` cells at `place`.
    Send(NodeMask nodes, std::byte* place, std::size_t cell_count,
         std::uint32_t size_of_datagrams = limits::datagram_size)
        : to(nodes),
          bytes(place),
          end(place + size_of(cell_count, size_of_datagrams)),
          datagram_size(size_of_datagrams) {}
    Send() = default;

    [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(end - bytes); }
    [[nodiscard]] std::size_t datagram_count() const {
        // Divides in 32 bits, because a division in 64 bits is twice as slow on some processors.
        return (static_cast<std::uint32_t>(size()) + datagram_size - 1) / datagram_size;
    }
    /// The number of cells in all datagrams.
    [[nodiscard]] std::size_t cell_count() const {
        return (size() - datagram_count() * limits::header_size) / limits::message_size;
    }
    [[nodiscard]] std::byte* datagram(std::size_t index) const {
        return bytes + index * datagram_size;
    }
    /// Bytes of datagram `index`: its header and its cells.
    [[nodiscard]] std::size_t size_of_datagram(std::size_t index) const {
        return std::min<std::size_t>(size() - index * datagram_size, datagram_size);
    }
    /// The number of cells in datagram `index`.
    [[nodiscard]] std::size_t cells_in(std::size_t index) const {
        return (size_of_datagram(index) - limits::header_size) / limits::message_size;
    }
    [[nodiscard]] Message* message(std::size_t index) const {
        const std::size_t per_datagram = limits::cells_in(datagram_size);
        return first_message(index / per_datagram) + index % per_datagram;
    }
    /// The cells of datagram `index`.
    [[nodiscard]] std::span<const Message> messages(std::size_t index) const {
        return {first_message(index), cells_in(index)};
    }

private:
    [[nodiscard]] Message* first_message(std::size_t datagram_index) const {
        return reinterpret_cast<Message*>(datagram(datagram_index) + limits::header_size);
    }
    static constexpr std::size_t size_of(std::size_t cell_count, std::size_t datagram_size) {
        const std::size_t per_datagram = limits::cells_in(datagram_size);
        const std::size_t datagrams = std::max<std::size_t>(
            (cell_count + per_datagram - 1) / per_datagram, 1);
        return datagrams * limits::header_size + cell_count * limits::message_size;
    }
};

template <class Limits>
class SendPool {
public:
    /// The space that each send has in the pool, in bytes. Enough for datagrams of any size.
    static constexpr std::size_t send_size = Limits::datagrams_per_send * limits::datagram_size;
    static constexpr std::size_t messages_per_send = Limits::datagrams_per_send *
                                                     limits::messages_per_datagram;
    static constexpr std::size_t pool_size = Limits::sends_per_step * send_size;

    /// `pool` has `pool_size` bytes, is aligned like a Message, and must outlive this object.
    /// `datagram_size`: Options::datagram_size.
    explicit SendPool(std::byte* pool, std::size_t datagram_size = limits::datagram_size)
        : pool_(pool), datagram_size_(static_cast<std::uint32_t>(datagram_size)) {
        PAXOS_ASSERT(reinterpret_cast<std::uintptr_t>(pool) % alignof(Message) == 0);
        PAXOS_ASSERT(limits::is_datagram_size(datagram_size));
    }
    SendPool(const SendPool&) = delete;  // Has pointers into itself.
    SendPool& operator=(const SendPool&) = delete;

    /// Removes all sends. `runs`: messages added from now on may be joined. REQUIRES: the kernel,
    /// or the simulated network, has taken the sends.
    void clear(bool runs = true) {
        send_count_ = 0;
        runs_ = runs;
        leave_send();
    }

    /// Adds `message` for `to`. If an ACCEPTED or a DECIDE joins the last message, neither of the
    /// two messages keeps its value. REQUIRES: `to` is not empty; an ACCEPT is about one slot.
    /// Inlined into every handler, because a call would cost as much as the body.
    [[gnu::always_inline]] void add(NodeMask to, const Message& message) {
        if (runs_ && to == current_->to && extend_last(message, false)) return;
        append(to, message, message.kind == MessageKind::accept);
    }
    /// Adds an ACCEPT or DECIDE of one slot. The value is kept even if the message joins the last
    /// one.
    [[gnu::always_inline]] void add_with_value(NodeMask to, const Message& message) {
        if (runs_ && to == current_->to && extend_last(message, true)) return;
        append(to, message, true);
    }
    /// Adds an ACCEPT or DECIDE with its value for each of `slots`. All fields but slot and value
    /// are those of `message`.
    void add_with_values(NodeMask to, const Message& message, SlotRange slots,
                         const Values& values) {
        Message one = message;
        while (!slots.empty()) {
            one.slot = slots.first;
            one.value = values.of(slots.first);
            add_with_value(to, one);
            ++slots.first;
            if (runs_) slots.first = extend_values(slots, values);
        }
    }

    /// Adds a heartbeat, a datagram without messages, for those nodes of `to` that get nothing else
    /// from the pool. Called after everything else is added. REQUIRES: `to` is not empty.
    void add_empty(NodeMask to) {
        PAXOS_ASSERT(!to.empty());
        for (const Send& send : sends()) to = to - send.to;
        if (to.empty()) return;
        open_send(to);
        leave_send();
    }

    /// Adds each message without values a second time, in another datagram to the same nodes, and
    /// returns the number of copies. Such a message covers a run of slots with one cell, so a copy
    /// costs little. LEARNs and PREPAREs for the whole log are not copied, because each copy would
    /// be answered with values. All messages of the pool may leave, so their copies may too (S06).
    /// Called last, after add_empty(). If the pool has too few sends left, some messages are not
    /// copied.
    [[gnu::noinline]] std::size_t repeat() {
        leave_send();
        std::size_t copies = 0;
        for (const Send& send : std::span{sends_.data(), send_count_}) copies += repeat(send);
        return copies;
    }

    [[nodiscard]] std::span<const Send> sends() const { return {sends_.data(), send_count_}; }
    [[nodiscard]] bool empty() const { return send_count_ == 0; }
    [[nodiscard]] std::size_t cell_count() const {
        std::size_t count = 0;
        for (const Send& send : sends()) count += send.cell_count();
        return count;
    }

private:
    std::size_t repeat(const Send& send) {
        std::size_t copies = 0;
        for (std::size_t i = 0; i < send.cell_count(); i += send.message(i)->cell_count()) {
            const Message& message = *send.message(i);
            if (!is_repeated(message)) continue;
            if (copies == 0) {
                if (send_count_ == Limits::sends_per_step) break;
                open_send(send.to);
                find_datagram();
            }
            append(send.to, message, false);
            ++copies;
        }
        return copies;
    }
    [[nodiscard]] static bool is_repeated(const Message& message) {
        if (message.kind == MessageKind::learn) return false;
        if (message.kind == MessageKind::prepare && message.slot_count == 0) return false;
        return message.value_count() == 0;
    }
    /// Stores `message` in a cell of its own, field by field. A copy of the whole struct would use
    /// loads that are wider than the stores by which the caller has just set the fields. Such loads
    /// defeat store-to-load forwarding.
    [[gnu::always_inline]] void append(NodeMask to, const Message& message, bool keeps_values) {
        last_ = ::new (add_cell(to)) Message{.kind = message.kind,
                                             .from = message.from,
                                             .carries_values = message.carries_values,
                                             .slot_count = message.slot_count,
                                             .slot = message.slot,
                                             .ballot = message.ballot,
                                             .detail = message.detail,
                                             .value = message.value};
        last_keeps_values_ = keeps_values;
    }
    /// Returns space for one more cell for the nodes of `to`.
    [[nodiscard, gnu::always_inline]] std::byte* add_cell(NodeMask to) {
        if (to != current_->to || current_->end == datagram_end_) [[unlikely]]
            open_space(to);
        std::byte* const place = current_->end;
        current_->end = place + limits::message_size;
        return place;
    }
    /// Extends the last message by `message` if one message can cover both: they differ only in
    /// slot and value, `message` is about the slots directly above, both keep their values or
    /// neither does, and the values fit. Otherwise returns false.
    [[nodiscard, gnu::always_inline]] bool extend_last(const Message& message, bool keeps_values) {
        Message& last = *last_;
        if (last.slot + last.slot_count != message.slot || last.kind != message.kind ||
            last.ballot != message.ballot || last.detail != message.detail)
            return false;
        if (last.slot_count == 0 || message.slot_count == 0 ||
            last.slot_count + message.slot_count > Limits::ring_slots)
            return false;
        // A PROMISE that reports a value is about one slot only.
        if (message.kind == MessageKind::promise && message.detail != 0) return false;
        if (message.kind == MessageKind::accept || keeps_values)
            return last_keeps_values_ && extend_with_value(message);
        if (last_keeps_values_) return false;
        last.slot_count += message.slot_count;
        last.value = Value{};
        return true;
    }
    /// Appends the value of `message` to the last message. Returns false if the datagram is full.
    [[nodiscard]] bool extend_with_value(const Message& message) {
        const SlotRange slots{message.slot, message.slot + 1};
        return extend_values(slots, Values::at(message.value, message.slot)) == slots.end;
    }
    /// Appends values of `slots`, from the first slot on, to the last message, until the datagram
    /// is full. Returns the first slot whose value did not fit; slots.end if all fit.
    Slot extend_values(SlotRange slots, const Values& values) {
        std::byte* const message = reinterpret_cast<std::byte*>(last_);
        std::byte* const place = message + offsetof(Message, value) +
                                 last_->slot_count * sizeof(Value);
        const std::size_t count = std::min<std::size_t>(
            slots.size(), static_cast<std::size_t>(datagram_end_ - place) / sizeof(Value));
        if (count == 0) return slots.first;
        slots.end = slots.first + count;
        values.copy(slots, place);
        last_->slot_count += static_cast<std::uint32_t>(count);
        last_->carries_values = last_->kind == MessageKind::decide;
        current_->end = message + Message::cells_for(last_->slot_count) * limits::message_size;
        std::byte* const end = place + count * sizeof(Value);
        std::memset(end, 0, static_cast<std::size_t>(current_->end - end));
        return slots.end;
    }

    /// Closes the current send, so that the next `add` looks for a send with space.
    void leave_send() {
        current_ = &none_;
        datagram_end_ = none_.end;
        last_ = &nothing_;
    }

    void open_space(NodeMask to) {
        PAXOS_ASSERT(!to.empty());
        last_ = &nothing_;
        // Only the newest send to these nodes can have space. It is usually near the end, because
        // answers alternate between a few nodes. Therefore the search begins at the last send.
        std::size_t index = send_count_;
        while (index > 0 && sends_[index - 1].to != to) --index;
        if (index > 0 && sends_[index - 1].size() < Limits::datagrams_per_send * datagram_size_)
            current_ = &sends_[index - 1];
        else
            open_send(to);
        find_datagram();
    }

    void open_send(NodeMask to) {
        PAXOS_ASSERT(send_count_ < Limits::sends_per_step);
        current_ = &sends_[send_count_];
        *current_ = Send{to, pool_ + send_count_ * send_size, 0, datagram_size_};
        ++send_count_;
    }

    /// Sets `datagram_end_` for the last datagram of the current send. If that datagram is full,
    /// begins the next one and leaves space for its header.
    void find_datagram() {
        const std::size_t last = current_->datagram_count() - 1;
        datagram_end_ = current_->datagram(last + 1);
        if (current_->end != datagram_end_) return;
        current_->end += limits::header_size;
        datagram_end_ += datagram_size_;
    }

    std::byte* pool_;
    const std::uint32_t datagram_size_;
    bool runs_ = true;
    bool last_keeps_values_ = false;  // The last message has a value for each slot.
    Message nothing_{.kind = MessageKind::none, .from = 0, .slot_count = 0, .slot = 0};
    Message* last_ = &nothing_;  // The message added last, if its datagram is the current one.
    Send none_{};                // Full and without recipients, so that `add` never uses it.
    Send* current_ = &none_;     // The send of `sends_` to add to, or `none_`.
    std::byte* datagram_end_ = nullptr;  // The end of the current send's last datagram.
    std::size_t send_count_ = 0;
    std::array<Send, Limits::sends_per_step> sends_{};
};

/// Whether messages of `kind` state what an acceptor has recorded.
constexpr bool needs_record(MessageKind kind) {
    return kind == MessageKind::promise || kind == MessageKind::accepted;
}

/// Messages that need no record.
template <class Limits>
class Outbox : public SendPool<Limits> {
public:
    using SendPool<Limits>::SendPool;

    template <MessageKind kind>
        requires(!needs_record(kind))  // PROMISE and ACCEPTED leave through Answers (S06).
    [[gnu::always_inline]] void add(NodeMask to, const Message& message) {
        SendPool<Limits>::add(to, message);
    }
};

/// Answers whose records are durable. Other answers wait in HeldAnswers.
template <class Limits>
class Answers {
public:
    explicit Answers(SendPool<Limits>& released) : released_(released) {}

    template <MessageKind kind>
        requires(needs_record(kind))
    [[gnu::always_inline]] void add(NodeMask to, const Message& message) {
        released_.add(to, message);
    }

private:
    SendPool<Limits>& released_;
};

}  // namespace paxos
