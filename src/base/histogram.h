// A histogram of latencies in a fixed array, with the layout of an HDR histogram. It allocates
// nothing, drops no sample and takes constant time per sample. A percentile is reported as the
// highest value of its bucket, which is less than 1/128 (0.8 %) above the lowest value of the
// bucket. So a percentile below 2^38 ns is never too low and at most 0.8 % too high.
//
// 1. Memory filled with zeros is an empty histogram.
// 2. There is one writer, which uses no locked instructions. Other threads and processes may read
//    while it writes. Words only grow, so readers see a histogram that lacks at most the latest
//    samples.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace paxos {

class Histogram {
public:
    /// Values below 2^8 have a bucket each. Above, each range from a power of two to the next is
    /// divided into 2^7 buckets.
    static constexpr unsigned precision_bits = 7;
    /// Values of 2^38 ns (275 s) and more are in the last bucket; `max` and `mean` are exact.
    static constexpr unsigned value_bits = 38;
    static constexpr std::size_t bucket_count = std::size_t{value_bits - precision_bits + 1}
                                                << precision_bits;

    /// Adds one sample of `nanoseconds`.
    void record(std::uint64_t nanoseconds) { record(nanoseconds, 1); }
    /// Adds `count` samples of `nanoseconds`.
    void record(std::uint64_t nanoseconds, std::uint64_t count);
    /// Adds all samples of `other`.
    void merge(const Histogram& other);

    [[nodiscard]] std::uint64_t samples() const { return read(samples_); }
    [[nodiscard]] std::uint64_t min() const;  ///< Exact; 0 without samples.
    [[nodiscard]] std::uint64_t max() const;  ///< Exact; 0 without samples.
    [[nodiscard]] double mean()
        const;  ///< Exact while the sum is below 2^64 ns; 0 without samples.
    /// The upper end of the bucket that holds the sample of rank ceil(fraction * samples), or `max`
    /// if `max` is less or the bucket is the last one; 0 without samples.
    /// REQUIRES: 0 < fraction <= 1.
    [[nodiscard]] std::uint64_t percentile(double fraction) const;

    /// Samples in bucket `index`, which is below bucket_count.
    [[nodiscard]] std::uint64_t bucket(std::size_t index) const { return read(buckets_[index]); }
    /// The lowest and highest value of bucket `index`; the last bucket also holds all larger
    /// values.
    [[nodiscard]] static std::uint64_t bucket_low(std::size_t index);
    [[nodiscard]] static std::uint64_t bucket_high(std::size_t index);
    [[nodiscard]] static std::size_t index_of(std::uint64_t nanoseconds);

private:
    using Word = std::atomic<std::uint64_t>;

    static std::uint64_t read(const Word& word) { return word.load(std::memory_order_relaxed); }
    static void add(Word& word, std::uint64_t more) {
        word.store(read(word) + more, std::memory_order_relaxed);
    }
    static void raise(Word& word, std::uint64_t to) {
        if (to > read(word)) word.store(to, std::memory_order_relaxed);
    }

    Word samples_{0};
    Word sum_{0};
    Word min_inverted_{0};  // ~min, which like the other words starts at zero and only grows.
    Word max_{0};
    std::array<Word, bucket_count> buckets_{};
};

// A value of at most `precision_bits` + 1 bits has a bucket of its own. The lowest bits of a longer
// value are cut off, and the number of these bits selects the group of buckets.
inline std::size_t Histogram::index_of(std::uint64_t nanoseconds) {
    constexpr std::uint64_t last = (std::uint64_t{1} << value_bits) - 1;
    if (nanoseconds > last) [[unlikely]]
        nanoseconds = last;
    const auto width = static_cast<unsigned>(std::bit_width(nanoseconds));
    const unsigned cut = width > precision_bits + 1 ? width - precision_bits - 1 : 0;
    return (std::size_t{cut} << precision_bits) + static_cast<std::size_t>(nanoseconds >> cut);
}

inline void Histogram::record(std::uint64_t nanoseconds, std::uint64_t count) {
    if (count == 0) return;
    add(buckets_[index_of(nanoseconds)], count);
    add(samples_, count);
    add(sum_, nanoseconds * count);
    raise(min_inverted_, ~nanoseconds);
    raise(max_, nanoseconds);
}

}  // namespace paxos
