// What the fuzz targets share. A target is one function: bytes in, and the program ends if
// something that must hold does not. libFuzzer drives it (preset fuzz), or replay.cpp, which feeds
// it the corpus in every build of the tests.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace paxos::fuzz {

/// Ends the program, which is how a fuzzer is told, unless `holds`.
inline void demand(bool holds, const std::string& what) {
    if (holds) return;
    std::fprintf(stderr, "broken: %s\n", what.c_str());
    std::abort();
}

/// Bytes as numbers: whatever they are, they say something. Where they end, zeros follow.
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
    /// Of `end` 1 to 256.
    std::uint64_t below(std::uint64_t end) { return byte() % end; }
    /// Of `size` bytes, at most 8.
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
