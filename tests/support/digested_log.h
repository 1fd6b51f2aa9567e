// The log of a node on a board built by hand, for tests of how digests (hashes of the slots of a
// log) are compared.
#pragma once

#include <functional>
#include <map>
#include <memory>

#include "cluster/agreement.h"
#include "node/checkpointer.h"
#include "node/digest.h"
#include "node/digester.h"
#include "paxos/value_source.h"

namespace paxos::cluster {

/// A node that learns the slots that the test gives, and publishes digests of them.
class DigestedLog {
public:
    DigestedLog() : DigestedLog(0) {}
    /// A later incarnation of a node, whose log begins with slot `begin`.
    explicit DigestedLog(Slot begin)
        : digests_(std::make_unique<node::Digests>()),
          checkpoints_(std::make_unique<node::Checkpoints>()),
          digester_(std::make_unique<node::Digester>(*digests_, checkpoints_->own)),
          checkpointer_(*checkpoints_),
          begin_(begin) {
        digester_->begin(begin);
    }

    DigestedLog& learn(Slot first, Slot end, const std::function<Value(Slot)>& value_of) {
        for (Slot slot = first; slot < end; ++slot) {
            values_[slot] = value_of(slot);
            digester_->add(slot, node::digest_of(slot, values_[slot]), 1);
            if (slot + 1 == checkpointer_.next()) checkpointer_.reach(digester_->total());
        }
        digester_->complete(end);
        return *this;
    }
    DigestedLog& learn(Slot first, Slot end) {
        return learn(first, end, [](Slot slot) { return proposed(slot); });
    }
    /// Behaves as a node that was left behind: its log continues at `end`, and it never learns the
    /// slots between its log's previous end and `end`.
    DigestedLog& skip_to(Slot end) {
        skipped_ = {digester_->total().end, end};
        digester_->complete(end);
        if (end >= checkpointer_.next()) checkpointer_.reach(digester_->total());
        return *this;
    }
    /// Is notified that `node` has died and that the log of `node` ends at `end`. This node retains
    /// the values of its slots from `retained_from` on.
    DigestedLog& survive(NodeId node, Slot end, Slot retained_from = 0) {
        ended_.add(node);
        checkpointer_.note_ended(
            ended_, [&](NodeId) { return end; }, digester_->total(), retained_from, values_in());
        return *this;
    }
    /// Is notified that `node`, which had died, runs again. That node recovered the slots below
    /// `recovered`.
    DigestedLog& welcome(NodeId node, Slot recovered, Slot retained_from = 0) {
        ended_.remove(node);
        checkpointer_.note_ended(
            ended_, [&](NodeId) { return recovered; }, digester_->total(), retained_from,
            values_in());
        return *this;
    }
    /// Makes this node publish the sum of the hashes of the slots below `slot` once it has learned
    /// them.
    DigestedLog& want(Slot slot) {
        checkpointer_.want(slot);
        return *this;
    }
    /// Stops cleanly, and publishes a hash of each slot from `retained_from` on.
    DigestedLog& stop(Slot retained_from = 0) {
        checkpointer_.publish_retained(retained_from, digester_->total().end, values_in());
        return *this;
    }
    /// Adds the hash of `slot` to the digests, but does not publish that it was added
    /// (Digests::complete_end), like a node that is killed between these two steps.
    DigestedLog& write_unpublished(Slot slot) {
        digester_->add(slot, node::digest_of(slot, proposed(slot)), 1);
        return *this;
    }
    node::Digests& digests() { return *digests_; }
    node::Checkpoints& checkpoints() { return *checkpoints_; }
    [[nodiscard]] SlotRange skipped() const { return skipped_; }
    [[nodiscard]] LogOf log(NodeId node, bool stopped_cleanly) const {
        return {node, digests_.get(), checkpoints_.get(), stopped_cleanly, skipped_, begin_};
    }

    static Value proposed(Slot slot) { return ValueSource{7, 5}.value_of(0, slot); }

private:
    /// A function that returns the value of the first requested slot.
    std::function<std::span<const Value>(Slot, Slot)> values_in() {
        return [this](Slot first, Slot) { return std::span<const Value>{&values_.at(first), 1}; };
    }

    std::unique_ptr<node::Digests> digests_;
    std::unique_ptr<node::Checkpoints> checkpoints_;
    std::unique_ptr<node::Digester> digester_;
    node::Checkpointer checkpointer_;
    std::map<Slot, Value> values_;
    NodeMask ended_;
    SlotRange skipped_;
    Slot begin_;
};

}  // namespace paxos::cluster
