// Interim analyses of a growing sample. Thousands of simulated comparisons show how often equal
// builds are found to differ, and how often a true difference is found.
#include "compare/sequential.h"

#include <cmath>
#include <functional>
#include <random>

#include "compare/verdict.h"
#include "gmock/gmock.h"

namespace paxos::compare::sequential_test {
namespace {

using Draw = std::function<double()>;
constexpr std::size_t figures = 2;
constexpr double margin = 0.03, detect = 0.03;

/// A primary figure. `log_ratios` has the log ratio of the new build to the base in each block. A
/// block is four runs, two of each build (compare/blocks.h).
Figure figure_of(const std::vector<double>& log_ratios, Metric metric = Metric::rate) {
    Figure figure;
    figure.metric = metric;
    figure.log_ratios = log_ratios;
    weigh_blocks(figure);
    set_verdict(figure, margin);
    EXPECT_NE(figure.reason, "");
    return figure;
}

/// The result of a comparison of one figure.
struct Outcome {
    Verdict verdict = Verdict::inconclusive;  ///< The settled verdict, otherwise the last verdict.
    std::size_t blocks = 0;                   ///< Number of blocks at that verdict.
    bool is_settled = false;
    bool ever_apart = false;   ///< Some interval did not contain zero.
    bool ever_missed = false;  ///< Some interval did not contain the true change.
};

/// Compares up to `blocks` blocks, whose log ratios come from `draw`. The true relative change is
/// `truth`. If `goes_on`, the analyses continue after the verdict is settled.
Outcome compare(const Draw& draw, double truth, std::size_t blocks, bool goes_on) {
    std::vector<double> ratios;
    Outcome outcome;
    while (ratios.size() < blocks) {
        ratios.push_back(draw());
        if (!is_analysis_due(ratios.size()) && ratios.size() < blocks) continue;
        const Figure figure = figure_of(ratios);
        outcome.ever_apart = outcome.ever_apart || figure.change.low > 0 || figure.change.high < 0;
        outcome.ever_missed = outcome.ever_missed || figure.change.low > truth ||
                              figure.change.high < truth;
        if (!outcome.is_settled) {
            outcome.verdict = figure.verdict.value();
            outcome.blocks = ratios.size();
            outcome.is_settled = is_settled(figure, detect);
        }
        if (outcome.is_settled && !goes_on) break;
    }
    return outcome;
}

class SlowComparisons : public testing::Test {
protected:
    static constexpr int comparisons = 10'000;
    /// The standard deviation of a block's log ratio. This value is typical of a small virtual
    /// machine.
    static constexpr double deviation = 0.03;

    double normal(double shift) { return shift + deviation * normal_(engine_); }
    double heavy(double shift) { return shift + 0.6 * deviation * heavy_(engine_); }

