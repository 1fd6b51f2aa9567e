// Shared by the fuzz targets. A target is a function that takes bytes and aborts the program if a
// condition does not hold. In builds with the preset `fuzz`, libFuzzer calls this function. In
// every build of the tests, replay.cpp calls it with each file of the corpus.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace paxos::fuzz {

/// Aborts the program unless `holds`. The fuzzer reports the abort as a finding.
inline void demand(bool holds, const std::string& what) {
    if (holds) return;
    std::fprintf(stderr, "broken: %s\n", what.c_str());
    std::abort();
}

/// Reads numbers from bytes. Bytes past the end read as zero, so every input is valid.
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
    /// Reads a number below `end`. REQUIRES: 1 <= end <= 256.
    std::uint64_t below(std::uint64_t end) { return byte() % end; }
    /// Reads a little-endian number of `size` bytes. REQUIRES: size <= 8.
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
