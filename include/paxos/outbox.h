// What a step sends: messages written once, by the role that sends them, at the very place from
// which they are sent.
//
// "Record, then speak" (S06) is in the types. PROMISE and ACCEPTED state what an acceptor has
// recorded; they leave through Answers, when their record is durable. Everything else leaves
// through Outbox, which refuses these two kinds. Both write into one pool of sends.
//
// A send is up to `datagrams_per_send` datagrams for one set of nodes, laid out as on the wire:
// room for a header (wire fills it), then up to `messages_per_datagram` messages.
//
// Invariants
// 1. All messages of one send go to the same nodes; of each send every datagram but the last is
//    full. A send to the same nodes is opened only when the last one is full.
// 2. Sends are filled from the start of the pool, so a quiet node touches little memory.
// 3. Nothing is dropped here: running out of sends is a broken bound, asserted.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "paxos/message.h"

namespace paxos {

/// A send being filled, or filled. The bytes are the owner's of the outbox; they live until the
/// next `clear`.
struct Send {
    NodeMask to;
    std::byte* bytes;
    std::byte* end;  ///< Behind the last message; behind the header while there is none.

    /// Of `message_count` messages that stand at `bytes`, or shall.
    Send(NodeMask nodes, std::byte* place, std::size_t message_count)
        : to(nodes), bytes(place), end(place + size_of(message_count)) {}
    Send() = default;

    [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(end - bytes); }
    [[nodiscard]] std::size_t datagram_count() const {
        return (size() + limits::datagram_size - 1) / limits::datagram_size;
    }
    [[nodiscard]] std::size_t message_count() const {
        return (size() - datagram_count() * limits::header_size) / limits::message_size;
    }
    [[nodiscard]] std::byte* datagram(std::size_t index) const {
        return bytes + index * limits::datagram_size;
    }
    /// Bytes of datagram `index`: its header and its messages.
    [[nodiscard]] std::size_t size_of_datagram(std::size_t index) const {
        return std::min(size() - index * limits::datagram_size, limits::datagram_size);
    }
    /// Messages of datagram `index`.
    [[nodiscard]] std::size_t messages_in(std::size_t index) const {
        return (size_of_datagram(index) - limits::header_size) / limits::message_size;
    }
    [[nodiscard]] Message* message(std::size_t index) const {
        return reinterpret_cast<Message*>(
            datagram(index / limits::messages_per_datagram) + limits::header_size +
            index % limits::messages_per_datagram * limits::message_size);
    }

private:
    static constexpr std::size_t size_of(std::size_t message_count) {
        const std::size_t datagrams = std::max<std::size_t>(
            (message_count + limits::messages_per_datagram - 1) / limits::messages_per_datagram, 1);
        return datagrams * limits::header_size + message_count * limits::message_size;
    }
};

template <class Limits>
class SendPool {
public:
    static constexpr std::size_t send_size = Limits::datagrams_per_send * limits::datagram_size;
    static constexpr std::size_t messages_per_send = Limits::datagrams_per_send *
                                                     limits::messages_per_datagram;
    static constexpr std::size_t pool_size = Limits::sends_per_step * send_size;

    /// `pool` is `pool_size` bytes, 64-byte aligned, and outlives the outbox.
    explicit SendPool(std::byte* pool) : pool_(pool) {
        PAXOS_ASSERT(reinterpret_cast<std::uintptr_t>(pool) % alignof(Message) == 0);
    }
    SendPool(const SendPool&) = delete;  // It points into itself.
    SendPool& operator=(const SendPool&) = delete;

    /// Forgets everything said. What was said before must have been handed to the kernel.
    void clear() {
        send_count_ = 0;
        leave_send();
    }

