// Shared by the fuzz targets. A target is a function that takes bytes and aborts the program if a
// condition does not hold. libFuzzer drives it (preset fuzz), or replay.cpp, which feeds it the
// corpus in every build of the tests.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace paxos::fuzz {

/// Aborts the program, which reports a finding to the fuzzer, unless `holds`.
inline void demand(bool holds, const std::string& what) {
    if (holds) return;
    std::fprintf(stderr, "broken: %s\n", what.c_str());
    std::abort();
}

/// Reads numbers from bytes. Every input is valid: bytes past its end read as zero.
class Bytes {
public:
    Bytes(const std::uint8_t* data, std::size_t size) : left_(data, size) {}

    [[nodiscard]] bool empty() const { return left_.empty(); }
    [[nodiscard]] std::span<const std::uint8_t> rest() const { return left_; }
    std::uint8_t byte() {
        if (left_.empty()) return 0;
        const std::uint8_t first = left_.front();
        left_ = left_.subspan(1);
        return first;
    }
    /// A number below `end`, which is 1 to 256.
    std::uint64_t below(std::uint64_t end) { return byte() % end; }
    /// A little-endian number of `size` bytes, at most 8.
    std::uint64_t number(std::size_t size) {
        std::uint64_t number = 0;
        for (std::size_t i = 0; i < size; ++i) number |= std::uint64_t{byte()} << 8 * i;
        return number;
    }
    template <class Entry, std::size_t Count>
    Entry one_of(const Entry (&table)[Count]) {
        return table[below(Count)];
    }

private:
    std::span<const std::uint8_t> left_;
};

}  // namespace paxos::fuzz
