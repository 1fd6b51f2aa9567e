// The messages that a step sends. A role constructs each message in the buffer from which it is
// sent.
//
// The types enforce S06, "record before you answer". PROMISE and ACCEPTED state what an acceptor
// has recorded; they leave through Answers, when the record is durable. All other messages leave
// through Outbox, which does not accept these two kinds. Both write to one pool of sends.
//
// A send is up to `datagrams_per_send` datagrams for one set of nodes, laid out as on the wire:
// space for a header (wire fills it in), then up to `messages_per_datagram` messages.
//
// Invariants
// 1. All messages of a send go to the same nodes. Every datagram of a send except the last is full.
//    A second send to the same nodes is opened only when the first is full.
// 2. Sends are allocated from the start of the pool, so an idle node touches little memory.
// 3. Nothing is dropped here. The limits bound the number of sends in a step, and the bound is
//    asserted.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "paxos/message.h"

namespace paxos {

/// One send. Its bytes are in the pool and stay valid until the next `clear`.
struct Send {
    NodeMask to;
    std::byte* bytes;
    std::byte* end;  ///< After the last message, or after the header if there is none.

    /// A send with `message_count` messages at `place`.
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
    SendPool(const SendPool&) = delete;  // It has pointers into itself.
    SendPool& operator=(const SendPool&) = delete;

    /// Removes all sends. REQUIRES: the kernel has taken them.
    void clear() {
        send_count_ = 0;
        leave_send();
    }

    /// Returns space for one more message to `to`. The caller writes all its bytes. REQUIRES: `to`
    /// is not empty. Inlined into every handler: a call would cost as much as its body.
    [[nodiscard, gnu::always_inline]] Message& add(NodeMask to) {
        if (to != current_->to || current_->end == datagram_end_) [[unlikely]]
            open_space(to);
        std::byte* const place = current_->end;
        current_->end = place + limits::message_size;
        return *reinterpret_cast<Message*>(place);
    }

    /// Adds a heartbeat, a datagram without messages, to each node of `to` that no other send of
    /// the pool is for. Called after everything else is added. REQUIRES: `to` is not empty.
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
    /// Makes no send the current one, so that the next `add` searches for one.
    void leave_send() {
        current_ = &none_;
        datagram_end_ = none_.end;
    }

    void open_space(NodeMask to) {
        PAXOS_ASSERT(!to.empty());
        // Only the newest send to these nodes can have space. The search begins with the newest
        // send: answers alternate between a few nodes, so the right send is among the last few.
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

    /// Sets `datagram_end_` for the last datagram of the current send. If that datagram is full,
    /// begins the next one and leaves space for its header.
    void find_datagram() {
        const std::size_t last = current_->datagram_count() - 1;
        datagram_end_ = current_->datagram(last + 1);
        if (current_->end != datagram_end_) return;
        current_->end += limits::header_size;
        datagram_end_ += limits::datagram_size;
    }

    std::byte* pool_;
    Send none_{};             // Full and without recipients, so that `add` never uses it.
    Send* current_ = &none_;  // The send of `sends_` to add to, or `none_`.
    std::byte* datagram_end_ = nullptr;  // The end of the current send's last datagram.
    std::size_t send_count_ = 0;
    std::array<Send, Limits::sends_per_step> sends_{};
};

/// The number of an acceptor's record. Records are numbered in the order in which they are written.
using Sequence = std::uint64_t;
/// In memory-only mode, every record counts as durable at once.
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
        PAXOS_ASSERT(durable_up_to == everything);  // No storage: no answer is held back.
    }
    template <MessageKind kind>
        requires(needs_record(kind))
    [[nodiscard, gnu::always_inline]] Message& add(NodeMask to) {
        return released_.add(to);
    }
    /// The vote of this node's acceptor for its own proposer: a mask that contains `self` once the
    /// vote's record is durable, as for any other answer (S14).
    [[nodiscard]] NodeMask own_vote(NodeId self) const { return NodeMask::of(self); }

private:
    SendPool<Limits>& released_;
};

}  // namespace paxos
