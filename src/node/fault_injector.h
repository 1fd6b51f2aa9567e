// Injects random network faults into the datagrams that pass from src/wire to src/io. A seed
// determines the faults.
//
// 1. Every injected fault is counted.
// 2. Memory is fixed. If no buffer is free, a datagram that must wait is dropped and counted as
//    lost.
// 3. Datagrams without a delay are sent in batches, as in a run without faults. If they were sent
//    one by one, a run with faults would measure the cost of these sends instead of the cost of the
//    faults.
#pragma once

#include <span>
#include <vector>

#include "node/plan.h"
#include "paxos/outbox.h"
#include "paxos/random.h"

namespace paxos::node {

class FaultInjector {
public:
    struct Counters {
        std::uint64_t lost = 0, duplicated = 0, reordered = 0, corrupted = 0, delayed = 0;
    };
    /// Contiguous datagrams to send. Each has `datagram_size` bytes, but the last may be shorter.
    struct Batch {
        NodeId to;
        const std::byte* bytes;
        std::size_t size;
    };
    /// The maximum number of batches that due() returns. More batches wait for a later turn. This
    /// is also the maximum number of datagrams without a delay that share batches in a turn. Each
    /// further datagram is a batch of its own.
    static constexpr std::size_t datagrams_per_turn = 2048;

    /// `datagram_size`: bytes of a full datagram.
    FaultInjector(const Faults& faults, std::uint64_t seed, std::size_t datagram_size);

    /// Takes every datagram of `sends`, once for each recipient, and draws its faults.
    void take(std::span<const Send> sends, Tick now);
    /// The datagrams that are due. Valid until the next call of `take`.
    [[nodiscard]] std::span<const Batch> due(Tick now);
    [[nodiscard]] const Counters& counters() const { return counters_; }

private:
    static constexpr std::size_t waiting_max = 4096;  // Limit of delayed datagrams (5.8 MiB).
    /// A reordered datagram is delayed by one to two times `reorder_ns`, so that datagrams of later
    /// turns overtake it. The delay can be longer than the minimum retransmission timeout (250 us),
    /// so some messages of the datagram may be retransmitted. A duplicate is sent less than
    /// `reorder_ns` after the original.
    static constexpr Tick reorder_ns = 200'000;

    struct alignas(64) Waiting {
        std::byte bytes[limits::datagram_size];
        std::size_t size;
        Tick due_at;
        NodeId to;
    };

    void decide(NodeId to, std::span<const std::byte> datagram, Tick now);
    void send(NodeId to, std::span<const std::byte> datagram, Tick now, Tick due_at);
    void pack(NodeId to, std::span<const std::byte> datagram);
    void wait(NodeId to, std::span<const std::byte> datagram, Tick due_at);
    void copy(std::byte* place, std::span<const std::byte> datagram);
    [[nodiscard]] bool draws(double fraction) {
        return fraction > 0 && random_.fraction() < fraction;
    }

    Faults faults_;
    const std::size_t datagram_size_;
    Random random_;
    Counters counters_;
    std::vector<Waiting> waiting_;
    std::vector<std::uint32_t> free_;      // Unused indexes of `waiting_`.
    std::vector<std::uint32_t> occupied_;  // Used indexes of `waiting_`, oldest first.
    std::vector<std::uint32_t> handed_;    // Indexes that `due` returned; free at the next `take`.
    std::vector<std::byte> packed_;        // Datagrams without a delay, contiguous.
    std::size_t packed_size_ = 0;
    std::size_t packed_count_ = 0;  // Number of datagrams in `packed_`.
    std::vector<Batch> due_;
};

}  // namespace paxos::node
