// Letters, and sets of letters. A letter is a numbered message of a search, with one recipient.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "paxos/message.h"

namespace paxos::sim {

using MessageId = std::uint32_t;

/// The cells of one message, and one recipient. Every letter that was ever sent has a number. A Bag
/// is a set of these numbers.
struct Letter {
    /// With 32-byte values, the first cell holds the message with one value, the second two values.
    static constexpr std::size_t cells_max = 2;

    NodeId to;
    std::array<Message, cells_max> cells{};

    Letter(NodeId recipient, std::span<const Message> sent) : to(recipient) {
        PAXOS_ASSERT(!sent.empty() && sent.size() <= cells_max);
        std::copy(sent.begin(), sent.end(), cells.begin());
    }
    [[nodiscard]] const Message& message() const { return cells.front(); }
    [[nodiscard]] std::span<const Message> sent() const {
        return std::span{cells}.first(message().cell_count());
    }
    bool operator==(const Letter&) const = default;
};
class Letters {
public:
    static constexpr std::size_t max = 512;

    MessageId of(const Letter& letter) {
        for (MessageId id = 0; id < letters_.size(); ++id)
            if (letters_[id] == letter) return id;
        letters_.push_back(letter);
        return static_cast<MessageId>(letters_.size() - 1);
    }
    [[nodiscard]] const Letter& at(MessageId id) const { return letters_[id]; }
    [[nodiscard]] std::size_t size() const { return letters_.size(); }

private:
    std::vector<Letter> letters_;
};

/// A set of letters.
struct Bag {
    std::array<std::uint64_t, Letters::max / 64> words{};

    [[nodiscard]] bool has(MessageId id) const { return words[id / 64] >> (id % 64) & 1; }
    void add(MessageId id) { words[id / 64] |= std::uint64_t{1} << (id % 64); }
    void remove(MessageId id) { words[id / 64] &= ~(std::uint64_t{1} << (id % 64)); }
    template <class Visit>
    void for_each(Visit&& visit) const {
        for (std::size_t i = 0; i < words.size(); ++i)
            for (std::uint64_t rest = words[i]; rest != 0; rest &= rest - 1)
                visit(static_cast<MessageId>(i * 64 +
                                             static_cast<std::size_t>(std::countr_zero(rest))));
    }
    bool operator==(const Bag&) const = default;
};

}  // namespace paxos::sim
