// One node of the real protocol by itself, for tests of rules that concern a single node. Tests
// give the node messages as if from other nodes, including forged and impossible ones, and read
// what the node sends.
#pragma once

#include <cstdlib>
#include <memory>
#include <vector>

#include "paxos/value_source.h"
#include "paxos/variants.h"
#include "support/value_of.h"

namespace paxos::test {

// Messages of each kind. A message is about one slot unless a count is given. The messages of
// prepare_log() and promise_rest() are about all slots from `slot` on.
inline Message prepare(Ballot ballot, Slot slot) {
    return {.kind = MessageKind::prepare,
            .from = ballot.node(),
            .reserved = {},
            .slot_count = 1,
            .slot = slot,
            .ballot = ballot,
            .detail = 0,
            .value = {}};
}
inline Message prepare_log(Ballot ballot, Slot slot) {
    Message message = prepare(ballot, slot);
    message.slot_count = 0;
    return message;
}
inline Message promise(NodeId from, Ballot ballot, Slot slot, Ballot accepted = {},
                       const Value& value = {}) {
    return {.kind = MessageKind::promise,
            .from = from,
            .reserved = {},
            .slot_count = 1,
            .slot = slot,
            .ballot = ballot,
            .detail = accepted.bits(),
            .value = value};
}
/// A PROMISE that reports nothing accepted from `slot` on.
inline Message promise_rest(NodeId from, Ballot ballot, Slot slot) {
    Message message = promise(from, ballot, slot);
    message.slot_count = 0;
    return message;
}
inline Message accept(Ballot ballot, Slot slot, const Value& value) {
    return {.kind = MessageKind::accept,
            .from = ballot.node(),
            .reserved = {},
            .slot_count = 1,
            .slot = slot,
            .ballot = ballot,
            .detail = 0,
            .value = value};
}
inline Message accepted(NodeId from, Ballot ballot, Slot slot, const Value& value) {
    Message message = accept(ballot, slot, value);
    message.kind = MessageKind::accepted;
    message.from = from;
    return message;
}
inline Message decide(NodeId from, Ballot ballot, Slot slot, NodeMask by, const Value& value,
                      std::uint32_t slot_count = 1) {
    return {.kind = MessageKind::decide,
            .from = from,
            .reserved = {},
            .slot_count = slot_count,
            .slot = slot,
            .ballot = ballot,
            .detail = by.bits(),
            .value = value};
}
inline Message nack(NodeId from, Ballot refused, Slot slot, Ballot promised) {
    return {.kind = MessageKind::nack,
            .from = from,
            .reserved = {},
            .slot_count = 1,
            .slot = slot,
            .ballot = refused,
            .detail = promised.bits(),
            .value = {}};
}
inline Message learn(NodeId from, Slot slot, std::uint32_t slot_count) {
    return {.kind = MessageKind::learn,
            .from = from,
            .reserved = {},
            .slot_count = slot_count,
            .slot = slot,
            .ballot = {},
            .detail = 0,
            .value = {}};
}
inline NodeMask nodes(std::initializer_list<NodeId> members) {
    NodeMask mask;
    for (const NodeId node : members) mask.add(node);
    return mask;
}

struct Sent {
    NodeMask to;
    Message message;
};

template <template <class> class Variant, class Limits = limits::Tiny>
class Subject {
public:
    explicit Subject(const Options& options, std::size_t events_max = 0)
        : options_(options),
          events_(events_max),
          pool_(static_cast<std::byte*>(std::aligned_alloc(64, Outbox<Limits>::pool_size)),
                &std::free),
          protocol_(std::make_unique<Replica<Limits, Variant>>(options)),
          output_(std::make_unique<Output<Limits>>(pool_.get(), events_)),
          values_(2 * Limits::window_max) {}

    /// Lets the node propose in the slots below `end`, in at most `window` slots at a time. The
    /// value for slot s is own_value(s).
    void offer(Slot end, std::uint32_t window = 1) {
        end_ = end;
        window_ = window;
    }
    [[nodiscard]] static Value own_value(Slot slot) { return value_of(1'000'000 + slot); }

    /// Takes a step with `messages`, each of which arrives in a datagram of its own. Returns the
    /// messages that the node sends, in order.
    const std::vector<Sent>& step(const std::vector<Message>& messages = {}) {
        std::vector<Arrival> arrivals;
        for (const Message& message : messages)
            arrivals.push_back({message.from,
                                learned_[message.from],
                                retained_from_[message.from],
                                {&message, 1}});
        return step_with(arrivals);
    }
    /// Takes a step with a datagram that has a header and no messages. The header states that
    /// `from` has learned all slots below `learned`, and retains the slots from `retained_from` on.
    const std::vector<Sent>& header(NodeId from, Slot learned, Slot retained_from = 0) {
        learned_[from] = learned;
        retained_from_[from] = retained_from;
        return step_with({{from, learned, retained_from, {}}});
    }
    /// From the next step on, the node knows that `nodes` have ended.
    void end(NodeMask nodes) { ended_ = nodes; }

