// What a decided slot adds to the digest of its interval (see digester.h).
#pragma once

#include <array>

#include "paxos/message.h"
#include "paxos/random.h"

namespace paxos::node {

/// One value in two slots, two values swapped, a bit flipped: each gives another digest. Slot and
/// words, each by an odd number of its own, are summed, so that no single one of them can change
/// without the sum; a word's upper half is folded into its lower one before, or the highest bits of
/// two words would cancel each other. The sum is mixed, so that digests do not add up to the same
/// when slots exchange their values. No branch, and no product wider than a word: a loop over slots
/// makes several at a time.
[[nodiscard]] constexpr std::uint64_t digest_of(Slot slot, const Value& value) {
    constexpr auto odds = [] {
        std::array<std::uint64_t, 1 + std::tuple_size_v<decltype(Value::words)>> numbers{};
        for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = mix(i + 1) | 1;
        return numbers;
    }();
    std::uint64_t sum = (slot + 1) * odds[0];  // Slot 0 is one, too.
    for (std::size_t i = 0; i < value.words.size(); ++i)
        sum += (value.words[i] ^ value.words[i] >> 32) * odds[i + 1];
    return mix(sum);
}

}  // namespace paxos::node
