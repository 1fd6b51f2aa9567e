// The receives of one turn: buffers, headers, the control messages parsed, and how many to try.
// Same for both engines.
//
// 1. A buffer holds any UDP payload, coalesced ones too, so that nothing is truncated.
// 2. Lengths that the kernel overwrites are set anew before each use.
// 3. What `received` shows stays in its buffer until the next `prepare`.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <sys/socket.h>

#include "io/communicator.h"

namespace paxos::io {

/// How many receives an exchange tries. An empty one costs 0.25 us, so while little arrives it is
/// the fewest allowed; a queue that fills us twice running is worth doubling for, and the first
/// empty receive says how many were enough. Twice, because a lone datagram fills a lone receive:
/// after each one the next turn would poll in vain twice.
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
    /// Any UDP payload over IPv4 (65,507 bytes). Buffers stand a cache line further apart than
    /// their size: the heads of all buffers, where small datagrams lie, would else compete for one
    /// set of the L1 cache.
    static constexpr std::size_t buffer_size_standard = 65536;

    /// `peers` and `counters` outlive the buffers. A `buffer_size` below the standard is for tests of
    /// truncation.
    ReceiveBuffers(std::size_t receives_min, std::size_t receives_max, const PeerTable& peers,
                   Counters& counters, std::size_t buffer_size = buffer_size_standard);

    /// Forgets what was received and makes the first `count()` headers ready.
    void prepare();
    [[nodiscard]] std::size_t count() const { return count_.get(); }
    [[nodiscard]] mmsghdr* headers() { return headers_.data(); }
    /// What the kernel said of receive `index`: bytes, or an errno negated.
    void take(std::size_t index, int result);
    /// All receives of this turn were taken. Returns how many brought something.
    std::size_t finish();
    [[nodiscard]] std::span<const Received> received() const {
        return {received_.data(), received_count_};
    }
    /// The kernel's count of drops, as read now. It wraps at 32 bits; an older reading changes
    /// nothing.
    void note_drops(std::uint32_t drops);

private:
    struct alignas(64) Block {
        std::array<std::byte, 64> bytes;
    };
    struct alignas(64) Slot {
        iovec bytes;
        Address from;
        /// Room for the two control messages that we ask for, an int and a u32, and one more to be
        /// safe.
        alignas(cmsghdr) std::byte control[3 * CMSG_SPACE(sizeof(int))];
    };

    ReceiveCount count_;
    const PeerTable& peers_;
    Counters& counters_;
    std::uint32_t drops_seen_ = 0;
    std::size_t received_count_ = 0;
    std::vector<Block> memory_;
    std::vector<Slot> slots_;
    std::vector<mmsghdr> headers_;
    std::vector<Received> received_;
};

}  // namespace paxos::io
