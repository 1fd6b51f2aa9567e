// What a step says: messages written once, by the role that says them, at the very place from
// which they are sent.
//
// An outbox is a pool of sends. A send is up to `datagrams_per_send` datagrams for one set of
// nodes, laid out as on the wire: room for a header (wire fills it), then up to
// `messages_per_datagram` messages.
//
// Invariants
// 1. All messages of one send go to the same nodes; of each send every datagram but the last is
//    full. A send to the same nodes is opened only when the last one is full.
// 2. Sends are filled from the start of the pool, so a quiet node touches little memory.
// 3. Nothing is dropped here: running out of sends is a broken bound, asserted.
#pragma once

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
    std::uint32_t message_count;
    std::byte* bytes;

    [[nodiscard]] std::size_t datagram_count() const {
        return message_count == 0 ? 1
                                  : (message_count + limits::messages_per_datagram - 1) /
                                        limits::messages_per_datagram;
    }
    [[nodiscard]] std::byte* datagram(std::size_t index) const {
        return bytes + index * limits::datagram_size;
    }
    /// Messages of datagram `index`.
    [[nodiscard]] std::size_t messages_in(std::size_t index) const {
        const std::size_t before = index * limits::messages_per_datagram;
        return message_count - before < limits::messages_per_datagram ? message_count - before
                                                                      : limits::messages_per_datagram;
    }
    [[nodiscard]] std::size_t size() const {
        return datagram_count() * limits::cache_line_size + message_count * limits::message_size;
    }
    [[nodiscard]] Message* message(std::size_t index) const {
        return reinterpret_cast<Message*>(
            datagram(index / limits::messages_per_datagram) + limits::cache_line_size +
            index % limits::messages_per_datagram * limits::message_size);
    }
};

template <class Limits>
class Outbox {
public:
    static constexpr std::size_t send_size = Limits::datagrams_per_send * limits::datagram_size;
    static constexpr std::size_t messages_per_send = Limits::datagrams_per_send *
                                                     limits::messages_per_datagram;
    static constexpr std::size_t pool_size = Limits::sends_per_step * send_size;

    /// `pool` is `pool_size` bytes, 64-byte aligned, and outlives the outbox.
    explicit Outbox(std::byte* pool) : pool_(pool) {
        PAXOS_ASSERT(reinterpret_cast<std::uintptr_t>(pool) % alignof(Message) == 0);
    }
    Outbox(const Outbox&) = delete;  // It points into itself.
    Outbox& operator=(const Outbox&) = delete;

    /// Forgets everything said. What was said before must have been handed to the kernel.
    void clear() {
        send_count_ = 0;
        leave_send();
    }

    /// The place of one more message to `to`. All its bytes are for the caller to write. REQUIRES:
    /// `to` not empty.
    [[nodiscard]] Message& add(NodeMask to) {
        if (to != current_to_ || left_in_datagram_ == 0) [[unlikely]]
            make_room(to);
        --left_in_datagram_;
        ++current_->message_count;
        Message* place = cursor_;
        cursor_ = place + 1;
        return *place;
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
        for (const Send& send : sends()) count += send.message_count;
        return count;
    }

private:
    /// No send is open: the next `add` looks for one.
    void leave_send() {
        current_to_ = NodeMask{};
        left_in_datagram_ = 0;
    }

    void make_room(NodeMask to) {
        PAXOS_ASSERT(!to.empty());
        // Of the sends to the same nodes only the newest can have room. Searched from the newest
        // on: answers alternate between a few nodes, and each of these has a send among the last
        // ones.
        std::size_t index = send_count_;
        while (index > 0 && sends_[index - 1].to != to) --index;
        if (index > 0 && sends_[index - 1].message_count < messages_per_send)
            current_ = &sends_[index - 1];
        else
            open_send(to);
        current_to_ = to;
        start_datagram(*current_);
    }

    void open_send(NodeMask to) {
        PAXOS_ASSERT(send_count_ < Limits::sends_per_step);
        current_ = &sends_[send_count_];
        *current_ = Send{to, 0, pool_ + send_count_ * send_size};
        ++send_count_;
    }

    /// Puts the cursor behind the send's last message, past the next header where a datagram is
    /// full.
    void start_datagram(const Send& send) {
        cursor_ = send.message(send.message_count);
        left_in_datagram_ = limits::messages_per_datagram -
                            send.message_count % limits::messages_per_datagram;
    }

    std::byte* pool_;
    Message* cursor_ = nullptr;
    std::size_t left_in_datagram_ = 0;
    NodeMask current_to_;      // Empty, or whom `current_` goes to.
    Send* current_ = nullptr;  // In `sends_`.
    std::size_t send_count_ = 0;
    std::array<Send, Limits::sends_per_step> sends_{};
};

}  // namespace paxos
