// Looking again and again: how often builds without a difference are found to differ, and how
// often a difference is found, over thousands of made-up comparisons.
#include "compare/sequential.h"

#include <cmath>
#include <functional>
#include <random>

#include "compare/judge.h"
#include "gmock/gmock.h"

namespace paxos::compare::sequential_test {
namespace {

using Draw = std::function<double()>;
constexpr std::size_t figures = 2;
constexpr double margin = 0.03, detect = 0.03;

/// A figure of blocks of which the new build has so much more (as logarithms), looked at.
Figure look_at(const std::vector<double>& log_ratios, Metric metric = Metric::rate) {
    Figure figure;
    figure.metric = metric;
    figure.log_ratios = log_ratios;
    weigh_blocks(figure);
    judge(figure, margin);
    EXPECT_NE(figure.reason, "");
    return figure;
}

/// The result of a comparison of one figure.
struct Course {
    Judgement judgement = Judgement::inconclusive;  ///< When it was settled, or at the end.
    std::size_t blocks = 0;                         ///< Then.
    bool is_settled = false;
    bool ever_apart = false;   ///< At any look, the one at which it ended or not.
    bool ever_missed = false;  ///< Some look's interval did not hold the true change.
};

/// `goes_on`: continues after the decision, up to the last look.
Course compare(const Draw& draw, double truth, std::size_t blocks, bool goes_on) {
    std::vector<double> ratios;
    Course course;
    while (ratios.size() < blocks) {
        ratios.push_back(draw());
        if (!is_look(ratios.size()) && ratios.size() < blocks) continue;
        const Figure look = look_at(ratios);
        course.ever_apart = course.ever_apart || look.change.low > 0 || look.change.high < 0;
        course.ever_missed = course.ever_missed || look.change.low > truth ||
                             look.change.high < truth;
        if (!course.is_settled) {
            course.judgement = look.judgement.value();
            course.blocks = ratios.size();
            course.is_settled = is_settled(look, detect);
        }
        if (course.is_settled && !goes_on) break;
    }
    return course;
}

class SlowComparisons : public testing::Test {
protected:
    static constexpr int comparisons = 10'000;
    /// As one sees it on a small virtual machine.
    static constexpr double deviation = 0.03;

    double normal(double shift) { return shift + deviation * normal_(engine_); }
    double heavy(double shift) { return shift + 0.6 * deviation * heavy_(engine_); }

    std::mt19937_64 engine_{20240229};
    std::normal_distribution<double> normal_;
    std::student_t_distribution<double> heavy_{2};
};

// Takes all looks of a minute, also after the decision: the worst case for wrong results.
TEST_F(SlowComparisons, OfABuildWithItselfFindADifferenceInFewerThanOneOfTwenty) {
    for (const bool is_heavy : {false, true}) {
        SCOPED_TRACE(is_heavy ? "heavy" : "normal");
        const Draw draw = [&] { return is_heavy ? heavy(0) : normal(0); };
        int differ = 0, verdicts = 0;
        for (int i = 0; i < comparisons; ++i) {
            bool differs = false, is_verdict = false;
            for (std::size_t figure = 0; figure < figures; ++figure) {
                const Course course = compare(draw, 0, 49, true);
                differs = course.ever_apart || differs;
                is_verdict = is_verdict || course.judgement == Judgement::worse ||
                             course.judgement == Judgement::better;
            }
            differ += differs;
            verdicts += is_verdict;
        }
        RecordProperty(is_heavy ? "differ_heavy" : "differ_normal", differ);
        EXPECT_LE(differ, comparisons * error_total);
        EXPECT_GT(differ, 0) << "intervals that never err are too wide";
        EXPECT_LE(verdicts, differ);
    }
}

TEST_F(SlowComparisons, IntervalsOfAllLooksHoldAPlantedChangeTogether) {
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
        const Course course = compare([&] { return normal(std::log(0.95)); }, 0, 109, false);
        worse += course.judgement == Judgement::worse;
        same += course.judgement == Judgement::same;
        blocks += course.blocks;
    }
    EXPECT_GE(worse, 495);
    EXPECT_EQ(same, 0);
    EXPECT_LE(blocks / 500, 25u) << "soon: most of them in less than a minute";
}

TEST_F(SlowComparisons, OfABuildWithItselfEndSoonAndAlike) {
    int same = 0;
    std::size_t blocks = 0;
    for (int i = 0; i < 500; ++i) {
        const Course course = compare([&] { return normal(0); }, 0, 109, false);
        same += course.judgement == Judgement::same;
        blocks += course.blocks;
    }
    EXPECT_GE(same, 475);
    EXPECT_LE(blocks / 500, 25u);
}

/// The blocks of the first look, each with exactly this change.
std::vector<double> certain(double change) {
    return std::vector<double>(first_look, std::log1p(change));
}

TEST(Look, FollowsTheIntervalAndTheMargin) {
    const auto judged = [](double change, Metric metric) {
        return look_at(certain(change), metric).judgement.value();
    };
    EXPECT_EQ(judged(-0.05, Metric::rate), Judgement::worse);
    EXPECT_EQ(judged(+0.05, Metric::rate), Judgement::better);
    EXPECT_EQ(judged(-0.05, Metric::p50), Judgement::better);
    EXPECT_EQ(judged(+0.05, Metric::p50), Judgement::worse);
    EXPECT_EQ(judged(+0.02, Metric::rate), Judgement::same);
    EXPECT_EQ(judged(-0.0299, Metric::rate), Judgement::same)
        << "certain beyond all doubt, and no matter";
}

TEST(Look, WithTooFewBlocksNothingIsFound) {
    const Figure look = look_at(std::vector<double>(first_look - 1, std::log(0.5)));
    EXPECT_EQ(look.judgement, Judgement::inconclusive);
    EXPECT_THAT(look.reason, testing::HasSubstr("too few"));
    EXPECT_FALSE(is_settled(look, detect));
    EXPECT_TRUE(std::isinf(look.visible));
}

TEST(Look, ANarrowIntervalAcrossTheMarginIsAsClearAsWasAskedFor) {
    std::vector<double> ratios;
    for (int i = 0; i < 60; ++i) ratios.push_back(std::log1p(0.029) + 0.001 * (i - 29.5));
    const Figure look = look_at(ratios);
    EXPECT_EQ(look.judgement, Judgement::inconclusive);
    EXPECT_TRUE(is_settled(look, detect));
    EXPECT_FALSE(is_settled(look, 0.005));
}

TEST(Looks, AreAsManyAsTheErrorIsSharedBy) {
    std::size_t count = 0;
    for (std::size_t blocks = 0; blocks <= 2 * blocks_max(); ++blocks) count += is_look(blocks);
    EXPECT_EQ(count, looks_max);
    EXPECT_TRUE(is_look(first_look));
    EXPECT_TRUE(is_look(blocks_max()));
    EXPECT_NEAR((1 - look_confidence()) * static_cast<double>(figures * looks_max), error_total,
                1e-9);
}

}  // namespace
}  // namespace paxos::compare::sequential_test
