// Datagrams under way, as bytes: sent, lost, doubled, delayed, spoiled, received through wire as
// real nodes do.
//
// 1. A datagram that goes to many is kept once. A spoiled one is a copy of its own.
// 2. What is due first arrives first; who is due at the same time stays in the order of sending.
// 3. Each datagram ends in one place of the ledger. One that was not spoiled and that wire refuses,
//    or the other way round, is a failure; so is a refusal for another reason than the right one.
// 4. Its memory grows to what a world has under way at a time, and is used for one world after the
//    other.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/draw.h"
#include "sim/tally.h"
#include "sim/weather.h"
#include "wire/wire.h"

namespace paxos::sim {

class Network {
public:
    static constexpr Tick never = ~Tick{0};

    /// Another world begins. `draw`, `weather` and `tally` outlive it.
    void begin(const Draw& draw, const Weather& weather, Tally& tally);
    /// Nothing is spoiled, lost or doubled any more, nothing delayed for longer than
    /// `jitter_max_ns` beyond its latency. What is under way stays so.
    void heal(bool stays_lossy, Tick jitter_max_ns);

    /// The datagrams of `sends`, which wire has framed, from `from` to each of their nodes.
    void send(NodeId from, std::span<const Send> sends, Tick now);
    /// When the next one reaches `node`.
    [[nodiscard]] Tick next_at(NodeId node) const {
        return inboxes_[node].empty() ? never : inboxes_[node].front().due;
    }
    /// What has reached `node` by `now`, at most `count_max` datagrams, through its `wire`. Stands
    /// until release(). `ended`: the ended nodes, whose datagrams its wire rejects.
    [[nodiscard]] std::span<const Arrival> receive(NodeId node, Tick now, std::size_t count_max,
                                                   wire::Wire& wire, NodeMask ended);
    /// What was received has been read.
    void release();
    /// A node has died: so has what waits there.
    void bury(NodeId node);
    /// The world is over: counts what is still under way.
    void end();

    /// Changes with every datagram that was received, and when.
    [[nodiscard]] std::uint64_t hash() const { return hash_; }
    [[nodiscard]] const std::string& failure() const { return failure_; }

    static wire::Membership membership(NodeId self, std::size_t nodes);

private:
    struct Due {
        Tick due;
        std::uint32_t order;
        std::uint32_t place;
        /// For a heap whose front is the earliest.
        bool operator<(const Due& other) const {
            return due != other.due ? due > other.due : order > other.order;
        }
    };
    struct alignas(64) Datagram {
        std::byte bytes[(spoiled_size_max + 63) / 64 * 64];
    };
    enum class Fate : std::uint8_t { good, refused, refused_for };
    struct Label {
        std::uint32_t size;
        std::uint16_t references;
        NodeId source;
        Fate fate;
        wire::Rejection why;  // With Fate::refused_for.
    };
    static constexpr std::size_t chunk = 64;
    static constexpr NodeId stranger = limits::nodes_max;

    [[nodiscard]] std::byte* bytes_of(std::uint32_t place) {
        return chunks_[place / chunk][place % chunk].bytes;
    }
    std::uint32_t take_place();
    void drop(std::uint32_t place);
    std::uint32_t copy(const std::byte* bytes, std::size_t size, NodeId source);
    void carry(std::uint32_t place, NodeId from, NodeId to, Tick now);
    void deliver(std::uint32_t place, NodeId from, NodeId to, Tick now, std::uint64_t chance);
    void put(std::uint32_t place, NodeId to, Tick due);
    [[nodiscard]] std::uint32_t spoiled(std::uint32_t place, NodeId to, Spoil how);
    void check(NodeId node, std::uint32_t place, bool is_accepted, const wire::Wire& wire,
               NodeMask ended);

    const Draw* draw_ = nullptr;
    const Weather* weather_ = nullptr;
    Tally* tally_ = nullptr;
    Faults faults_;
    Random random_{0};
    std::uint32_t order_ = 0;
    std::uint64_t hash_ = 0;
    std::string failure_;
    std::vector<std::unique_ptr<Datagram[]>> chunks_;
    std::vector<Label> labels_;
    std::vector<std::uint32_t> free_;
    std::array<std::vector<Due>, world_nodes_max> inboxes_;
    std::array<std::array<Tick, world_nodes_max>, world_nodes_max> last_due_{};
    std::vector<std::uint32_t> received_;
    std::vector<Arrival> arrivals_;
    std::array<std::array<std::uint64_t, wire::rejections>, world_nodes_max> rejected_{};
};

}  // namespace paxos::sim
