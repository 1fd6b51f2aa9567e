// The sends of one exchange (communicator.h), as msghdrs with their iovecs and control messages.
// Both communicators use this class.
//
// 1. The constructor builds all msghdrs, iovecs and control messages. add() sets only the address,
//    the bytes and the segment size.
// 2. UDP_SEGMENT is never used for a single datagram.
// 3. A send that failed is repeated if its error allows this. In the end each of its datagrams is
//    counted once, as sent or as refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <sys/socket.h>

#include "io/communicator.h"

namespace paxos::io {

/// With these flags a send never waits, so a full send buffer is an error (EAGAIN), and a send
/// never raises SIGPIPE.
inline constexpr int send_flags = MSG_DONTWAIT | MSG_NOSIGNAL;

class SendQueue {
public:
    /// `counters` and everything to which `options` points outlive the queue.
    SendQueue(const Options& options, Counters& counters);

    /// Adds one entry: datagrams of `segment_size` bytes each except the last. REQUIRES: not full.
    void add(PeerIndex to, const std::byte* bytes, std::size_t size, std::size_t segment_size);
    [[nodiscard]] bool full() const { return count_ == entries_.size(); }
    [[nodiscard]] std::size_t count() const { return count_; }
    void clear() { count_ = 0; }
    /// The destination of entry `index`, and the socket from which it leaves.
    [[nodiscard]] PeerIndex to(std::size_t index) const { return entries_[index].to; }
    [[nodiscard]] int socket(std::size_t index) const {
        return connected_ != nullptr ? (*connected_)[to(index)] : socket_;
    }

    /// Headers of the entries, in order, at the same address for the lifetime of the queue.
    [[nodiscard]] mmsghdr* headers() { return headers_.data(); }
    /// Takes the result of entry `index`: the number of bytes, or a negated errno. Repeats a failed
    /// send if that may help.
    void settle(std::size_t index, int result) {
        if (result >= 0) [[likely]]
            count_sent(index);
        else
            settle_failure(index, -result);
    }
    /// Whether one entry may hold several datagrams. True until a send fails because of
    /// UDP_SEGMENT.
    [[nodiscard]] bool segments() const { return segments_; }

private:
    struct alignas(64) Entry {
        iovec bytes;
        alignas(cmsghdr) std::byte control[CMSG_SPACE(sizeof(std::uint16_t))];
        std::uint32_t datagrams;
        std::uint32_t segment_size;
        PeerIndex to;
    };
    static_assert(sizeof(Entry) == 64, "an entry is a cache line");

    void count_sent(std::size_t index) {
        ++counters_.sends;
        counters_.datagrams_sent += entries_[index].datagrams;
    }
    void settle_failure(std::size_t index, int error);
    void count_refused(int error, std::uint64_t datagrams);
    [[nodiscard]] bool send_singly(std::size_t index);

    int socket_;
    const PeerTable& peers_;
    const SendSockets* connected_;
    Counters& counters_;
    bool segments_ = true;
    std::size_t count_ = 0;
    std::vector<Entry> entries_;
    std::vector<mmsghdr> headers_;
};

}  // namespace paxos::io
