// See histogram.h.
#include "base/histogram.h"

#include <algorithm>
#include <cmath>

#include "paxos/assert.h"

namespace paxos {
namespace {

/// The rank, counted from 1, of the lowest sample that has at least `fraction` of all `samples` at
/// or below it. In floating point, the product of a decimal fraction and a count may be slightly
/// above the exact whole number: 0.07 * 100 gives 7.000000000000001. This rounding error must not
/// select the next sample.
std::uint64_t rank_of(double fraction, std::uint64_t samples) {
    const double exact = fraction * static_cast<double>(samples);
    const auto rank = static_cast<std::uint64_t>(std::ceil(exact - exact * 1e-12));
    return std::clamp<std::uint64_t>(rank, 1, samples);
}

}  // namespace

void Histogram::merge(const Histogram& other) {
    for (std::size_t index = 0; index < bucket_count; ++index)
        if (const std::uint64_t count = other.bucket(index); count != 0)
            add(buckets_[index], count);
    add(samples_, other.samples());
    add(sum_, read(other.sum_));
    raise(min_inverted_, read(other.min_inverted_));
    raise(max_, read(other.max_));
}

std::uint64_t Histogram::min() const { return samples() == 0 ? 0 : ~read(min_inverted_); }

std::uint64_t Histogram::max() const { return read(max_); }

double Histogram::mean() const {
    const std::uint64_t count = samples();
    return count == 0 ? 0 : static_cast<double>(read(sum_)) / static_cast<double>(count);
}

std::uint64_t Histogram::percentile(double fraction) const {
    PAXOS_ASSERT(fraction > 0 && fraction <= 1);
    // Adds up the buckets, because `samples_` may differ from their sum while the writer writes.
    std::uint64_t count = 0;
    for (const Word& word : buckets_) count += read(word);
    if (count == 0) return 0;

    const std::uint64_t rank = rank_of(fraction, count);
    std::uint64_t passed = 0;
    for (std::size_t index = 0; index + 1 < bucket_count; ++index) {
        passed += bucket(index);
        if (passed >= rank) return std::min(bucket_high(index), max());
    }
    return max();
}

std::uint64_t Histogram::bucket_low(std::size_t index) {
    PAXOS_ASSERT(index < bucket_count);
    const std::size_t group = index >> precision_bits;
    const std::size_t cut = group > 1 ? group - 1 : 0;
    return static_cast<std::uint64_t>(index - (cut << precision_bits)) << cut;
}

std::uint64_t Histogram::bucket_high(std::size_t index) {
    return index + 1 == bucket_count ? (std::uint64_t{1} << value_bits) - 1
                                     : bucket_low(index + 1) - 1;
}

}  // namespace paxos