    std::mt19937_64 engine_{20240229};
    std::normal_distribution<double> normal_;
    std::student_t_distribution<double> heavy_{2};
};

// Makes all analyses up to 49 blocks, even after the verdict is settled, because each analysis may
// find a false difference.
TEST_F(SlowComparisons, OfABuildWithItselfFindADifferenceInLessThanFivePercent) {
    for (const bool is_heavy : {false, true}) {
        SCOPED_TRACE(is_heavy ? "heavy" : "normal");
        const Draw draw = [&] { return is_heavy ? heavy(0) : normal(0); };
        int differ = 0, verdicts = 0;
        for (int i = 0; i < comparisons; ++i) {
            bool differs = false, is_verdict = false;
            for (std::size_t figure = 0; figure < figures; ++figure) {
                const Outcome outcome = compare(draw, 0, 49, true);
                differs = outcome.ever_apart || differs;
                is_verdict = is_verdict || outcome.verdict == Verdict::worse ||
                             outcome.verdict == Verdict::better;
            }
            differ += differs;
            verdicts += is_verdict;
        }
        RecordProperty(is_heavy ? "differ_heavy" : "differ_normal", differ);
        EXPECT_LE(differ, comparisons * error_total);
        EXPECT_GT(differ, 0) << "if no comparison errs, the intervals are too wide";
        EXPECT_LE(verdicts, differ);
    }
}

TEST_F(SlowComparisons, IntervalsOfAllAnalysesContainAPlantedChange) {
    const double shift = std::log(0.95);
    int missed = 0;
    for (int i = 0; i < comparisons; ++i)
        missed += compare([&] { return heavy(shift); }, std::expm1(shift), 33, true).ever_missed;
    EXPECT_LE(missed, comparisons * error_total / figures);
}

TEST_F(SlowComparisons, OfAPlantedSlowdownFindItWorse) {
    int worse = 0, same = 0;
    std::size_t blocks = 0;
    for (int i = 0; i < 500; ++i) {
        const Outcome outcome = compare([&] { return normal(std::log(0.95)); }, 0, 109, false);
        worse += outcome.verdict == Verdict::worse;
        same += outcome.verdict == Verdict::same;
        blocks += outcome.blocks;
    }
    EXPECT_GE(worse, 495);
    EXPECT_EQ(same, 0);
    EXPECT_LE(blocks / 500, 25u) << "a mean of 25 blocks: usually less than a minute";
}

TEST_F(SlowComparisons, OfABuildWithItselfSoonEndWithSame) {
    int same = 0;
    std::size_t blocks = 0;
    for (int i = 0; i < 500; ++i) {
        const Outcome outcome = compare([&] { return normal(0); }, 0, 109, false);
        same += outcome.verdict == Verdict::same;
        blocks += outcome.blocks;
    }
    EXPECT_GE(same, 475);
    EXPECT_LE(blocks / 500, 25u);
}

/// The log ratios of as many blocks as the first analysis needs. Every block has exactly the given
/// change.
std::vector<double> certain(double change) {
    return std::vector<double>(first_analysis, std::log1p(change));
}

TEST(Analysis, FollowsTheIntervalAndTheMargin) {
    const auto verdict_on = [](double change, Metric metric) {
        return figure_of(certain(change), metric).verdict.value();
    };
    EXPECT_EQ(verdict_on(-0.05, Metric::rate), Verdict::worse);
    EXPECT_EQ(verdict_on(+0.05, Metric::rate), Verdict::better);
    EXPECT_EQ(verdict_on(-0.05, Metric::p50), Verdict::better);
    EXPECT_EQ(verdict_on(+0.05, Metric::p50), Verdict::worse);
    EXPECT_EQ(verdict_on(+0.02, Metric::rate), Verdict::same);
    EXPECT_EQ(verdict_on(-0.0299, Metric::rate), Verdict::same)
        << "the change is certain, but within the margin";
}

TEST(Analysis, WithTooFewBlocksNothingIsFound) {
    const Figure figure = figure_of(std::vector<double>(first_analysis - 1, std::log(0.5)));
    EXPECT_EQ(figure.verdict, Verdict::inconclusive);
    EXPECT_THAT(figure.reason, testing::HasSubstr("too few"));
    EXPECT_FALSE(is_settled(figure, detect));
    EXPECT_TRUE(std::isinf(figure.visible));
}

TEST(Analysis, ANarrowIntervalAcrossTheMarginIsSettled) {
    std::vector<double> ratios;
    for (int i = 0; i < 60; ++i) ratios.push_back(std::log1p(0.029) + 0.001 * (i - 29.5));
    const Figure figure = figure_of(ratios);
    EXPECT_EQ(figure.verdict, Verdict::inconclusive);
    EXPECT_TRUE(is_settled(figure, detect));
    EXPECT_FALSE(is_settled(figure, 0.005));
}

/// The probability of error is divided equally among `analyses_max` analyses (sequential.h), so
/// exactly this number of analyses must be due.
TEST(Analyses, AreAsManyAsTheErrorIsDividedAmong) {
    std::size_t count = 0;
    for (std::size_t blocks = 0; blocks <= 2 * blocks_max(); ++blocks)
        count += is_analysis_due(blocks);
    EXPECT_EQ(count, analyses_max);
    EXPECT_TRUE(is_analysis_due(first_analysis));
    EXPECT_TRUE(is_analysis_due(blocks_max()));
    EXPECT_NEAR((1 - analysis_confidence()) * static_cast<double>(figures * analyses_max),
                error_total, 1e-9);
}

}  // namespace
}  // namespace paxos::compare::sequential_test
