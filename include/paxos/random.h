// Pseudorandom numbers from a seed: SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom
// number generators", 2014).
#pragma once

#include <cstdint>

namespace paxos {

/// A bijection of 64 bits. Flipping one input bit flips about half of the output bits.
constexpr std::uint64_t mix(std::uint64_t bits) {
    bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9;
    bits = (bits ^ (bits >> 27)) * 0x94d049bb133111eb;
    return bits ^ (bits >> 31);
}

class Random {
public:
    constexpr explicit Random(std::uint64_t seed) : state_(seed) {}
    constexpr std::uint64_t next() { return mix(state_ += 0x9e3779b97f4a7c15); }
    /// 0 .. bound - 1, near enough to uniform for bounds far below 2^64. REQUIRES: bound > 0.
    constexpr std::uint64_t below(std::uint64_t bound) { return next() % bound; }
    /// 0 <= fraction < 1.
    constexpr double fraction() { return static_cast<double>(next() >> 11) * 0x1p-53; }

private:
    std::uint64_t state_;
};

}  // namespace paxos
