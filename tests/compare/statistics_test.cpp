// Tests of the statistics: against results of scipy, by simulation, and by properties that hold for
// every sample.
#include "compare/statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include "compare/rank_distributions.h"

namespace paxos::compare::statistics_test {
namespace {

using Sample = std::vector<double>;
constexpr double infinite = std::numeric_limits<double>::infinity();

struct TwoSamples {
    const char* name;
    Sample base, fresh;
    Change change;
};

struct OneSample {
    const char* name;
    Sample log_ratios;
    Change change;
};

// Printed by scripts/statistics_constants.py with scipy 1.10.1.
// clang-format off
const TwoSamples two_samples[] = {  // Intervals at a confidence of 0.9.
    {"one each",
     {1.0},
     {2.0},
     {1.0, -1.0, infinite}},
    {"two and three",
     {1.0, 2.0},
     {3.0, 4.0, 5.0},
     {1.7386127875258306, -1.0, infinite}},
    {"two and three, interleaved",
     {2.0, 4.0},
     {1.0, 3.0, 5.0},
     {-0.03175416344814574, -1.0, infinite}},
    {"all equal",
     {3.0, 3.0, 3.0},
     {3.0, 3.0, 3.0, 3.0},
     {0.0, 0.0, 0.0}},
    {"the same figures",
     {1.0, 2.0, 3.0, 4.0, 5.0},
     {1.0, 2.0, 3.0, 4.0, 5.0},
     {0.0, -0.5, 1.0}},
    {"ties",
     {1.0, 1.0, 2.0, 2.0, 3.0, 3.0},
     {2.0, 2.0, 3.0, 3.0, 4.0, 4.0, 4.0},
     {0.5000000000000002, 0.0, 2.0}},
    {"ties within one",
     {1.0, 1.5, 1.5, 2.0, 7.0},
     {2.5, 3.0, 3.5, 4.0, 4.5},
     {1.0000000000000002, -0.35714285714285704, 2.0}},
    {"a huge shift",
     {1.012965, 1.0146, 1.000664, 0.992384, 0.989138, 1.000313, 0.989831, 0.985734, 1.001995,
      1.001335},
     {496642826.804796, 481959893.920607, 487084704.051019, 485876587.519342, 489234012.332605,
      478410114.207487, 483157005.01986, 481533036.496998, 479979365.581922, 481088456.235157},
     {485228671.04846853, 480850476.60882086, 488502005.1162538}},
    {"ten each, 5 % more",
     {1.002845, 1.038213, 0.972445, 1.030219, 0.992256, 0.992185, 1.058647, 1.004737, 0.998713,
      1.022126},
     {1.05256, 1.066035, 1.036835, 1.062451, 1.08089, 1.064323, 1.101708, 1.023725, 1.053399,
      1.029263},
     {0.04629880431810729, 0.02514898195264349, 0.06569454888441419}},
    {"thirty each",
     {0.888799, 0.89153, 1.069239, 0.795018, 0.985764, 0.798031, 1.116387, 1.020497, 1.14526,
      0.950832, 1.040623, 0.971817, 0.928827, 1.014639, 0.881861, 0.965155, 1.072143, 1.005769,
      0.959801, 1.244765, 1.005834, 0.943005, 1.016085, 0.949063, 0.962222, 0.965585, 1.224491,
      1.002261, 1.017711, 1.069745},
     {1.072473, 0.853052, 0.944084, 1.027689, 1.18229, 1.020628, 0.864212, 1.052722, 0.904977,
      1.153325, 0.994439, 1.21911, 1.006953, 0.920758, 0.880715, 0.984044, 1.06666, 1.149063,
      1.047775, 0.947531, 1.072576, 0.883671, 1.073033, 0.946468, 1.184861, 1.12653, 1.058264,
      0.921102, 1.077988, 1.058475},
     {0.03448993907720374, -0.01637526945689781, 0.0735470153099526}},
    {"thirty-one each",
     {0.974737, 1.052474, 0.977644, 0.968984, 0.911192, 0.978896, 1.117609, 1.043327, 1.109254,
      1.025203, 1.040267, 1.018705, 0.846533, 1.089289, 1.051943, 1.051147, 0.844394, 0.83997,
      0.914881, 0.95426, 1.031016, 0.995419, 1.053478, 0.937795, 1.031352, 1.040203, 0.936024,
      1.187385, 1.057239, 1.127159, 0.939852},
     {1.102237, 1.367943, 1.184752, 1.186942, 1.132987, 1.103469, 1.137178, 1.061438, 0.990384,
      0.974093, 0.949463, 1.098479, 1.135302, 1.266351, 1.129511, 1.104037, 1.148155, 1.072368,
      0.88666, 1.195023, 1.024674, 1.09839, 1.044745, 1.445941, 1.207259, 1.120441, 0.9556,
      1.176489, 0.979336, 1.209557, 0.918669},
     {0.09482216586674495, 0.05764443937519123, 0.14407149187648202}},
    {"seven and thirty",
     {0.828489, 1.045544, 1.295239, 1.359246, 1.266471, 1.009603, 1.068126},
     {0.913252, 1.008215, 0.980346, 1.036626, 1.276783, 0.783916, 1.033167, 1.002889, 0.926123,
      1.079951, 1.105182, 1.811698, 1.173946, 1.103728, 1.314616, 0.896419, 0.980003, 1.234436,
      0.999639, 0.907682, 0.984617, 0.842886, 1.389958, 1.424034, 1.868055, 1.042645, 1.055952,
      1.062558, 1.230273, 1.108195},
     {-0.029404682648136796, -0.16100881899388145, 0.0976542264632732}},
};

const OneSample one_sample[] = {
    {"three",
     {0.01, 0.02, 0.04},
     {0.02275503416444592, -1.0, infinite}},
    {"five",
     {0.01, 0.02, -0.005, 0.03, 0.017},
     {0.015113064615718978, -0.004987520807317687, 0.030454533953516855}},
    {"ten",
     {-0.048974, -0.009208, -0.013258, -0.065309, -0.058939, -0.065822, -0.032908, -0.051682,
      -0.027593, -0.10542},
     {-0.04563349102778406, -0.06322204573731842, -0.029986218641933723}},
    {"sixty-one",
     {0.009795, 0.041384, 0.032248, 0.031719, 0.058563, -0.026167, -0.008809, -0.02962, 0.006767,
      0.039963, 0.009342, 0.024876, -0.047323, 0.014412, -0.017208, 0.063262, 0.036605, 0.03848,
      0.008264, 0.028386, 0.029737, -0.000332, -0.004921, 0.006557, -0.008164, -0.00783, 0.001499,
      -0.011853, 0.03299, -0.037883, 0.034707, -0.008767, -0.006378, -0.030525, 0.005673, 0.00257,
      0.015744, -0.006013, 0.012813, 0.064591, 0.02227, -0.007211, 0.038593, 0.006136, 0.027816,
      0.028382, -0.001732, -0.047909, -0.00043, 0.026544, -0.001403, 0.023169, 0.039386, -0.006323,
      0.046941, 0.058654, 0.042371, 0.044964, 0.042904, 0.077636, 0.015576},
     {0.015054697292580198, 0.008403613777661906, 0.020516630950763143}},
};
// clang-format on

/// Expects equality within 1e-9, which allows for rounding. An infinity equals only itself.
void expect_near(const Change& is, const Change& should_be) {
    const auto near = [](double a, double b) {
        return a == b || (std::isfinite(b) && std::abs(a - b) <= 1e-9 * (1 + std::abs(b)));
    };
    EXPECT_PRED2(near, is.estimate, should_be.estimate);
    EXPECT_PRED2(near, is.low, should_be.low);
    EXPECT_PRED2(near, is.high, should_be.high);
}

TEST(Statistics, two_samples_agree_with_scipy) {
    for (const TwoSamples& samples : two_samples) {
        SCOPED_TRACE(samples.name);
        expect_near(shift_between(samples.base, samples.fresh, 0.9), samples.change);
    }
}

TEST(Statistics, one_sample_agrees_with_scipy) {
    for (const OneSample& sample : one_sample) {
        SCOPED_TRACE(sample.name);
        expect_near(shift_of_pairs(sample.log_ratios, 0.9), sample.change);
    }
}

TEST(Statistics, distributions_sum_to_one_and_are_symmetric) {
    for (const auto& distribution :
         {mann_whitney_distribution(1, 1), mann_whitney_distribution(2, 3),
          mann_whitney_distribution(30, 30), mann_whitney_distribution(30, 1),
          signed_rank_distribution(1), signed_rank_distribution(60)}) {
        double sum = 0;
        for (std::size_t i = 0; i < distribution.size(); ++i) {
            sum += distribution[i];
            EXPECT_NEAR(distribution[i], distribution[distribution.size() - 1 - i], 1e-15);
        }
        EXPECT_NEAR(sum, 1, 1e-12);
    }
}

TEST(Statistics, normal_bound_is_the_inverse_of_normal_tail) {
    EXPECT_NEAR(normal_bound(0.025), 1.959963984540054, 1e-12);
    EXPECT_NEAR(normal_bound(0.5), 0, 1e-12);
    for (const double tail : {1e-12, 1e-3, 0.3, 0.9})
        EXPECT_NEAR(normal_tail(normal_bound(tail)) / tail, 1, 1e-9);
}

TEST(Statistics, median_of_an_even_number_is_the_mean_of_the_middle_two) {
    EXPECT_EQ(median(Sample{3}), 3);
    EXPECT_EQ(median(Sample{4, 1, 2}), 2);
    EXPECT_EQ(median(Sample{4, 1, 2, 3}), 2.5);
}

TEST(Statistics, too_few_figures_detect_nothing) {
    EXPECT_EQ(smallest_detectable(Sample{1, 2}, Sample{1, 2, 3}, 0.95), infinite);
    const Change change = shift_between(Sample{1}, Sample{2}, 0.95);
    EXPECT_EQ(change.low, -1);
    EXPECT_EQ(change.high, infinite);
}

// ---- by simulation ----

/// Ten thousand pairs of samples from a fixed seed.
class SlowSimulation : public testing::Test {
protected:
    static constexpr int pairs = 10'000;
    static constexpr double confidence = 0.95;

