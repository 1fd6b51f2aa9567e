// Connects a simulated node's turn to the network.
//
// 1. exchange() only receives. The Player (player.h) sends the output of a step after it has
//    checked the step.
// 2. The turn decodes one datagram after the other. After each datagram, the network checks whether
//    the node's wire::Wire accepted or rejected it correctly.
#pragma once

#include <span>

#include "sim/network.h"
#include "wire/wire.h"

namespace paxos::sim {

class Transport {
public:
    static constexpr std::size_t arrivals_max = limits::receives_per_turn *
                                                limits::datagrams_per_send;

    Transport(Network& network, NodeId self) : network_(&network), self_(self) {}
    /// Call before the first exchange. `wire` belongs to the turn that uses this transport. The
    /// constructor cannot take `wire`, because the turn is constructed after the transport.
    void set_wire(const wire::Wire& wire) { wire_ = &wire; }
    /// The next exchange receives at most `count_max` datagrams that are due by `now`.
    void prepare(Tick now, std::size_t count_max, NodeMask ended) {
        now_ = now;
        count_max_ = count_max;
        ended_ = ended;
    }

    std::size_t exchange() { return network_->receive(self_, now_, count_max_); }

    /// Advancing past a datagram checks whether `wire_` accepted or rejected it correctly.
    class Iterator {
    public:
        Iterator(const Transport& transport, std::size_t index)
            : transport_(&transport), index_(index) {}
        Network::Received operator*() const { return transport_->network_->received(index_); }
        Iterator& operator++() {
            const Transport& to = *transport_;
            to.network_->check(to.self_, index_++, *to.wire_, to.ended_);
            return *this;
        }
        bool operator==(const Iterator& other) const { return index_ == other.index_; }

    private:
        const Transport* transport_;
        std::size_t index_;
    };
    struct Range {
        Iterator first, last;
        [[nodiscard]] Iterator begin() const { return first; }
        [[nodiscard]] Iterator end() const { return last; }
    };
    [[nodiscard]] Range received() const {
        return {{*this, 0}, {*this, network_->received_count()}};
    }
    void note_heard(NodeId /*node*/) { network_->note_arrival(); }
    void send(std::span<const Send> /*sends*/, NodeMask /*ended*/, Tick /*now*/) {}

private:
    Network* network_;
    const wire::Wire* wire_ = nullptr;
    NodeId self_;
    Tick now_ = 0;
    std::size_t count_max_ = 0;
    NodeMask ended_;
};

/// A node's clock, which may differ from the time of the world. `time` outlives it.
struct Clock {
    const Tick* time;
    [[nodiscard]] Tick now() const { return *time; }
};

}  // namespace paxos::sim
