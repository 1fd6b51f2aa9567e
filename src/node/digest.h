// The hash of a decided slot, to be added to the digest of its interval (digester.h).
#pragma once

#include <array>

#include "paxos/message.h"
#include "paxos/random.h"

namespace paxos::node {

/// The digest of an interval is the sum of these hashes. It must change if a bit flips, if two
/// slots swap their values, or if a value is in another slot. Therefore:
/// - The slot and each word of the value are multiplied by different odd numbers and summed. A
///   change of any one of them changes the sum.
/// - The upper half of a word is first folded into its lower half. Without this, flipping the
///   highest bits of two words would leave the sum unchanged.
/// - The bits of this sum are mixed, which gives the hash of the slot. Without this, the digest of
///   an interval would not change if two of its slots swapped values.
///
/// There is no branch and no product wider than a word, so that the compiler vectorises a loop over
/// slots.
[[nodiscard]] constexpr std::uint64_t digest_of(Slot slot, const Value& value) {
    constexpr auto odds = [] {
        std::array<std::uint64_t, 1 + std::tuple_size_v<decltype(Value::words)>> numbers{};
        for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = mix(i + 1) | 1;
        return numbers;
    }();
    std::uint64_t sum = (slot + 1) * odds[0];  // + 1, so that slot 0 changes the sum.
    for (std::size_t i = 0; i < value.words.size(); ++i)
        sum += (value.words[i] ^ value.words[i] >> 32) * odds[i + 1];
    return mix(sum);
}

}  // namespace paxos::node
