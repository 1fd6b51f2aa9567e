// Helpers for the tests of src/wire: members of a cluster, valid messages, datagrams built by hand,
// memory that ends where a datagram ends, and a receiver.
#pragma once

#include <sanitizer/asan_interface.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <numeric>
#include <optional>
#include <random>
#include <span>
#include <vector>

#include "support/value_of.h"
#include "wire/checksum.h"
#include "wire/wire.h"

namespace paxos::test {

inline constexpr std::uint64_t run_id = 0x1122334455667788;

inline wire::Membership membership_of(NodeId self, std::size_t nodes,
                                      const std::optional<wire::AuthKey>& key = {}) {
    return {.self = self, .nodes = nodes, .run = run_id, .key = key};
}

/// A key for tests. All bytes of the key differ from each other.
inline wire::AuthKey auth_key(std::uint8_t first = 1) {
    wire::AuthKey key;
    for (std::size_t i = 0; i < key.size(); ++i) key[i] = std::byte(first + i);
    return key;
}

/// A valid message of `kind` about `slot` from node `from`.
inline Message message_of(MessageKind kind, NodeId from, Slot slot = 7) {
    Message message{};
    message.kind = kind;
    message.from = from;
    message.slot_count = 1;
    message.slot = slot;
    message.ballot = Ballot{3, from};
    switch (kind) {
        case MessageKind::none:
        case MessageKind::prepare: break;
        case MessageKind::promise:
            message.detail = Ballot{2, 0}.bits();
            message.value = value_of(slot);
            break;
        case MessageKind::accept:
        case MessageKind::accepted: message.value = value_of(slot); break;
        case MessageKind::decide:
            message.detail = 0b111;
            message.value = value_of(slot);
            break;
        case MessageKind::nack: message.detail = Ballot{4, 0}.bits(); break;
        case MessageKind::learn: message.ballot = Ballot{}; break;
    }
    return message;
}

/// A valid ACCEPT, or a valid DECIDE with values, that covers `slot_count` slots from `slot` on.
/// The first cell is the message with the first value, and the other cells hold the other values.
/// Each slot has the value that message_of() gives it.
inline std::vector<Message> run_of(MessageKind kind, NodeId from, Slot slot,
                                   std::uint32_t slot_count) {
    std::vector<Message> cells(Message::cells_for(slot_count));
    Message& message = cells.front() = message_of(kind, from, slot);
    message.slot_count = slot_count;
    if (kind == MessageKind::decide && slot_count > 1) message.carries_values = 1;
    auto* values = reinterpret_cast<std::byte*>(&cells.front()) + offsetof(Message, value);
    for (std::uint32_t i = 0; i < slot_count; ++i) {
        const Value value = value_of(slot + i);
        std::memcpy(values + i * sizeof value, &value, sizeof value);
    }
    return cells;
}

inline constexpr MessageKind all_kinds[] = {
    MessageKind::prepare, MessageKind::promise, MessageKind::accept, MessageKind::accepted,
    MessageKind::decide,  MessageKind::nack,    MessageKind::learn};

/// One datagram, header and messages, which tests build and damage.
struct Datagram {
    wire::Header header{};
    std::vector<Message> messages;

