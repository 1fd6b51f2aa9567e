// The verdict on a figure, and the estimate of how much the machine alone may have changed the
// figure. A streak is a sequence of files of one side, in order of their dates, with no file of the
// other side between them.
#include "compare/verdict.h"

#include <cmath>
#include <random>

#include "gtest/gtest.h"

namespace paxos::compare::verdict_test {
namespace {

constexpr double margin = 0.03;

/// A figure whose repetitions show `change`. `doubt` is the part of this change that the machine
/// may have caused.
Figure seen(Metric metric, Change change, Doubt doubt = {}) {
    Figure figure;
    figure.metric = metric;
    figure.base_count = figure.fresh_count = 10;
    figure.change = change;
    figure.doubt = doubt;
    figure.allowing = widened(change, doubt.most());
    return figure;
}

Verdict verdict_on(Figure figure) {
    set_verdict(figure, margin);
    EXPECT_NE(figure.reason, "");
    return figure.verdict.value();
}

constexpr Change up{.estimate = 0.10, .low = 0.08, .high = 0.12};
constexpr Change down{.estimate = -0.10, .low = -0.12, .high = -0.08};

TEST(CompareVerdict, depends_on_whether_more_of_a_figure_is_better) {
    EXPECT_EQ(verdict_on(seen(Metric::rate, up)), Verdict::better);
    EXPECT_EQ(verdict_on(seen(Metric::rate, down)), Verdict::worse);
    EXPECT_EQ(verdict_on(seen(Metric::p50, up)), Verdict::worse);
    EXPECT_EQ(verdict_on(seen(Metric::p50, down)), Verdict::better);
}

TEST(CompareVerdict, is_same_only_if_the_whole_interval_is_within_the_margin) {
    EXPECT_EQ(verdict_on(seen(Metric::rate, {.estimate = 0.01, .low = -0.01, .high = 0.025})),
              Verdict::same);
    EXPECT_EQ(verdict_on(seen(Metric::rate, {.estimate = 0.02, .low = 0.01, .high = 0.029})),
              Verdict::same)
        << "a change, but within the margin";
    EXPECT_EQ(verdict_on(seen(Metric::rate, {.estimate = 0.01, .low = -0.01, .high = 0.031})),
              Verdict::inconclusive);
    EXPECT_EQ(verdict_on(seen(Metric::rate, {.estimate = -0.01, .low = -0.031, .high = 0.01})),
              Verdict::inconclusive);
    EXPECT_EQ(verdict_on(seen(Metric::rate, {.estimate = 0.01, .low = -0.01, .high = 0.025},
                              {.seen = 0.02})),
              Verdict::inconclusive)
        << "the machine may have hidden a change";
}

TEST(CompareVerdict, gives_the_number_of_blocks_if_they_are_too_few) {
    Figure figure = seen(Metric::rate, {.estimate = 0.1, .low = -1, .high = INFINITY});
    figure.log_ratios = {0.1};
    set_verdict(figure, margin);
    EXPECT_EQ(figure.reason, "1 block is too few for an interval; a longer --max-time allows more");
    figure.log_ratios = {0.1, 0.1};
    set_verdict(figure, margin);
    EXPECT_EQ(figure.reason,
              "2 blocks are too few for an interval; a longer --max-time allows more");
}

TEST(CompareVerdict, needs_an_estimate_beyond_the_margin) {
    EXPECT_EQ(verdict_on(seen(Metric::rate, {.estimate = -0.029, .low = -0.05, .high = -0.01})),
              Verdict::inconclusive);
    EXPECT_EQ(verdict_on(seen(Metric::rate, {.estimate = -0.031, .low = -0.05, .high = -0.01})),
              Verdict::worse);
}

TEST(CompareVerdict, is_not_worse_if_the_machine_explains_the_change) {
    EXPECT_EQ(verdict_on(seen(Metric::rate, down, {.seen = 0.07})), Verdict::worse);
    EXPECT_EQ(verdict_on(seen(Metric::rate, down, {.seen = 0.09})), Verdict::inconclusive);
    EXPECT_EQ(verdict_on(seen(Metric::rate, down, {.unseen = 0.09})), Verdict::inconclusive);
    Figure figure = seen(Metric::rate, down, {.seen = 0.09});
    set_verdict(figure, margin);
    EXPECT_NE(figure.reason.find("the floor of the machine changed by 9.4%"), std::string::npos)
        << figure.reason;
}

TEST(CompareVerdict, is_inconclusive_with_one_repetition) {
    Figure figure = seen(Metric::rate, down);
    figure.fresh_count = 1;
    EXPECT_EQ(verdict_on(figure), Verdict::inconclusive);
    EXPECT_EQ(verdict_on(seen(Metric::rate, {.estimate = -0.5, .low = -1, .high = INFINITY})),
              Verdict::inconclusive)
        << "too few repetitions for an interval";
}

const double usual = usual_spread(Metric::p50, true);

TEST(CompareDoubt, is_the_largest_change_of_the_floor) {
    const std::vector<Control> controls{
        {.name = "a", .unit = Unit::plain, .base = 1, .fresh = 1.02, .change = 0.02},
        {.name = "b", .unit = Unit::plain, .base = 1, .fresh = 0.93, .change = -0.07}};
    EXPECT_NEAR(doubt_between({{1}}, {{1}}, controls, {}, usual).seen, -std::log(0.93), 1e-12);
}

TEST(CompareDoubt, is_large_for_one_streak_on_a_virtual_machine_and_shrinks_with_more_streaks) {
    const Doubt lone = doubt_between({{1, 1.001}}, {{1, 1.001}}, {}, {}, usual);
    EXPECT_GT(lone.unseen, 0.08);
    EXPECT_LT(doubt_between({{1}}, {{1}}, {}, {}, usual_spread(Metric::p50, false)).unseen, 0.03)
        << "on physical hardware";
    const Sample many(10, {1});
    EXPECT_LT(doubt_between(many, many, {}, {.base = 10, .fresh = 10}, usual).unseen, 0.02);
    EXPECT_GT(doubt_between(many, many, {}, {}, usual).unseen, 0.03)
        << "ten files, but all from one streak";
}

TEST(CompareDoubt, grows_with_the_spread_between_files_of_one_side) {
    const Sample wild{{1}, {1.3}, {0.8}, {1.2}}, quiet{{1}, {1.001}, {0.999}, {1}};
    const Streaks streaks{.base = 4, .fresh = 4};
    EXPECT_GT(doubt_between(wild, wild, {}, streaks, usual).unseen,
              3 * doubt_between(quiet, quiet, {}, streaks, usual).unseen);
}

TEST(CompareDoubt, grows_with_the_spread_within_a_run) {
    const Sample restless{{1, 1.3, 0.8, 1.2, 0.9}}, quiet{{1, 1.01, 0.99, 1.01, 1}};
    EXPECT_GT(doubt_between(restless, restless, {}, {}, usual).unseen, 0.4);
    EXPECT_LT(doubt_between(quiet, quiet, {}, {}, usual).unseen, 0.15);
}

Side made_at(std::initializer_list<const char*> dates) {
    Side side;
    for (const char* date : dates) side.emplace_back().date = date;
    return side;
}

TEST(CompareStreaks, are_counted_by_date) {
    const auto counted = [](const Side& base, const Side& fresh) {
        const Streaks streaks = streaks_of(base, fresh);
        return std::pair(streaks.base, streaks.fresh);
    };
    EXPECT_EQ(counted(made_at({"1"}), made_at({"2"})), std::pair(1ul, 1ul));
    EXPECT_EQ(counted(made_at({"1", "2", "3"}), made_at({"4", "5"})), std::pair(1ul, 1ul));
    EXPECT_EQ(counted(made_at({"5", "1", "3"}), made_at({"4", "2"})), std::pair(3ul, 2ul));
    EXPECT_EQ(counted(made_at({"1", "2", "5"}), made_at({"3", "4"})), std::pair(2ul, 1ul));
}

TEST(CompareDoubt, of_one_streak_on_a_virtual_machine_covers_the_changes_seen_between_equal_runs) {
    // These changes were measured between two default runs of one build. The runs were a second
    // apart and had the same floor.
    const Change of_rate{.estimate = -0.415, .low = -0.427, .high = -0.382};
    const double unseen = doubt_between({{1}}, {{1}}, {}, {}, usual_spread(Metric::rate, true))
                              .unseen;
    EXPECT_GT(widened(of_rate, unseen).high, 0);
    const Change of_p50{.estimate = 0.123, .low = 0.117, .high = 0.128};
    EXPECT_LT(widened(of_p50, doubt_between({{1}}, {{1}}, {}, {}, usual).unseen).low, 0);
}

/// The verdict on two simulated sides, each of `files` files with ten repetitions. The speed of the
/// machine varies from file to file. `spread` is the standard deviation of the logarithm of this
/// speed. The figures of the new side are changed by `change` (0.1 means 10% more).
Verdict of_unsteady_machine(Metric metric, std::mt19937_64& random, int files, double spread,
                            double change) {
    std::normal_distribution<double> normal;
    const auto side = [&](double factor) {
        Sample sample;
        for (int file = 0; file < files; ++file) {
            const double now = factor * std::exp(spread * normal(random));
            std::vector<double>& figures = sample.emplace_back();
            for (int i = 0; i < 10; ++i) figures.push_back(now * std::exp(0.01 * normal(random)));
        }
        return sample;
    };
    const Sample base = side(1), fresh = side(1 + change);
    const Streaks streaks{.base = base.size(), .fresh = fresh.size()};
    const Change shift = shift_between(pooled(base), pooled(fresh), verdict_confidence);
    return verdict_on(
        seen(metric, shift, doubt_between(base, fresh, {}, streaks, usual_spread(metric, true))));
}

TEST(CompareVerdict, Slow_rarely_takes_a_change_of_the_machine_for_a_regression) {
    std::mt19937_64 random(20260131);
    for (const auto& [metric, spread] :
         {std::pair(Metric::rate, 0.15), std::pair(Metric::p50, 0.04)}) {
        for (const int files : {1, 2, 5}) {
            int worse = 0;
            for (int i = 0; i < 400; ++i)
                worse += of_unsteady_machine(metric, random, files, spread, 0) == Verdict::worse
                             ? 1
                             : 0;
            EXPECT_LE(worse, 20) << "of 400, with " << files << " files a side";
        }
    }
}

struct Regression {
    Metric metric;
    int files;
    double spread, change;
};

TEST(CompareVerdict, finds_a_regression_on_an_unsteady_machine) {
    std::mt19937_64 random(20260131);
    for (const Regression& one :
         {Regression{Metric::rate, 1, 0.15, -0.6}, Regression{Metric::rate, 5, 0.15, -0.4},
          Regression{Metric::p50, 1, 0.04, 0.35}, Regression{Metric::p50, 5, 0.04, 0.12}}) {
        int worse = 0;
        for (int i = 0; i < 100; ++i)
            worse += of_unsteady_machine(one.metric, random, one.files, one.spread, one.change) ==
                             Verdict::worse
                         ? 1
                         : 0;
        EXPECT_GE(worse, 80) << "of 100, with " << one.files << " files a side";
    }
}

}  // namespace
}  // namespace paxos::compare::verdict_test