    /// From now on the node keeps records. None is durable until make_durable().
    void keep_records() {
        space_.resize(Records<Limits>::step_bytes_max / sizeof(Message));
        durable_up_to_ = 0;
    }
    /// Makes all records so far durable. Takes effect in the next step.
    void make_durable() { durable_up_to_ = output_->records.sequence(); }
    /// From now on there is no space for records.
    void fill_disk() { space_.clear(); }
    [[nodiscard]] const std::vector<Message>& records() const { return records_; }
    /// The node's state as records.
    [[nodiscard]] std::vector<Message> checkpoint() const {
        std::vector<Message> cells(checkpoint_bytes_max<Limits> / sizeof(Message));
        const std::size_t size = protocol_->checkpoint(std::as_writable_bytes(std::span{cells}));
        cells.resize(size / sizeof(Message));
        return cells;
    }
    void restore(const std::vector<Message>& records) { protocol_->restore(records); }

    void move_clock(Tick time) { now_ += time; }
    const std::vector<Sent>& advance(Tick time) {
        move_clock(time);
        return step();
    }
    /// Lets time pass in steps that are too short to count as a pause. Afterwards, sent() returns
    /// the messages of the last step.
    void pass(Tick time) {
        for (; time > 1'000'000; time -= 1'000'000) advance(1'000'000);
        advance(time);
    }
    const std::vector<Sent>& step_with(const std::vector<Arrival>& arrivals) {
        const Slot next = protocol_->next_slot();
        for (Slot slot = next; slot < next + values_.size(); ++slot)
            values_[slot & (values_.size() - 1)] = own_value(slot);
        const Proposals proposals{.end = std::min(end_, next + values_.size()),
                                  .values = values_.data(),
                                  .mask = values_.size() - 1,
                                  .window = window_};
        protocol_->step({.now = now_,
                         .arrivals = arrivals,
                         .proposals = proposals,
                         .down = ended_,
                         .durable_up_to = durable_up_to_,
                         .record_space = std::as_writable_bytes(std::span{space_})},
                        *output_);
        const auto made = output_->records.bytes();
        const auto* first = reinterpret_cast<const Message*>(made.data());
        records_.insert(records_.end(), first, first + made.size() / sizeof(Message));
        sent_.clear();
        for (const Send& send : output_->outbox.sends())
            for (std::size_t i = 0; i < send.cell_count(); ++i)
                sent_.push_back({send.to, *send.message(i)});
        return sent_;
    }

    [[nodiscard]] const std::vector<Sent>& sent() const { return sent_; }
    /// The messages of `kind` sent in the last step.
    [[nodiscard]] std::vector<Sent> sent(MessageKind kind) const {
        std::vector<Sent> some;
        for (const Sent& one : sent_)
            if (one.message.kind == kind) some.push_back(one);
        return some;
    }
    /// The message that was sent in the last step. If the node sent no message or more than one,
    /// the returned message has the kind none.
    [[nodiscard]] Message answer() const {
        return sent_.size() == 1 ? sent_.front().message : Message{};
    }
    [[nodiscard]] const Output<Limits>& output() const { return *output_; }
    [[nodiscard]] ViolationKind violation() const { return output_->violation.kind; }
    [[nodiscard]] const Replica<Limits, Variant>& node() const { return *protocol_; }
    [[nodiscard]] Tick now() const { return now_; }

private:
    Options options_;
    std::vector<Event> events_;  // Space for the events of a step.
    std::unique_ptr<std::byte, decltype(&std::free)> pool_;
    std::unique_ptr<Replica<Limits, Variant>> protocol_;
    std::unique_ptr<Output<Limits>> output_;
    std::vector<Value> values_;
    std::vector<Sent> sent_;
    std::array<Slot, limits::nodes_max> learned_{};
    std::array<Slot, limits::nodes_max> retained_from_{};
    NodeMask ended_;
    Sequence durable_up_to_ = everything;
    std::vector<Message> space_, records_;
    Slot end_ = 0;
    std::uint32_t window_ = 1;
    Tick now_ = 1'000'000;
};

/// Options of node `self` of `nodes`, with the default times and one slot per message.
inline Options options_of(NodeId self, std::size_t nodes, std::size_t proposers = 1) {
    Options options;
    options.self = self;
    options.nodes = nodes;
    options.proposers = proposers;
    options.runs = false;
    return options;
}

}  // namespace paxos::test