    /// A valid datagram from node `sender` to all nodes.
    static Datagram good(NodeId sender, std::vector<Message> messages) {
        Datagram datagram;
        datagram.header.magic = wire::datagram_magic;
        datagram.header.version = wire::datagram_version;
        datagram.header.sender = sender;
        datagram.header.message_count = static_cast<std::uint8_t>(messages.size());
        datagram.header.run = run_id;
        datagram.header.destination = NodeMask::first(limits::nodes_max).bits();
        datagram.header.learned = 5;
        datagram.header.retained = 3;
        datagram.messages = std::move(messages);
        datagram.repair_checksum();
        return datagram;
    }
    void repair_checksum() {
        const std::vector<std::byte> bytes = to_bytes();
        header.checksum = XXH3_64bits(bytes.data() + 16, bytes.size() - 16);
    }
    /// Writes a tag in place of the checksum.
    void sign(const wire::AuthKey& key) {
        const std::vector<std::byte> bytes = to_bytes();
        const wire::Authenticator authenticator(key, wire::AuthEngine::portable);
        const wire::Tag tag = authenticator.tag(bytes.data() + 16, bytes.size() - 16);
        header.checksum = tag.low;
        header.checksum_high = tag.high;
    }
    [[nodiscard]] std::vector<std::byte> to_bytes() const {
        const auto front = std::as_bytes(std::span{&header, 1});
        const auto back = std::as_bytes(std::span{messages});
        std::vector<std::byte> bytes(front.begin(), front.end());
        bytes.insert(bytes.end(), back.begin(), back.end());
        return bytes;
    }
};

/// Memory that is followed by an inaccessible page. The content lies at the end of the memory. Like
/// real receive buffers, the content is 64-byte aligned, so up to 63 bytes may lie between the
/// content and the inaccessible page. With AddressSanitizer these bytes are poisoned.
class Guarded {
public:
    Guarded() : page_size_(static_cast<std::size_t>(sysconf(_SC_PAGESIZE))) {
        void* place = mmap(nullptr, room + page_size_, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (place == MAP_FAILED ||
            mprotect(static_cast<std::byte*>(place) + room, page_size_, PROT_NONE) != 0)
            std::abort();
        begin_ = static_cast<std::byte*>(place);
    }
    ~Guarded() {
        ASAN_UNPOISON_MEMORY_REGION(begin_, room);
        munmap(begin_, room + page_size_);
    }
    Guarded(const Guarded&) = delete;
    Guarded& operator=(const Guarded&) = delete;

    /// A copy of `bytes`, valid until the next call.
    std::span<const std::byte> put(std::span<const std::byte> bytes) {
        ASAN_UNPOISON_MEMORY_REGION(begin_, room);
        std::byte* place = begin_ + room - (bytes.size() + 63) / 64 * 64;
        if (!bytes.empty()) std::memcpy(place, bytes.data(), bytes.size());
        ASAN_POISON_MEMORY_REGION(place + bytes.size(),
                                  static_cast<std::size_t>(begin_ + room - place) - bytes.size());
        return {place, bytes.size()};
    }

private:
    static constexpr std::size_t room = 128 * 1024;
    std::size_t page_size_;
    std::byte* begin_;
};

/// The receiving side of a node: a Wire, space for accepted datagrams, and memory that ends where
/// the received bytes end.
class Receiver {
public:
    explicit Receiver(NodeId self = 0, std::size_t nodes = 5,
                      const std::optional<wire::AuthKey>& key = {})
        : key_(key), wire_(membership_of(self, nodes, key)) {}

    /// Decodes `bytes`, which arrived from node `source` as datagrams of `segment_size` bytes.
    /// Returns the accepted datagrams, valid until the next call.
    std::span<const Arrival> receive(std::span<const std::byte> bytes, std::size_t segment_size,
                                     NodeId source) {
        return {arrivals_.data(),
                wire_.decode(guarded_.put(bytes), segment_size, source, arrivals_)};
    }
    std::span<const Arrival> receive(const Datagram& datagram) {
        const std::vector<std::byte> bytes = datagram.to_bytes();
        return receive(bytes, bytes.size(), datagram.header.sender);
    }
    void end(NodeMask nodes) {
        ended_ = nodes;
        wire_.set_down(nodes);
    }
    [[nodiscard]] NodeMask ended() const { return ended_; }
    [[nodiscard]] const std::optional<wire::AuthKey>& key() const { return key_; }
    [[nodiscard]] std::uint64_t rejected(wire::Rejection why) const {
        return wire_.rejected()[static_cast<std::size_t>(why)];
    }
    [[nodiscard]] std::uint64_t rejected() const {
        return std::accumulate(wire_.rejected().begin(), wire_.rejected().end(), std::uint64_t{0});
    }

private:
    std::optional<wire::AuthKey> key_;
    wire::Wire wire_;
    NodeMask ended_;
    Guarded guarded_;
    std::vector<Arrival> arrivals_ = std::vector<Arrival>(2048);
};

}  // namespace paxos::test