    /// Returns space for one more message to `to`. The caller writes all its bytes. REQUIRES: `to`
    /// is not empty. Inlined into every handler: a call would cost as much as its body.
    [[nodiscard, gnu::always_inline]] Message& add(NodeMask to) {
        if (to != current_->to || current_->end == datagram_end_) [[unlikely]]
            make_room(to);
        std::byte* const place = current_->end;
        current_->end = place + limits::message_size;
        return *reinterpret_cast<Message*>(place);
    }

    /// A datagram with no message to each of `to` that nothing goes to yet: it carries its header,
    /// and that its sender is alive. Said last, so that it goes to nobody else for nothing.
    /// REQUIRES: `to` not empty.
    void add_empty(NodeMask to) {
        PAXOS_ASSERT(!to.empty());
        for (const Send& send : sends()) to = to - send.to;
        if (to.empty()) return;
        open_send(to);
        leave_send();
    }

    [[nodiscard]] std::span<const Send> sends() const { return {sends_.data(), send_count_}; }
    [[nodiscard]] bool empty() const { return send_count_ == 0; }
    [[nodiscard]] std::size_t message_count() const {
        std::size_t count = 0;
        for (const Send& send : sends()) count += send.message_count();
        return count;
    }

private:
    /// No send is open: the next `add` looks for one.
    void leave_send() {
        current_ = &none_;
        datagram_end_ = none_.end;
    }

    void make_room(NodeMask to) {
        PAXOS_ASSERT(!to.empty());
        // Of the sends to the same nodes only the newest can have room. Searched from the newest
        // on: answers alternate between a few nodes, and each of these has a send among the last
        // ones.
        std::size_t index = send_count_;
        while (index > 0 && sends_[index - 1].to != to) --index;
        if (index > 0 && sends_[index - 1].size() < send_size)
            current_ = &sends_[index - 1];
        else
            open_send(to);
        find_datagram();
    }

    void open_send(NodeMask to) {
        PAXOS_ASSERT(send_count_ < Limits::sends_per_step);
        current_ = &sends_[send_count_];
        *current_ = Send{to, pool_ + send_count_ * send_size, 0};
        ++send_count_;
    }

    /// The datagram that is being filled, or where it is full the next one, of which the header's
    /// room is taken.
    void find_datagram() {
        const std::size_t last = current_->datagram_count() - 1;
        datagram_end_ = current_->datagram(last + 1);
        if (current_->end != datagram_end_) return;
        current_->end += limits::header_size;
        datagram_end_ += limits::datagram_size;
    }

    std::byte* pool_;
    Send none_{};                        // To nobody, and full.
    Send* current_ = &none_;             // Or the one of `sends_` that is being filled.
    std::byte* datagram_end_ = nullptr;  // Where the last datagram of the current send is full.
    std::size_t send_count_ = 0;
    std::array<Send, Limits::sends_per_step> sends_{};
};

/// The number of a record, in the order in which an acceptor makes them.
using Sequence = std::uint64_t;
/// Nothing is stored, so every record is as durable as it will ever be when it is made.
inline constexpr Sequence everything = ~Sequence{0};

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
    [[nodiscard, gnu::always_inline]] Message& add(NodeMask to) {
        return SendPool<Limits>::add(to);
    }
};

/// Messages that leave when their record is durable. In memory-only mode that is at once.
template <class Limits>
class Answers {
public:
    explicit Answers(SendPool<Limits>& released) : released_(released) {}

    /// Records up to `durable_up_to` are durable.
    void begin(Sequence durable_up_to) {
        PAXOS_ASSERT(durable_up_to == everything);  // There is no storage that would hold one back.
    }
    template <MessageKind kind>
        requires(needs_record(kind))
    [[nodiscard, gnu::always_inline]] Message& add(NodeMask to) {
        return released_.add(to);
    }
    /// The vote of this node's acceptor for its own proposer, an answer like any other (S14): the
    /// mask of `self` once it is released.
    [[nodiscard]] NodeMask own_vote(NodeId self) const { return NodeMask::of(self); }

private:
    SendPool<Limits>& released_;
};

}  // namespace paxos
