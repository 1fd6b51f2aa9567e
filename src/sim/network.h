// The simulated network. It keeps datagrams in flight as bytes and loses, duplicates, delays and
// damages them. The nodes decode them with src/wire, as real nodes do.
//
// 1. A datagram to several nodes is stored once. A damaged datagram is a separate copy.
// 2. Datagrams arrive in the order of their due times. Those with equal due times arrive in the
//    order of sending.
// 3. The fate of each datagram is counted once, in Tally::datagrams. The world (the simulated
//    cluster) fails if a node accepts a damaged datagram or a datagram of a node that it knows to
//    have ended. The world also fails if a node rejects any other datagram, or rejects a datagram
//    for a wrong reason.
// 4. The memory grows to the largest number of datagrams in flight. Later worlds reuse it.
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

    /// Begins another world. `draw`, `weather` and `tally` must stay valid until the world ends.
    void begin(const Draw& draw, const Weather& weather, Tally& tally);
    /// From now on no datagram is delayed by more than `jitter_max_ns` beyond its latency. Unless
    /// `stays_lossy`, no datagram is damaged, lost or duplicated either. Datagrams already in
    /// flight are not changed.
    void heal(bool stays_lossy, Tick jitter_max_ns);

    /// A received datagram, valid until release().
    struct Received {
        const std::byte* bytes;
        std::size_t size;
        std::size_t segment_size;
        NodeId from;
    };

    /// Sends the datagrams of `sends`, which src/wire has encoded, from `from` to each recipient.
    void send(NodeId from, std::span<const Send> sends, Tick now);
    /// When the next datagram reaches `node`.
    [[nodiscard]] Tick next_at(NodeId node) const {
        return inboxes_[node].empty() ? never : inboxes_[node].front().due;
    }
    /// Receives at most `count_max` datagrams that have reached `node` by `now`. Returns their
    /// number.
    std::size_t receive(NodeId node, Tick now, std::size_t count_max);
    [[nodiscard]] std::size_t received_count() const { return received_.size(); }
    [[nodiscard]] Received received(std::size_t index) {
        const std::uint32_t place = received_[index].place;
        const Label& label = labels_[place];
        return {bytes_of(place), label.size, label.size, label.source};
    }
    /// Checks whether `wire` accepted or rejected received(index) correctly. Call it as soon as
    /// `wire` has decoded that datagram. `ended`: nodes that have ended, whose datagrams `wire`
    /// must reject.
    void check(NodeId node, std::size_t index, const wire::Wire& wire, NodeMask ended);
    /// Call for each accepted datagram that the protocol receives.
    void note_arrival() { ++arrivals_; }
    /// Messages in the datagrams that were accepted since receive(). A message about n slots counts
    /// as n.
    [[nodiscard]] std::size_t messages_received() const { return messages_received_; }
    /// Checks that every datagram was decoded, and that every accepted datagram was delivered to
    /// the protocol.
    void check_turn(NodeId node);
    /// Frees what receive() received.
    void release();
    /// Call when a node restarts, because its counters of rejections then begin at zero again.
    void restart(NodeId node) { rejected_[node].fill(0); }
    /// Call when a node has died. Drops the datagrams in its socket and those in flight to it.
    void bury(NodeId node);
    /// Call at the end of the world. Counts datagrams still in flight.
    void end();

    /// The hash of all accepted datagrams and of their times.
    [[nodiscard]] std::uint64_t hash() const { return hash_; }
    [[nodiscard]] const std::string& failure() const { return failure_; }

    static wire::Membership membership(NodeId self, std::size_t nodes);

private:
    struct Due {
        Tick due;
        std::uint32_t order;
        std::uint32_t place;
        /// Orders a heap such that its front is the datagram that is due first.
        bool operator<(const Due& other) const {
            return due != other.due ? due > other.due : order > other.order;
        }
    };
    struct alignas(64) Datagram {
        std::byte bytes[(damaged_size_max + 63) / 64 * 64];
    };
    /// What a node must do with a datagram: accept it, reject it for any reason, or reject it for
    /// the reason Label::why.
    enum class Fate : std::uint8_t { good, refused, refused_for };
    struct Label {
        std::uint32_t size;
        std::uint16_t references;
        NodeId source;
        Fate fate;
        wire::Rejection why;  // Used only with Fate::refused_for.
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
    [[nodiscard]] std::uint32_t damaged(std::uint32_t place, NodeId to, Damage how);
    void accept(NodeId node, const Due& datagram, NodeMask ended);
    void reject(NodeId node, const Label& label, wire::Rejection reason, NodeMask ended);
    void fail(const std::string& why);

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
    std::vector<Due> received_;
    std::size_t checked_ = 0, accepted_ = 0, arrivals_ = 0, messages_received_ = 0;
    std::array<std::array<std::uint64_t, wire::rejections>, world_nodes_max> rejected_{};
};

}  // namespace paxos::sim
