// The values that nodes propose: given texts, or values generated from seed, proposer and slot.
// Every node can therefore check that a decided value was proposed for its slot (S22).
#pragma once

#include <array>
#include <span>

#include "paxos/message.h"
#include "paxos/random.h"

namespace paxos {

class ValueSource {
    static constexpr std::size_t words = std::tuple_size_v<decltype(Value::words)>;
    /// From its third word on, a value is a linear congruential sequence (Steele, Vigna:
    /// "Computationally easy, spectrally good multipliers", 2022). Each word is computed directly:
    /// `bits * factors[i] + terms_[i]`. Computing each word from the word before it would prevent
    /// vectorisation.
    static constexpr std::uint64_t multiplier = 0xd1342543de82ef95;
    static constexpr std::array<std::uint64_t, words> factors = [] {
        std::array<std::uint64_t, words> powers{1, 1};
        for (std::size_t i = 2; i < words; ++i) powers[i] = powers[i - 1] * multiplier;
        return powers;
    }();

    /// Calls `take(i, word)` for each word of the value that `proposer` proposes for `slot`.
    /// Defined before its callers, as clang requires in constant expressions.
    template <class Take>
    constexpr void generate(std::uint64_t proposer, Slot slot, Take&& take) const {
        std::uint64_t bits = mix(seed_ ^ slot * 0x9e3779b97f4a7c15 ^ proposer);
        take(0, slot);
        take(1, (proposer + 1) << 56 | bits >> 8);
        for (std::size_t i = 2; i < words; ++i) take(i, bits * factors[i] + terms_[i]);
    }

public:
    static constexpr std::size_t texts_max = 64;

    /// Generated values for `nodes` nodes.
    constexpr ValueSource(std::uint64_t seed, std::size_t nodes) : seed_(mix(seed)), nodes_(nodes) {
        for (std::size_t i = 2; i < words; ++i) terms_[i] = terms_[i - 1] * multiplier + seed_;
    }
    /// Uses `texts` instead of generated values. Proposer p proposes text (slot + p) modulo the
    /// number of texts. REQUIRES: 1 .. texts_max texts, each padded with zeros, none of them a
    /// no-op.
    constexpr ValueSource(std::span<const Value> texts, std::size_t nodes)
        : seed_(0), nodes_(nodes) {
        PAXOS_ASSERT(!texts.empty() && texts.size() <= texts_max);
        for (const Value& text : texts) texts_[text_count_++] = text;
    }

    [[nodiscard]] constexpr Value value_of(NodeId proposer, Slot slot) const {
        Value value{};
        fill(proposer, slot, {&value, 1});
        return value;
    }
    /// Fills `values` with the values that `proposer` proposes for the slots from `first` on.
    constexpr void fill(NodeId proposer, Slot first, std::span<Value> values) const {
        if (text_count_ != 0) {
            for (std::size_t i = 0; i < values.size(); ++i)
                values[i] = texts_[(first + i + proposer) % text_count_];
            return;
        }
        for (std::size_t i = 0; i < values.size(); ++i)
            generate(proposer, first + i,
                     [&](std::size_t word, std::uint64_t bits) { values[i].words[word] = bits; });
    }

    /// Whether some node of the cluster proposes `value` for `slot` (S22). No node proposes a
    /// no-op.
    [[nodiscard]] constexpr bool is_proposed(const Value& value, Slot slot) const {
        if (text_count_ != 0) [[unlikely]] {
            for (NodeId node = 0; node < nodes_; ++node)
                if (value == value_of(node, slot)) return true;
            return false;
        }
        return difference(value, slot) == 0;
    }
    /// Zero if some node of the cluster generates `value` for `slot`. Returns bits instead of a
    /// bool, so that a loop over slots can combine the results without a branch. REQUIRES:
    /// is_generated().
    [[nodiscard]] constexpr std::uint64_t difference(const Value& value, Slot slot) const {
        const std::uint64_t proposer = proposer_bits(value);
        std::uint64_t bits = proposer < nodes_ ? 0 : 1;
        generate(proposer, slot,
                 [&](std::size_t i, std::uint64_t word) { bits |= value.words[i] ^ word; });
        return bits;
    }

    [[nodiscard]] constexpr bool is_generated() const { return text_count_ == 0; }
    /// The proposer in a generated value. If it is not below the number of nodes, no node generated
    /// the value.
    [[nodiscard]] static constexpr std::uint64_t proposer_bits(const Value& value) {
        return (value.words[1] >> 56) - 1;
    }
    [[nodiscard]] static constexpr Slot slot_of(const Value& value) { return value.words[0]; }

private:
    std::uint64_t seed_;
    std::array<std::uint64_t, words> terms_{};
    std::size_t nodes_;
    std::size_t text_count_ = 0;
    std::array<Value, texts_max> texts_{};
};

}  // namespace paxos
