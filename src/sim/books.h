// The records of the oracle: for each slot its proposals, which nodes accepted which, and what each
// node promised.
//
// 1. Flat arrays with free lists: a retired slot's place is reused, so the memory in use is that of
//    the open slots and stays in the cache.
// 2. An index stays valid until its slot is retired; a pointer or reference only until another slot
//    or proposal is opened.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "paxos/message.h"

namespace paxos::sim {

struct Proposal {
    Ballot ballot;
    NodeMask by;  ///< The nodes that accepted it.
    Value value;
    std::uint32_t next;  ///< The slot's proposal before this one; 0: none.
};

/// What a node has promised and accepted in a slot.
struct Votes {
    Ballot promised;             ///< Used if each slot has its own promise.
    Ballot prepared;             ///< The last ballot for which it sent a PREPARE here.
    std::uint32_t accepted = 0;  ///< The highest proposal that it has accepted; 0: none.
};

struct Book {
    std::uint32_t newest = 0;  ///< Proposal; 0: none.
    std::uint32_t chosen = 0;  ///< Proposal; 0: none yet.
    std::uint32_t votes = 0;   ///< Place of its nodes' votes; 0: none yet.
    std::uint32_t reserved = 0;
};

class Books {
public:
    static constexpr Slot slots_max = 1'000'000;  ///< More than any world opens.

    void begin(std::size_t nodes) {
        nodes_ = nodes;
        books_.clear();
        proposals_.assign(1, Proposal{});
        votes_.assign(nodes, Votes{});
        free_proposals_.clear();
        free_votes_.clear();
        retired_below_ = 0;
    }

    [[nodiscard]] bool has(Slot slot) const { return slot >= retired_below_ && slot < slots_max; }
    /// REQUIRES: has(slot).
    [[nodiscard]] Book& open(Slot slot) {
        if (slot >= books_.size()) books_.resize(slot + 1);
        return books_[slot];
    }
    /// Null if no message named `slot` so far, or if it is retired.
    [[nodiscard]] const Book* find(Slot slot) const {
        return slot >= retired_below_ && slot < books_.size() ? &books_[slot] : nullptr;
    }

    [[nodiscard]] Proposal& proposal(std::uint32_t index) { return proposals_[index]; }
    [[nodiscard]] const Proposal& proposal(std::uint32_t index) const { return proposals_[index]; }
    void add(Book& book, Ballot ballot, const Value& value) {
        const std::uint32_t index = take(free_proposals_, proposals_, 1);
        proposals_[index] = Proposal{ballot, {}, value, book.newest};
        book.newest = index;
    }

    [[nodiscard]] Votes& votes(Book& book, NodeId node) {
        if (book.votes == 0) {
            book.votes = take(free_votes_, votes_, nodes_);
            std::fill_n(votes_.begin() + book.votes, nodes_, Votes{});
        }
        return votes_[book.votes + node];
    }
    [[nodiscard]] const Votes& votes(const Book& book, NodeId node) const {
        return votes_[book.votes + node];  // Place 0 is always empty.
    }

    void retire_below(Slot slot) {
        const Slot end = std::min<Slot>(slot, books_.size());
        for (; retired_below_ < end; ++retired_below_) {
            Book& book = books_[retired_below_];
            for (std::uint32_t index = book.newest; index != 0; index = proposals_[index].next)
                free_proposals_.push_back(index);
            if (book.votes != 0) free_votes_.push_back(book.votes);
            book = Book{};
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
    std::vector<Book> books_;  // By slot.
    std::vector<Proposal> proposals_;
    std::vector<Votes> votes_;
    std::vector<std::uint32_t> free_proposals_, free_votes_;
};

}  // namespace paxos::sim
