// One turn of a node: decodes received bytes, takes a step, encodes what the step sends. Data moves
// in one direction.
//
// 1. A turn is one exchange and one step. The exchange sends the output of the last step and
//    receives what has arrived.
// 2. The clock is read once, after the exchange, so no message seems to arrive before it was sent.
// 3. A turn takes no lock, allocates nothing and takes no page fault. Its only system call is the
//    exchange.
//
// Turn is a template over protocol, limits, transport and clock, so that a real node and the
// simulator run the same code. A Transport has
//   arrivals_max                       maximum number of datagrams received in one exchange
//   std::size_t exchange();            sends and receives; returns how many receives got data
//   void send_only();                  like exchange(), but receives nothing; for Turn::send_only()
//   auto received() const;             a range of {bytes, size, segment_size, from}; iterated once
//   void note_heard(NodeId);           a valid datagram came from this node
//   void send(std::span<const Send>, NodeMask down, Tick now);     sent by the next exchange
// and a Clock has
//   Tick now() const;
#pragma once

#include <array>
#include <span>

#include "paxos/options.h"
#include "paxos/step.h"
#include "wire/wire.h"

namespace paxos {

/// The state of storage at a step: see Input. The default values are those of a node without
/// storage.
struct Durability {
    Sequence up_to = everything;
    std::span<std::byte> record_space{};
};

template <class Protocol, class Limits, class Transport, class Clock>
class Turn {
public:
    /// `transport`, `pool` and `events` outlive the turn. `pool`: Outbox::pool_size bytes, aligned
    /// to a cache line, for the messages that a step sends. `events`: space for the events of a
    /// step.
    Turn(const Options& options, const wire::Membership& membership, Transport& transport,
         Clock clock, std::byte* pool, std::span<Event> events)
        : transport_(transport),
          clock_(clock),
          wire_(membership),
          protocol_(options),
          output_(pool, events, options.datagram_size) {}

    std::size_t exchange() { return transport_.exchange(); }
    /// Sends without receiving, for a node that has no space for the records of a step.
    void send_only() { transport_.send_only(); }
    /// Restores the records of earlier incarnations. Call before the first step.
    void restore(std::span<const Message> records) { protocol_.restore(records); }
    /// `down`: see Input. `proposals(next_slot, now)` returns what may be proposed. REQUIRES:
    /// `durability` has space for the records of the step, or nothing was received since the last
    /// step.
    template <class ProposalsAt>
    void step(NodeMask down, ProposalsAt&& proposals, const Durability& durability = {}) {
        wire_.set_down(down);
        now_ = clock_.now();
        protocol_.step({.now = now_,
                        .arrivals = decode(),
                        .proposals = proposals(protocol_.next_slot(), now_),
                        .down = down,
                        .durable_up_to = durability.up_to,
                        .record_space = durability.record_space},
                       output_);
        const std::span<const Send> sends = output_.outbox.sends();
        if (!sends.empty())
            wire_.encode(sends,
                         {protocol_.learned(), protocol_.retained_from(), protocol_.contacts()});
        transport_.send(sends, down, now_);
        ++count_;
    }

    [[nodiscard]] const Protocol& protocol() const { return protocol_; }
    [[nodiscard]] const wire::Wire& wire() const { return wire_; }
    /// The output of the last step; valid until the next step.
    [[nodiscard]] const Output<Limits>& output() const { return output_; }
    [[nodiscard]] Tick now() const { return now_; }  ///< The time of the last step.
    [[nodiscard]] std::uint64_t count() const { return count_; }

private:
    std::span<const Arrival> decode() {
        std::size_t count = 0;
        for (const auto& received : transport_.received())
            count += wire_.decode({received.bytes, received.size}, received.segment_size,
                                  received.from, std::span{arrivals_}.subspan(count));
        for (std::size_t i = 0; i < count; ++i) transport_.note_heard(arrivals_[i].from);
        return {arrivals_.data(), count};
    }

    Transport& transport_;
    Clock clock_;
    wire::Wire wire_;
    Protocol protocol_;
    Output<Limits> output_;
    std::array<Arrival, Transport::arrivals_max> arrivals_{};
    Tick now_ = 0;
    std::uint64_t count_ = 0;
};

}  // namespace paxos
