// Tests of the histogram, whose results are compared with the sorted samples.
#include "base/histogram.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <numeric>
#include <random>
#include <thread>
#include <vector>

namespace paxos::histogram_test {
namespace {

constexpr std::uint64_t value_max = (std::uint64_t{1} << Histogram::value_bits) - 1;

using Samples = std::vector<std::uint64_t>;

/// Samples of every magnitude, from nanoseconds to minutes. Many of them are equal.
rc::Gen<Samples> any_samples() {
    const auto sample = rc::gen::mapcat(
        rc::gen::inRange(1U, Histogram::value_bits + 1),
        [](unsigned bits) { return rc::gen::inRange<std::uint64_t>(0, std::uint64_t{1} << bits); });
    return rc::gen::suchThat(rc::gen::container<Samples>(sample),
                             [](const Samples& all) { return !all.empty(); });
}

std::unique_ptr<Histogram> histogram_of(const Samples& samples) {
    auto histogram = std::make_unique<Histogram>();
    for (std::uint64_t sample : samples) histogram->record(sample);
    return histogram;
}

/// Expects the percentile to be the sample of rank `ceil(thousandths / 1000 * samples)`, or to
/// exceed this sample by at most 1/128 of it.
void check_percentile(const Histogram& histogram, const Samples& sorted, std::size_t thousandths) {
    const std::size_t rank = std::max<std::size_t>((thousandths * sorted.size() + 999) / 1000, 1);
    const std::uint64_t truth = sorted[rank - 1];
    const std::uint64_t estimate = histogram.percentile(static_cast<double>(thousandths) / 1000);
    RC_ASSERT(estimate >= truth);
    RC_ASSERT(estimate - truth <= truth / 128);
}

void check_all(const Histogram& histogram, Samples samples) {
    std::sort(samples.begin(), samples.end());
    RC_ASSERT(histogram.samples() == samples.size());
    RC_ASSERT(histogram.min() == samples.front());
    RC_ASSERT(histogram.max() == samples.back());
    const auto sum = std::accumulate(samples.begin(), samples.end(), std::uint64_t{0});
    RC_ASSERT(histogram.mean() == static_cast<double>(sum) / static_cast<double>(samples.size()));
    for (std::size_t thousandths = 1; thousandths < 990; thousandths += 13)
        check_percentile(histogram, samples, thousandths);
    for (std::size_t thousandths : {500UL, 990UL, 999UL, 1000UL})
        check_percentile(histogram, samples, thousandths);
    RC_ASSERT(histogram.percentile(1) == samples.back());

    std::uint64_t in_buckets = 0;
    for (std::size_t index = 0; index < Histogram::bucket_count; ++index)
        in_buckets += histogram.bucket(index);
    RC_ASSERT(in_buckets == samples.size());
}

RC_GTEST_PROP(HistogramTest, agrees_with_the_sorted_samples, ()) {
    const Samples samples = *any_samples();
    check_all(*histogram_of(samples), samples);
}

RC_GTEST_PROP(HistogramTest, merging_gives_the_histogram_of_all_samples, ()) {
    Samples samples = *any_samples();
    const Samples others = *any_samples();
    const auto merged = histogram_of(samples);
    merged->merge(*histogram_of(others));
    merged->merge(Histogram{});
    samples.insert(samples.end(), others.begin(), others.end());
    check_all(*merged, samples);
}

RC_GTEST_PROP(HistogramTest, recording_a_count_equals_recording_each_sample, ()) {
    const auto runs = *rc::gen::container<std::vector<std::pair<std::uint64_t, unsigned>>>(
        rc::gen::pair(rc::gen::inRange<std::uint64_t>(0, value_max), rc::gen::inRange(0U, 20U)));
    Histogram histogram;
    Samples samples;
    for (const auto& [sample, count] : runs) {
        histogram.record(sample, count);
        samples.insert(samples.end(), count, sample);
    }
    if (!samples.empty()) check_all(histogram, samples);
}

TEST(HistogramTest, a_million_samples_distributed_as_in_a_real_run) {
    std::mt19937_64 random{7};
    std::lognormal_distribution<double> latency{12, 1};
    Samples samples(1'000'000);
    for (std::uint64_t& sample : samples) sample = static_cast<std::uint64_t>(latency(random));
    check_all(*histogram_of(samples), samples);
}

TEST(HistogramTest, without_samples_everything_is_zero) {
    const Histogram histogram;
    EXPECT_EQ(histogram.samples(), 0U);
    EXPECT_EQ(histogram.min(), 0U);
    EXPECT_EQ(histogram.max(), 0U);
    EXPECT_EQ(histogram.mean(), 0);
    EXPECT_EQ(histogram.percentile(0.5), 0U);
    EXPECT_EQ(histogram.percentile(1), 0U);
}

TEST(HistogramTest, zeroed_memory_is_an_empty_histogram) {
    alignas(Histogram) static std::byte zeros[sizeof(Histogram)];
    auto& histogram = *reinterpret_cast<Histogram*>(zeros);
    EXPECT_EQ(histogram.min(), 0U);
    histogram.record(5);
    histogram.record(9);
    EXPECT_EQ(histogram.min(), 5U);
    EXPECT_EQ(histogram.max(), 9U);
}

TEST(HistogramTest, buckets_cover_all_values_without_overlap_and_are_narrow) {
    std::uint64_t next = 0;
    for (std::size_t index = 0; index < Histogram::bucket_count; ++index) {
        const std::uint64_t low = Histogram::bucket_low(index),
                            high = Histogram::bucket_high(index);
        ASSERT_EQ(low, next) << index;
        ASSERT_LE(low, high) << index;
        ASSERT_LE(high - low, low / 128) << index;
        ASSERT_EQ(Histogram::index_of(low), index);
        ASSERT_EQ(Histogram::index_of(high), index);
        next = high + 1;
    }
    EXPECT_EQ(next, value_max + 1);
}

TEST(HistogramTest, a_sample_above_the_last_bucket_is_not_lost) {
    Histogram histogram;
    histogram.record(1000, 9);
    histogram.record(value_max + 1);
    EXPECT_EQ(histogram.bucket(Histogram::bucket_count - 1), 1U);
    EXPECT_EQ(histogram.max(), value_max + 1);
    EXPECT_EQ(histogram.percentile(0.9), 1000U + 3);  // The last value of a bucket of four values.
    EXPECT_EQ(histogram.percentile(0.91), value_max + 1);
    EXPECT_EQ(histogram.percentile(1), value_max + 1);
    histogram.record(~std::uint64_t{0});
    EXPECT_EQ(histogram.samples(), 11U);
    EXPECT_EQ(histogram.max(), ~std::uint64_t{0});
}

TEST(HistogramTest, counts_more_samples_than_fit_32_bits) {
    Histogram histogram;
    histogram.record(3, std::uint64_t{1} << 33);
    histogram.record(5, std::uint64_t{1} << 33);
    EXPECT_EQ(histogram.samples(), std::uint64_t{1} << 34);
    EXPECT_EQ(histogram.bucket(3), std::uint64_t{1} << 33);
    EXPECT_EQ(histogram.percentile(0.5), 3U);
    EXPECT_EQ(histogram.percentile(0.51), 5U);
    EXPECT_EQ(histogram.mean(), 4);
}

// The 7th percentile of 100 samples is the 7th sample, although 0.07 * 100 is slightly above 7 in
// binary floating point.
TEST(HistogramTest, a_decimal_fraction_selects_the_intended_sample) {
    Histogram histogram;
    for (std::uint64_t sample = 1; sample <= 100; ++sample) histogram.record(sample);
    for (int percent = 1; percent <= 100; ++percent)
        EXPECT_EQ(histogram.percentile(percent / 100.0), static_cast<std::uint64_t>(percent));
}

TEST(HistogramTest, may_be_read_while_it_is_written) {
    auto histogram = std::make_unique<Histogram>();
    std::atomic<bool> done{false};
    std::thread writer([&] {
        for (std::uint64_t i = 0; i < 300'000; ++i) histogram->record(1000 + i % 1000);
        done = true;
    });
    std::uint64_t samples = 0;
    do {
        const std::uint64_t now = histogram->samples();
        EXPECT_GE(now, samples);
        samples = now;
        const std::uint64_t median = histogram->percentile(0.5);
        EXPECT_TRUE(median == 0 || (median >= 1000 && median < 2000)) << median;
    } while (!done);
    writer.join();
    EXPECT_EQ(histogram->samples(), 300'000U);
}

TEST(HistogramDeathTest, a_fraction_is_above_0_and_at_most_1) {
    const Histogram histogram;
    EXPECT_DEATH(static_cast<void>(histogram.percentile(0)), "fraction");
    EXPECT_DEATH(static_cast<void>(histogram.percentile(1.001)), "fraction");
}

}  // namespace
}  // namespace paxos::histogram_test
