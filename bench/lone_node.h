// One node of the real protocol, to which core_bench.cpp passes the messages of its peers.
//
// In this benchmark a round is not one slot, but `round_slots` consecutive slots that are decided
// together: each kind of message is handled for all these slots before the next kind. The messages
// of a round are written while the timer is stopped. They are grouped into datagrams, as messages
// from the network would be.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <vector>

#include "paxos/options.h"
#include "paxos/step.h"
#include "paxos/value_source.h"

namespace paxos::bench {

using Sizes = limits::Standard;

inline constexpr std::size_t cluster_nodes = 5;
/// The number of slots in a round. It is a multiple of every measured batch.
inline constexpr std::size_t round_slots = 3 * limits::messages_per_send;
static_assert(round_slots <= Sizes::window_max);

/// The messages of one kind that a node sends in a round. Each covers `slots_in_message` slots.
class Stage {
public:
    /// `batch` messages go into one step.
    Stage(NodeId from, std::size_t batch, std::size_t slots_in_message = 1)
        : from_(from),
          slots_in_message_(slots_in_message),
          messages_(round_slots / slots_in_message) {
        const std::size_t in_datagram = std::min(batch, limits::messages_per_datagram);
        for (std::size_t i = 0; i < messages_.size(); i += in_datagram)
            arrivals_.push_back({from, 0, 0, std::span{messages_}.subspan(i, in_datagram)});
        arrivals_in_step_ = batch / in_datagram;
        next_ = arrivals_.size();
    }
    Stage(const Stage&) = delete;  // `arrivals_` points into `messages_`.
    Stage& operator=(const Stage&) = delete;

    /// Writes the messages of the round that begins at `first`; all slots below `first` are
    /// learned. `message_of(slot)` returns a message without its sender and slot count.
    template <class MessageOf>
    void write(Slot first, MessageOf&& message_of) {
        for (std::size_t i = 0; i < messages_.size(); ++i) {
            messages_[i] = message_of(first + i * slots_in_message_);
            messages_[i].from = from_;
            messages_[i].slot_count = static_cast<std::uint32_t>(slots_in_message_);
        }
        for (Arrival& arrival : arrivals_) arrival.learned = first;
        next_ = 0;
    }
    /// Whether all messages of the round were taken, or none were written yet.
    [[nodiscard]] bool is_over() const { return next_ == arrivals_.size(); }
    /// The datagrams of the next step.
    [[nodiscard]] std::span<const Arrival> take() {
        const std::span<const Arrival> taken = std::span{arrivals_}.subspan(next_,
                                                                            arrivals_in_step_);
        next_ += arrivals_in_step_;
        return taken;
    }

private:
    NodeId from_;
    std::size_t slots_in_message_;
    std::vector<Message> messages_;
    std::vector<Arrival> arrivals_;
    std::size_t arrivals_in_step_ = 1;
    std::size_t next_ = 0;
};

template <class Protocol>
class LoneNode {
public:
    explicit LoneNode(NodeId self)
        : pool_(new(std::align_val_t{64}) std::byte[Outbox<Sizes>::pool_size]{}),
          protocol_(std::make_unique<Protocol>(options_of(self))),
          output_(std::make_unique<Output<Sizes>>(pool_.get())),
          values_(2 * Sizes::window_max) {}

    /// Passes the same time to every step, so that no timer expires.
    void step(std::span<const Arrival> arrivals) {
        protocol_->step({.now = 1'000'000, .arrivals = arrivals, .proposals = proposals_},
                        *output_);
    }
    /// Handles all messages of a stage, outside the measured time.
    void step_through(Stage& stage) {
        while (!stage.is_over()) step(stage.take());
    }
    /// Opens the slots of the round that begins at `first`. The peers report that they have learned
    /// all slots below `first`.
    void open_round(Slot first) {
        for (Slot slot = first; slot < first + round_slots; ++slot)
            values_[slot % values_.size()] = value_of(slot);
        proposals_ = {.end = first + round_slots,
                      .values = values_.data(),
                      .mask = values_.size() - 1,
                      .window = round_slots};
        std::vector<Arrival> headers;
        for (NodeId node = 1; node < cluster_nodes; ++node)
            headers.push_back({.from = node, .learned = first, .retained_from = 0, .messages = {}});
        step(headers);
    }

    [[nodiscard]] const Protocol& protocol() const { return *protocol_; }
    [[nodiscard]] const Output<Sizes>& output() const { return *output_; }
    [[nodiscard]] static Value value_of(Slot slot) {
        return ValueSource(1, cluster_nodes).value_of(0, slot);
    }

private:
    struct Free {
        void operator()(std::byte* pool) const { ::operator delete[](pool, std::align_val_t{64}); }
    };
    static Options options_of(NodeId self) {
        Options options;
        options.self = self;
        options.nodes = cluster_nodes;
        options.runs = false;  // The benchmarks expect one answer per slot.
        return options;
    }

    std::unique_ptr<std::byte[], Free> pool_;
    std::unique_ptr<Protocol> protocol_;
    std::unique_ptr<Output<Sizes>> output_;
    std::vector<Value> values_;
    Proposals proposals_;
};

}  // namespace paxos::bench