    Sample normal(std::size_t count, double shift) {
        return sample(count, [&] { return shift + deviation * normal_(engine_); });
    }
    /// Here t has Student's distribution with two degrees of freedom, whose variance is infinite.
    Sample heavy(std::size_t count, double shift) {
        std::student_t_distribution<double> t(2);
        return sample(count, [&] { return shift + deviation * t(engine_); });
    }

    template <class Draw>
    Sample sample(std::size_t count, Draw draw) {
        Sample values(count);
        for (double& value : values) value = std::exp(draw());
        return values;
    }

    /// Makes `times` pairs with `make`. Returns the fraction whose confidence interval excludes
    /// zero.
    template <class Make>
    double found(Make make, int times = pairs) {
        int count = 0;
        for (int pair = 0; pair < times; ++pair) {
            const auto [base, fresh] = make();
            const Change change = shift_between(base, fresh, confidence);
            const bool is_apart = change.low > 0 || change.high < 0;
            count += is_apart;
        }
        return static_cast<double>(count) / times;
    }

    static constexpr double deviation = 0.03;
    std::mt19937_64 engine_{20240229};
    std::normal_distribution<double> normal_;
};

// The statistic of the exact test is a whole number, so the level of a test at 0.05 is usually
// lower. For two samples of ten it is 0.0433. Over 10,000 pairs the standard error of the rate is
// 0.002.
TEST_F(SlowSimulation, false_positive_rate_is_the_level) {
    EXPECT_NEAR(found([&] { return std::pair(normal(10, 0), normal(10, 0)); }), 0.0433, 0.007);
    EXPECT_NEAR(found([&] { return std::pair(heavy(10, 0), heavy(10, 0)); }), 0.0433, 0.007);
    // Samples of more than thirty use the normal approximation.
    EXPECT_NEAR(found([&] { return std::pair(normal(35, 0), normal(31, 0)); }), 0.05, 0.007);
}

TEST_F(SlowSimulation, intervals_cover_the_true_shift) {
    int held = 0;
    const double planted = 0.05;
    for (int pair = 0; pair < pairs; ++pair) {
        const Change change = shift_between(heavy(12, 0), heavy(9, planted), confidence);
        held += change.low <= std::expm1(planted) && std::expm1(planted) <= change.high;
    }
    EXPECT_NEAR(static_cast<double>(held) / pairs, confidence, 0.012);
}

TEST_F(SlowSimulation, power_at_the_smallest_detectable_change_is_as_promised) {
    for (const std::size_t size : {std::size_t{10}, std::size_t{18}}) {
        for (const bool is_heavy : {false, true}) {
            SCOPED_TRACE(testing::Message() << size << (is_heavy ? ", heavy" : ", normal"));
            const auto draw = [&](double shift) {
                return is_heavy ? heavy(size, shift) : normal(size, shift);
            };
            // The smallest detectable change varies from pair to pair, so take its median.
            Sample promises;
            for (int pair = 0; pair < 201; ++pair)
                promises.push_back(smallest_detectable(draw(0), draw(0), confidence));
            const double planted = std::log1p(median(promises));
            const double power = found([&] { return std::pair(draw(0), draw(planted)); }, 2000);
            EXPECT_GT(power, 0.74);
            EXPECT_LT(power, 0.88);
        }
    }
}

// ---- for any sample ----

Sample any_sample(std::size_t most) {
    const auto size = *rc::gen::inRange<std::size_t>(1, most + 1);
    Sample sample;
    // Few distinct figures, so that ties are common.
    for (const int figure : *rc::gen::container<std::vector<int>>(size, rc::gen::inRange(1, 60)))
        sample.push_back(figure);
    return sample;
}

RC_GTEST_PROP(AnySamples, exchanging_the_sides_inverts_the_change, ()) {
    const Sample base = any_sample(12), fresh = any_sample(12);
    const Change forth = shift_between(base, fresh, 0.9), reverse = shift_between(fresh, base, 0.9);
    RC_ASSERT(std::abs((1 + forth.estimate) * (1 + reverse.estimate) - 1) < 1e-9);
    if (std::isfinite(forth.high))
        RC_ASSERT(std::abs((1 + forth.high) * (1 + reverse.low) - 1) < 1e-9);
}

RC_GTEST_PROP(AnySamples, a_change_of_unit_changes_nothing, ()) {
    const Sample base = any_sample(12), fresh = any_sample(12);
    Sample base_scaled = base, fresh_scaled = fresh;
    for (Sample* sample : {&base_scaled, &fresh_scaled})
        for (double& figure : *sample) figure *= 1024;
    const Change before = shift_between(base, fresh, 0.9),
                 after = shift_between(base_scaled, fresh_scaled, 0.9);
    RC_ASSERT(std::abs(before.estimate - after.estimate) < 1e-9 * (1 + before.estimate));
}

RC_GTEST_PROP(AnySamples, the_estimate_lies_in_its_interval, ()) {
    const Change change = shift_between(any_sample(20), any_sample(40), 0.9);
    RC_ASSERT(change.low <= change.estimate);
    RC_ASSERT(change.estimate <= change.high);
}

RC_GTEST_PROP(AnySamples, shifting_pairs_shifts_the_interval, ()) {
    Sample ratios = any_sample(30);
    for (double& ratio : ratios) ratio /= 1000;
    const Change before = shift_of_pairs(ratios, 0.9);
    for (double& ratio : ratios) ratio += 0.5;
    const Change after = shift_of_pairs(ratios, 0.9);
    RC_ASSERT(std::abs(std::log1p(after.estimate) - std::log1p(before.estimate) - 0.5) < 1e-9);
    if (std::isfinite(before.high))
        RC_ASSERT(std::abs(std::log1p(after.low) - std::log1p(before.low) - 0.5) < 1e-9);
}

}  // namespace
}  // namespace paxos::compare::statistics_test
