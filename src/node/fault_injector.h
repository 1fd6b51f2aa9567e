// A bad network, on purpose and from a seed: stands between wire and io in a real run, datagram by
// datagram.
//
// 1. What it does it counts; nothing is lost here that is not counted as injected.
// 2. Its memory is fixed: a datagram that finds no room to wait in is lost, and counted as such.
// 3. What goes out at once goes out in batches, as it would without: a run with faults is to show
//    what faults cost, not what sending datagrams one by one costs.
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
    /// Datagrams on their way out, one behind the other, each limits::datagram_size long but for
    /// the last.
    struct Batch {
        NodeId to;
        const std::byte* bytes;
        std::size_t size;
    };
    /// Datagrams that one turn hands out at most, and so batches; the others wait for the next.
    static constexpr std::size_t datagrams_per_turn = 2048;

    FaultInjector(const Faults& faults, std::uint64_t seed);

    /// Takes every datagram of `sends`, for each of its peers, and decides its fate.
    void take(std::span<const Send> sends, Tick now);
    /// All whose time has come. They stay valid until the next call of `take`.
    [[nodiscard]] std::span<const Batch> due(Tick now);
    [[nodiscard]] const Counters& counters() const { return counters_; }

private:
    static constexpr std::size_t room = 4096;  // Datagrams waiting: 5.5 MiB.
    /// A datagram that is reordered waits this long at least: longer than a turn, shorter than
    /// patience.
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
    Random random_;
    Counters counters_;
    std::vector<Waiting> waiting_;
    std::vector<std::uint32_t> free_;      // Places of `waiting_` that hold nothing.
    std::vector<std::uint32_t> occupied_;  // Places that do, oldest first.
    std::vector<std::uint32_t> handed_;    // Handed out by `due`, free again at the next `take`.
    std::vector<std::byte> packed_;        // What goes out at once, without gaps.
    std::size_t packed_size_ = 0;
    std::size_t packed_count_ = 0;  // Datagrams.
    std::vector<Batch> due_;
};

}  // namespace paxos::node
