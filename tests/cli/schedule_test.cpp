// How --duration is divided among the runs, and within a run among its loads (the numbers of rounds
// in flight), and which commands announce how long they take. Time is simulated.
#include "cli/bench/schedule.h"

#include "cli/text.h"
#include "gtest/gtest.h"
#include "support/settings.h"

namespace paxos::cli::schedule_test {
namespace {

constexpr std::uint64_t ms = 1'000'000, s = 1'000'000'000;

Options options_of(std::initializer_list<const char*> arguments) {
    const Parsed parsed = parse(inputs_of(arguments));
    EXPECT_EQ(parsed.request, Parsed::Request::run) << parsed.text;
    return parsed.options;
}

/// Simulates all runs of `options`. Measuring the floor (the speed of bare UDP) takes `floor` ns.
/// Each run needs `start_and_stop` ns to start and stop its nodes. Returns how many nanoseconds the
/// command takes.
std::uint64_t run_all(const Options& options, std::uint64_t floor, std::uint64_t start_and_stop) {
    Schedule schedule(options);
    std::uint64_t now = 100 * s;
    schedule.begin(now);
    now += floor;
    for (unsigned run = 0; run < options.repetitions; ++run) {
        const std::uint64_t window = schedule.row_ns_from(now);
        schedule.begin_run(now);
        now += window * options.plan.row_count + start_and_stop;
        schedule.end_run(now);
    }
    return now - 100 * s;
}

TEST(Schedule, a_duration_limits_the_whole_command) {
    for (const char* duration : {"3s", "30s", "10min"}) {
        const Options options = options_of({"--duration", duration});
        const std::uint64_t taken = run_all(options, 400 * ms, 60 * ms);
        EXPECT_GE(taken, options.duration_ns);
        EXPECT_LE(taken, options.duration_ns + 60 * ms) << "at most one start and stop longer";
    }
}

TEST(Schedule, a_single_run_gets_the_whole_duration) {
    const Options options = options_of({"--duration", "60ms", "--repetitions", "1"});
    Schedule schedule(options);
    schedule.begin(5 * s);
    EXPECT_EQ(schedule.row_ns_from(5 * s), 30 * ms);
}

TEST(Schedule, a_window_never_has_less_than_a_millisecond) {
    const Options options = options_of({"--duration", "100ms", "--repetitions", "10"});
    EXPECT_LE(run_all(options, 0, 500 * ms), 10 * (500 * ms + 2 * 5 * ms));
    Schedule schedule(options);
    schedule.begin(0);
    EXPECT_EQ(schedule.row_ns_from(70 * s), 1 * ms);
}

TEST(Schedule, announces_long_commands_only) {
    const auto announced = [](const Options& options) {
        Schedule schedule(options);
        schedule.begin(7 * s);
        const std::string text = schedule.announce(7 * s);
        EXPECT_EQ(text.empty() ? "" : schedule.announce(7 * s), "") << "announced once";
        return text;
    };
    EXPECT_EQ(announced(options_of({})), "");
    EXPECT_EQ(announced(options_of({"--duration", "20s"})), "");
    EXPECT_EQ(announced(options_of({"--duration", "30s"})),
              "takes about 30 s: 2 windows x 10 runs");
    EXPECT_EQ(announced(options_of({"--duration", "1h", "--window", "64"})),
              "takes about 60 min: 1 window x 10 runs");
    EXPECT_EQ(announced(options_of({"--duration", "1min", "--rounds", "1k"})),
              "takes at most 60 s: 2 windows x 10 runs");
    EXPECT_EQ(announced(options_of({"--rate", "1k,10k", "--rounds", "20k"})),
              "takes about 4 min: 2 rates x 10 runs");
}

TEST(Schedule, estimates_from_the_runs_so_far) {
    Schedule schedule(options_of({"--rounds", "1G"}));
    schedule.begin(0);
    schedule.begin_run(0);
    schedule.note_share(1 * s, std::nullopt);
    EXPECT_EQ(schedule.left_s(5 * s), std::nullopt)
        << "the time of the first window does not predict the time of the others";
    schedule.note_share(6 * s, 0.0);
    EXPECT_EQ(schedule.left_s(7 * s), std::nullopt) << "too early";
    schedule.note_share(10 * s, 0.5);
    EXPECT_EQ(schedule.left_s(10 * s), 10 * 14.0 - 10);
    EXPECT_EQ(schedule.announce(10 * s), "takes about 2 min: 2 windows x 10 runs");
    schedule.end_run(24 * s);
    schedule.begin_run(24 * s);
    EXPECT_EQ(schedule.left_s(25 * s), 9 * 24.0 - 1);
}

TEST(Schedule, only_the_last_window_shows_the_progress_of_a_run) {
    const node::Plan plan = options_of({}).plan;
    EXPECT_EQ(share_of(plan, 0), std::nullopt);
    EXPECT_EQ(share_of(plan, plan.warmup + 999), std::nullopt);
    EXPECT_EQ(share_of(plan, plan.warmup + 1000), 0.0);
    EXPECT_EQ(share_of(plan, plan.warmup + 1000 + 50'000), 0.5);
    EXPECT_EQ(share_of(plan, plan.slot_end() + 5), 1.0);
    EXPECT_EQ(share_of(options_of({"--duration", "1s"}).plan, 5000), std::nullopt);
}

TEST(Schedule, prints_rough_times) {
    EXPECT_EQ(rough_time_text(0.4), "0 s");
    EXPECT_EQ(rough_time_text(99), "99 s");
    EXPECT_EQ(rough_time_text(600), "10 min");
    EXPECT_EQ(rough_time_text(7500), "2 h 5 min");
}

}  // namespace
}  // namespace paxos::cli::schedule_test
