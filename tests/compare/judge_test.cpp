// The verdict on a figure, and how far the machine alone may have moved it.
#include "compare/judge.h"

#include <cmath>
#include <random>

#include "gtest/gtest.h"

namespace paxos::compare::judge_test {
namespace {

constexpr double margin = 0.03;

/// A figure whose repetitions show `change`, and which the machine may have moved by `doubt`.
Figure seen(Metric metric, Change change, Doubt doubt = {}) {
    Figure figure;
    figure.metric = metric;
    figure.base_count = figure.fresh_count = 10;
    figure.change = change;
    figure.doubt = doubt;
    figure.allowing = widened(change, doubt.most());
    return figure;
}

Judgement judged(Figure figure) {
    judge(figure, margin);
    EXPECT_NE(figure.reason, "");
    return figure.judgement.value();
}

constexpr Change up{.estimate = 0.10, .low = 0.08, .high = 0.12};
constexpr Change down{.estimate = -0.10, .low = -0.12, .high = -0.08};

TEST(CompareJudge, knows_for_each_figure_what_is_better) {
    EXPECT_EQ(judged(seen(Metric::rate, up)), Judgement::better);
    EXPECT_EQ(judged(seen(Metric::rate, down)), Judgement::worse);
    EXPECT_EQ(judged(seen(Metric::p50, up)), Judgement::worse);
    EXPECT_EQ(judged(seen(Metric::p50, down)), Judgement::better);
}

TEST(CompareJudge, says_same_only_where_the_whole_interval_is_within_the_margin) {
    EXPECT_EQ(judged(seen(Metric::rate, {.estimate = 0.01, .low = -0.01, .high = 0.025})),
              Judgement::same);
    EXPECT_EQ(judged(seen(Metric::rate, {.estimate = 0.02, .low = 0.01, .high = 0.029})),
              Judgement::same)
        << "a change, but none that matters";
    EXPECT_EQ(judged(seen(Metric::rate, {.estimate = 0.01, .low = -0.01, .high = 0.031})),
              Judgement::inconclusive);
    EXPECT_EQ(judged(seen(Metric::rate, {.estimate = -0.01, .low = -0.031, .high = 0.01})),
              Judgement::inconclusive);
    EXPECT_EQ(
        judged(seen(Metric::rate, {.estimate = 0.01, .low = -0.01, .high = 0.025}, {.seen = 0.02})),
        Judgement::inconclusive)
        << "the machine may have hidden a change";
}

TEST(CompareJudge, needs_an_estimate_beyond_the_margin) {
    EXPECT_EQ(judged(seen(Metric::rate, {.estimate = -0.029, .low = -0.05, .high = -0.01})),
              Judgement::inconclusive);
    EXPECT_EQ(judged(seen(Metric::rate, {.estimate = -0.031, .low = -0.05, .high = -0.01})),
              Judgement::worse);
}

TEST(CompareJudge, calls_nothing_worse_that_the_machine_explains) {
    EXPECT_EQ(judged(seen(Metric::rate, down, {.seen = 0.07})), Judgement::worse);
    EXPECT_EQ(judged(seen(Metric::rate, down, {.seen = 0.09})), Judgement::inconclusive);
    EXPECT_EQ(judged(seen(Metric::rate, down, {.unseen = 0.09})), Judgement::inconclusive);
    Figure figure = seen(Metric::rate, down, {.seen = 0.09});
    judge(figure, margin);
    EXPECT_NE(figure.reason.find("the floor of the machine changed by 9.4%"), std::string::npos)
        << figure.reason;
}

TEST(CompareJudge, takes_one_repetition_as_proof_of_nothing) {
    Figure figure = seen(Metric::rate, down);
    figure.fresh_count = 1;
    EXPECT_EQ(judged(figure), Judgement::inconclusive);
    EXPECT_EQ(judged(seen(Metric::rate, {.estimate = -0.5, .low = -1, .high = INFINITY})),
              Judgement::inconclusive)
        << "too few for an interval";
}

const double spread = usual_spread(Metric::p50, true);

TEST(CompareDoubt, is_what_the_floor_moved_at_most) {
    const std::vector<Control> controls{
        {.name = "a", .unit = Unit::plain, .base = 1, .fresh = 1.02, .change = 0.02},
        {.name = "b", .unit = Unit::plain, .base = 1, .fresh = 0.93, .change = -0.07}};
    EXPECT_NEAR(doubt_between({{1}}, {{1}}, controls, {}, spread).seen, -std::log(0.93), 1e-12);
}

TEST(CompareDoubt, is_large_for_one_turn_on_a_virtual_machine_and_shrinks_with_turns) {
    const Doubt lone = doubt_between({{1, 1.001}}, {{1, 1.001}}, {}, {}, spread);
    EXPECT_GT(lone.unseen, 0.08);
    EXPECT_LT(doubt_between({{1}}, {{1}}, {}, {}, usual_spread(Metric::p50, false)).unseen, 0.03)
        << "on metal";
    const Sample many(10, {1});
    EXPECT_LT(doubt_between(many, many, {}, {.base = 10, .fresh = 10}, spread).unseen, 0.02);
    EXPECT_GT(doubt_between(many, many, {}, {}, spread).unseen, 0.03) << "ten files, but one turn";
}

TEST(CompareDoubt, learns_from_files_of_one_side_that_differ) {
    const Sample wild{{1}, {1.3}, {0.8}, {1.2}}, quiet{{1}, {1.001}, {0.999}, {1}};
    const Turns turns{.base = 4, .fresh = 4};
    EXPECT_GT(doubt_between(wild, wild, {}, turns, spread).unseen,
              3 * doubt_between(quiet, quiet, {}, turns, spread).unseen);
}

TEST(CompareDoubt, takes_a_machine_that_is_restless_within_a_run_as_restless_between_runs) {
    const Sample restless{{1, 1.3, 0.8, 1.2, 0.9}}, quiet{{1, 1.01, 0.99, 1.01, 1}};
    EXPECT_GT(doubt_between(restless, restless, {}, {}, spread).unseen, 0.4);
    EXPECT_LT(doubt_between(quiet, quiet, {}, {}, spread).unseen, 0.15);
}

Side made_at(std::initializer_list<const char*> dates) {
    Side side;
    for (const char* date : dates) side.emplace_back().date = date;
    return side;
}

TEST(CompareTurns, are_counted_by_date) {
    const auto counted = [](const Side& base, const Side& fresh) {
        const Turns turns = turns_of(base, fresh);
        return std::pair(turns.base, turns.fresh);
    };
    EXPECT_EQ(counted(made_at({"1"}), made_at({"2"})), std::pair(1ul, 1ul));
    EXPECT_EQ(counted(made_at({"1", "2", "3"}), made_at({"4", "5"})), std::pair(1ul, 1ul));
    EXPECT_EQ(counted(made_at({"5", "1", "3"}), made_at({"4", "2"})), std::pair(3ul, 2ul));
    EXPECT_EQ(counted(made_at({"1", "2", "5"}), made_at({"3", "4"})), std::pair(2ul, 1ul));
}

TEST(CompareDoubt, of_one_turn_on_a_virtual_machine_covers_what_was_seen_of_its_gears) {
    // Two default runs of one build, a second between them; the floor had not moved.
    const Change gears{.estimate = -0.415, .low = -0.427, .high = -0.382};
    const double unseen = doubt_between({{1}}, {{1}}, {}, {}, usual_spread(Metric::rate, true))
                              .unseen;
    EXPECT_GT(widened(gears, unseen).high, 0);
    const Change slower{.estimate = 0.123, .low = 0.117, .high = 0.128};
    EXPECT_LT(widened(slower, doubt_between({{1}}, {{1}}, {}, {}, spread).unseen).low, 0);
}

/// Two sides of `files` files with ten repetitions each, measured on a machine whose mood differs
/// from file to file (standard deviation `mood`), the new one changed by `change`.
Judgement of_moody_machine(Metric metric, std::mt19937_64& random, int files, double mood,
                           double change) {
    std::normal_distribution<double> normal;
    const auto side = [&](double factor) {
        Sample sample;
        for (int file = 0; file < files; ++file) {
            const double now = factor * std::exp(mood * normal(random));
            std::vector<double>& figures = sample.emplace_back();
            for (int i = 0; i < 10; ++i) figures.push_back(now * std::exp(0.01 * normal(random)));
        }
        return sample;
    };
    const Sample base = side(1), fresh = side(1 + change);
    const Turns turns{.base = base.size(), .fresh = fresh.size()};
    const Change shift = shift_between(pooled(base), pooled(fresh), verdict_confidence);
    return judged(
        seen(metric, shift, doubt_between(base, fresh, {}, turns, usual_spread(metric, true))));
}

TEST(CompareJudge, Slow_seldom_takes_the_machines_mood_for_a_regression) {
    std::mt19937_64 random(20260131);
    for (const auto& [metric, mood] :
         {std::pair(Metric::rate, 0.15), std::pair(Metric::p50, 0.04)}) {
        for (const int files : {1, 2, 5}) {
            int worse = 0;
            for (int i = 0; i < 400; ++i)
                worse += of_moody_machine(metric, random, files, mood, 0) == Judgement::worse ? 1
                                                                                              : 0;
            EXPECT_LE(worse, 20) << "of 400, with " << files << " files a side";
        }
    }
}

struct Regression {
    Metric metric;
    int files;
    double mood, change;
};

TEST(CompareJudge, finds_a_regression_all_the_same) {
    std::mt19937_64 random(20260131);
    for (const Regression& one :
         {Regression{Metric::rate, 1, 0.15, -0.6}, Regression{Metric::rate, 5, 0.15, -0.4},
          Regression{Metric::p50, 1, 0.04, 0.35}, Regression{Metric::p50, 5, 0.04, 0.12}}) {
        int worse = 0;
        for (int i = 0; i < 100; ++i)
            worse += of_moody_machine(one.metric, random, one.files, one.mood, one.change) ==
                             Judgement::worse
                         ? 1
                         : 0;
        EXPECT_GE(worse, 80) << "of 100, with " << one.files << " files a side";
    }
}

}  // namespace
}  // namespace paxos::compare::judge_test
