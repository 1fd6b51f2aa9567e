// The receives of one exchange (communicator.h): their buffers, headers and control messages, and
// how many to try. Used by both communicators.
//
// 1. A buffer holds any UDP payload, coalesced or not, so that nothing is truncated.
// 2. Lengths that the kernel overwrites are reset before each use.
// 3. What `received` returns stays in its buffer until the next `prepare`.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <sys/socket.h>

#include "base/huge_pages.h"
#include "io/communicator.h"

namespace paxos::io {

/// How many receives an exchange tries. An empty receive costs 0.25 us, so an exchange tries the
/// minimum while little arrives. If a receive is empty, the next exchange tries only as many as had
/// data, but at least the minimum. The number doubles after two exchanges in a row in which every
/// receive had data. A single such exchange is not enough: with a minimum of one, each single
/// datagram would make the next exchange try a second, empty receive.
class ReceiveCount {
public:
    ReceiveCount(std::size_t min, std::size_t max) : min_(min), max_(max), count_(min) {}
    [[nodiscard]] std::size_t get() const { return count_; }
    void adapt(std::size_t came) {
        if (came < count_) {
            count_ = std::max(came, min_);
            full_before_ = false;
        } else if (full_before_) {
            count_ = std::min(2 * count_, max_);
            full_before_ = false;
        } else {
            full_before_ = true;
        }
    }

private:
    std::size_t min_, max_;
    std::size_t count_;
    bool full_before_ = false;
};

class ReceiveBuffers {
public:
    /// Holds any UDP payload over IPv4 (65,507 bytes). Each buffer begins one cache line after the
    /// end of the previous buffer: otherwise the first lines of all buffers, which hold small
    /// datagrams, would compete for one set of the L1 cache.
    static constexpr std::size_t buffer_size_standard = 65536;

    /// `peers` and `counters` outlive the buffers. A smaller `buffer_size` is for tests of
    /// truncation.
    ReceiveBuffers(std::size_t receives_min, std::size_t receives_max, const PeerTable& peers,
                   Counters& counters, std::size_t buffer_size = buffer_size_standard);

    /// Discards what was received.
    void discard() { received_count_ = 0; }
    /// Discards what was received and prepares the first `count()` headers.
    void prepare();
    [[nodiscard]] std::size_t count() const { return count_.get(); }
    [[nodiscard]] mmsghdr* headers() { return headers_.data(); }
    /// Takes the result of receive `index`: the number of bytes, or a negated errno.
    void take(std::size_t index, int result);
    /// Call after the last `take` of an exchange. Adapts count(), and returns how many receives
    /// brought data.
    std::size_t finish();
    [[nodiscard]] std::span<const Received> received() const {
        return {received_.data(), received_count_};
    }
    /// Adds the growth of the kernel's counter of drops to `kernel_dropped`. `drops` is a reading
    /// of that counter, which wraps at 32 bits. An older reading changes nothing.
    void note_drops(std::uint32_t drops);

private:
    struct alignas(64) Block {
        std::array<std::byte, 64> bytes;
    };
    struct alignas(64) Slot {
        iovec bytes;
        Address from;
        /// Space for three control messages: the two that are enabled (UDP_GRO's int and
        /// SO_RXQ_OVFL's u32), and one more.
        alignas(cmsghdr) std::byte control[3 * CMSG_SPACE(sizeof(int))];
    };

    ReceiveCount count_;
    const PeerTable& peers_;
    Counters& counters_;
    std::uint32_t drops_seen_ = 0;
    std::size_t received_count_ = 0;
    std::vector<Block, HugePageAllocator<Block>> memory_;
    std::vector<Slot> slots_;
    std::vector<mmsghdr> headers_;
    std::vector<Received> received_;
};

}  // namespace paxos::io
