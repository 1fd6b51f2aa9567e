// The records of the oracle. For each slot they hold its proposals, the nodes that accepted each
// proposal, and the promises of each node.
//
// 1. The records are flat arrays with free lists. retire_below() retires slots about which no node
//    may send messages any more. Their entries are reused, so that the memory of the open slots
//    stays in the cache.
// 2. An index stays valid until its slot is retired. A pointer or reference stays valid only until
//    another slot or proposal is opened.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "paxos/message.h"

namespace paxos::sim {

struct Proposal {
    Ballot ballot;
    NodeMask by;  ///< The nodes that accepted this proposal.
    Value value;
    /// Index of the proposal that was added before this one, in the same slot; 0: none.
    std::uint32_t previous;
};

/// What a node has promised and accepted in a slot.
struct Votes {
    Ballot promised;  ///< Used only if each slot has its own promise.
    /// The last ballot for which the node sent a PREPARE in this slot.
    Ballot prepared;
    std::uint32_t accepted = 0;  ///< Index of the highest proposal that the node accepted; 0: none.
};

/// The record of a slot.
struct SlotRecord {
    std::uint32_t newest = 0;  ///< Index of the latest proposal; 0: none.
    std::uint32_t chosen = 0;  ///< Index of the chosen proposal; 0: none yet.
    /// Index of the votes of node 0. The votes of the other nodes follow. 0: no votes.
    std::uint32_t votes = 0;
    std::uint32_t reserved = 0;
};

class OracleRecords {
public:
    static constexpr Slot slots_max = 1'000'000;  ///< More than any world opens.

    void begin(std::size_t nodes) {
        nodes_ = nodes;
        records_.clear();
        proposals_.assign(1, Proposal{});
        votes_.assign(nodes, Votes{});
        free_proposals_.clear();
        free_votes_.clear();
        retired_below_ = 0;
    }

    [[nodiscard]] bool has(Slot slot) const { return slot >= retired_below_ && slot < slots_max; }
    /// REQUIRES: has(slot).
    [[nodiscard]] SlotRecord& open(Slot slot) {
        if (slot >= records_.size()) records_.resize(slot + 1);
        return records_[slot];
    }
    /// Null if `slot` is retired, or beyond all opened slots.
    [[nodiscard]] const SlotRecord* find(Slot slot) const {
        return slot >= retired_below_ && slot < records_.size() ? &records_[slot] : nullptr;
    }

    [[nodiscard]] Proposal& proposal(std::uint32_t index) { return proposals_[index]; }
    [[nodiscard]] const Proposal& proposal(std::uint32_t index) const { return proposals_[index]; }
    void add(SlotRecord& record, Ballot ballot, const Value& value) {
        const std::uint32_t index = take(free_proposals_, proposals_, 1);
        proposals_[index] = Proposal{ballot, {}, value, record.newest};
        record.newest = index;
    }

    /// Whether `value` was proposed at a ballot between `above` and `below`.
    [[nodiscard]] bool has_between(const SlotRecord& record, Ballot above, Ballot below,
                                   const Value& value) const {
        for (std::uint32_t index = record.newest; index != 0; index = proposals_[index].previous) {
            const Proposal& proposal = proposals_[index];
            if (above < proposal.ballot && proposal.ballot < below && proposal.value == value)
                return true;
        }
        return false;
    }

    [[nodiscard]] Votes& votes(SlotRecord& record, NodeId node) {
        if (record.votes == 0) {
            record.votes = take(free_votes_, votes_, nodes_);
            std::fill_n(votes_.begin() + record.votes, nodes_, Votes{});
        }
        return votes_[record.votes + node];
    }
    [[nodiscard]] const Votes& votes(const SlotRecord& record, NodeId node) const {
        // The first `nodes_` entries stay empty. All slots without votes share them.
        return votes_[record.votes + node];
    }

    void retire_below(Slot slot) {
        const Slot end = std::min<Slot>(slot, records_.size());
        for (; retired_below_ < end; ++retired_below_) {
            SlotRecord& record = records_[retired_below_];
            for (std::uint32_t index = record.newest; index != 0;
                 index = proposals_[index].previous)
                free_proposals_.push_back(index);
            if (record.votes != 0) free_votes_.push_back(record.votes);
            record = SlotRecord{};
        }
    }

private:
    template <class Thing>
    static std::uint32_t take(std::vector<std::uint32_t>& free, std::vector<Thing>& things,
                              std::size_t count) {
        if (free.empty()) {
            things.resize(things.size() + count);
            return static_cast<std::uint32_t>(things.size() - count);
        }
        const std::uint32_t index = free.back();
        free.pop_back();
        return index;
    }

    std::size_t nodes_ = 0;
    Slot retired_below_ = 0;
    std::vector<SlotRecord> records_;  // By slot.
    std::vector<Proposal> proposals_;
    std::vector<Votes> votes_;
    std::vector<std::uint32_t> free_proposals_, free_votes_;
};

}  // namespace paxos::sim
