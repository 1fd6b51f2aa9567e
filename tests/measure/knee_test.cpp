// The search for the knee (the highest rate that meets a latency objective) on fake machines: exact
// machines, noisy machines, and machines without a knee.
#include "measure/knee.h"

#include <cmath>
#include <random>
#include <vector>

#include "gtest/gtest.h"
#include "measure/summary_lines.h"
#include "support/made_up_report.h"

namespace paxos::measure::knee_test {
namespace {

constexpr std::uint64_t rate_most = 1'000'000'000;

struct Search {
    Knee knee;
    std::vector<std::uint64_t> rates;  ///< In the order of the runs.
};

/// Makes a search in which a run at `rate` meets the objective if `is_met(rate)`.
template <class IsMet>
Search searched(IsMet&& is_met) {
    KneeSearch search(knee_rate_min, knee_rate_first, rate_most);
    Search result;
    while (const auto rate = search.next()) {
        EXPECT_GE(*rate, knee_rate_min);
        EXPECT_LE(*rate, rate_most);
        result.rates.push_back(*rate);
        search.note(*rate, is_met(*rate));
        if (result.rates.size() > knee_runs_max) break;
    }
    EXPECT_LE(result.rates.size(), knee_runs_max);
    result.knee = search.knee();
    return result;
}

TEST(Knee, is_found_to_five_percent_in_about_twenty_runs) {
    for (const std::uint64_t capacity : {1'010ull, 1'300ull, 9'999ull, 10'000ull, 10'001ull,
                                         77'777ull, 1'280'000ull, 23'400'000ull, 999'999'998ull}) {
        const Search search = searched([&](std::uint64_t rate) { return rate <= capacity; });
        ASSERT_EQ(search.knee.outcome, Knee::Outcome::found) << capacity;
        EXPECT_LE(*search.knee.rate, capacity);
        EXPECT_GT(*search.knee.missed, capacity);
        EXPECT_LE(static_cast<double>(*search.knee.missed),
                  knee_resolution * static_cast<double>(*search.knee.rate));
        EXPECT_LE(search.rates.size(), 32u) << capacity;
    }
    EXPECT_LE(searched([](std::uint64_t rate) { return rate <= 23'400'000; }).rates.size(), 22u);
}

TEST(Knee, meets_the_objective_twice_and_the_rate_above_misses_it_twice) {
    const Search search = searched([](std::uint64_t rate) { return rate <= 123'456; });
    EXPECT_GE(std::ranges::count(search.rates, *search.knee.rate), 2);
    EXPECT_GE(std::ranges::count(search.rates, *search.knee.missed), 2);
}

TEST(Knee, rates_between_two_tried_rates_have_three_significant_digits) {
    const Search search = searched([](std::uint64_t rate) { return rate <= 7'654'321; });
    const std::uint64_t knee = *search.knee.rate;
    EXPECT_EQ(knee % 10'000, 0u) << knee;
}

TEST(Knee, may_not_exist) {
    const Search never = searched([](std::uint64_t) { return false; });
    EXPECT_EQ(never.knee.outcome, Knee::Outcome::never_met);
    EXPECT_FALSE(never.knee.rate);
    EXPECT_EQ(never.knee.missed, knee_rate_min);
    EXPECT_EQ(never.rates, (std::vector<std::uint64_t>{10'000, 10'000, 5'000, 5'000, 2'500, 2'500,
                                                       1'250, 1'250, 1'000, 1'000}));
    const Search always = searched([](std::uint64_t) { return true; });
    EXPECT_EQ(always.knee.outcome, Knee::Outcome::always_met);
    EXPECT_EQ(always.knee.rate, rate_most);
    EXPECT_FALSE(always.knee.missed);
}

TEST(Knee, one_disturbed_run_changes_nothing) {
    const auto capacity = [](std::uint64_t rate) { return rate <= 3'000'000; };
    const Search quiet = searched(capacity);
    for (std::size_t disturbed = 0; disturbed < quiet.rates.size(); ++disturbed) {
        std::size_t run = 0;
        const Search search = searched(
            [&](std::uint64_t rate) { return run++ != disturbed && capacity(rate); });
        EXPECT_EQ(search.knee.rate, quiet.knee.rate) << disturbed;
        EXPECT_EQ(search.knee.missed, quiet.knee.missed) << disturbed;
    }
}

TEST(Knee, one_lucky_run_is_not_the_knee) {
    // On the way up, one run at 5.12M/s meets the objective. A second run at that rate does not, so
    // the search goes back.
    bool was_lucky = false;
    const Search search = searched([&](std::uint64_t rate) {
        if (rate == 5'120'000 && !was_lucky) return was_lucky = true;
        return rate <= 3'000'000;
    });
    EXPECT_TRUE(was_lucky);
    EXPECT_EQ(search.knee.outcome, Knee::Outcome::found);
    EXPECT_LE(*search.knee.rate, 3'000'000u);
    EXPECT_GT(*search.knee.rate, 2'800'000u);
}

/// The latency of a run is that of a queue, which rises steeply near the capacity, multiplied by a
/// random factor (the noise). The larger the noise, the wider is the range of rates at which a run
/// may either meet or miss the objective.
TEST(Knee, is_near_the_true_one_on_a_noisy_machine) {
    // The unit of `limit` is the service time. Without noise, rates below 1.8M/s meet the limit.
    constexpr double capacity = 2e6, limit = 10;
    constexpr double truth = capacity * (1 - 1 / limit);
    unsigned near = 0, settled = 0;
    for (unsigned seed = 0; seed < 200; ++seed) {
        std::mt19937 random(seed);
        std::lognormal_distribution<double> noise(0, 0.3);
        std::bernoulli_distribution is_disturbed(0.05);  // Another process had the core.
        const Search search = searched([&](std::uint64_t rate) {
            const double load = static_cast<double>(rate) / capacity;
            const double latency = load >= 1 ? 1e9 : noise(random) / (1 - load);
            return !is_disturbed(random) && latency < limit;
        });
        settled += search.knee.outcome == Knee::Outcome::found;
        near += search.knee.rate &&
                std::abs(static_cast<double>(*search.knee.rate) / truth - 1) < 0.15;
    }
    EXPECT_GE(settled, 195u);
    EXPECT_GE(near, 190u);
}

TEST(Knee, is_not_settled_if_a_second_run_never_agrees) {
    std::map<std::uint64_t, int> runs;
    const Search search = searched([&](std::uint64_t rate) { return runs[rate]++ == 0; });
    EXPECT_EQ(search.knee.outcome, Knee::Outcome::unsettled);
    EXPECT_EQ(search.rates.size(), knee_runs_max);
    EXPECT_FALSE(search.knee.rate);
}

TEST(Knee, of_a_search_that_was_stopped_has_the_rates_so_far) {
    KneeSearch search(knee_rate_min, knee_rate_first, rate_most);
    EXPECT_EQ(search.knee().outcome, Knee::Outcome::stopped);
    for (const bool is_met : {true, true, false, false}) search.note(*search.next(), is_met);
    const Knee knee = search.knee();
    EXPECT_EQ(knee.outcome, Knee::Outcome::stopped);
    EXPECT_EQ(knee.missed, 40'000u);
    EXPECT_FALSE(knee.rate) << "at 20000 only one run met the objective";
    EXPECT_EQ(knee.met_once, 20'000u);
}

TEST(Objective, is_met_below_the_limit_and_with_enough_samples) {
    const auto is_met = [](std::uint64_t samples, std::uint64_t limit_ns) {
        RowResult row;
        row.latency = made_up_latencies(samples, 100'000, 900'000);
        return Objective{.text = "", .percentile = "p99", .fraction = 0.99, .limit_ns = limit_ns}
            .is_met(row);
    };
    EXPECT_TRUE(is_met(1000, 200'000));
    EXPECT_FALSE(is_met(1000, 150'000)) << "the p99 is 170us";
    EXPECT_FALSE(is_met(999, 200'000));
}

TEST(Objective, decides_how_long_a_run_is) {
    Objective objective{.text = "", .percentile = "p99", .fraction = 0.99, .limit_ns = 500'000};
    EXPECT_EQ(knee_run_ns(objective, 10'000), 200'000'000u);
    EXPECT_NEAR(static_cast<double>(knee_run_ns(objective, 1'000)), 1.1e9, 1e6);
    objective.limit_ns = 50'000'000;
    EXPECT_EQ(knee_run_ns(objective, 10'000), 1'000'000'000u);
    objective.fraction = 0.999;
    EXPECT_NEAR(static_cast<double>(knee_run_ns(objective, 10'000)), 1.1e9, 1e6);
}

TEST(KneeText, names_the_rates_that_met_and_missed_the_objective) {
    Knee knee{.objective = {.text = "p99<500us"},
              .outcome = Knee::Outcome::found,
              .rate = 1'240'000,
              .missed = 1'290'000};
    EXPECT_EQ(knee_text(knee),
              "1.24M/s is the highest rate that meets p99<500us; 1.29M/s misses it");
    knee.outcome = Knee::Outcome::unsettled;
    EXPECT_EQ(knee_text(knee),
              "not settled, because runs at the same rate differ too much; p99<500us: "
              "1.24M/s meets it; 1.29M/s misses it");
    knee = {.objective = knee.objective, .outcome = Knee::Outcome::never_met, .missed = 1'000};
    EXPECT_EQ(knee_text(knee), "not found: even the lowest rate, 1.00k/s, misses p99<500us");
    knee = {.objective = knee.objective, .outcome = Knee::Outcome::always_met, .rate = rate_most};
    EXPECT_EQ(knee_text(knee), "not found: even the highest rate, 1.00G/s, meets p99<500us");
    knee = {.objective = knee.objective};
    EXPECT_EQ(knee_text(knee),
              "the search was stopped before it ended; p99<500us: no completed run met it");
    knee.met_once = 20'000;
    knee.missed = 40'000;
    EXPECT_EQ(knee_text(knee),
              "the search was stopped before it ended; p99<500us: 20.0k/s met it in only one run "
              "(two must agree); 40.0k/s misses it");
}

TEST(KneeRows, include_all_runs_in_the_order_of_their_rates) {
    const Report report = made_up_search();
    std::vector<std::uint64_t> rates, shown;
    for (const RowFigures& row : condense(report.runs, report.floor))
        rates.push_back(row.rate_asked);
    EXPECT_EQ(rates, (std::vector<std::uint64_t>{10'000, 20'000, 28'300, 40'000}));
    for (const RowFigures& row : shown_rows(report)) shown.push_back(row.rate_asked);
    EXPECT_EQ(shown, (std::vector<std::uint64_t>{20'000, 28'300}));
}

}  // namespace
}  // namespace paxos::measure::knee_test
