// Tests of the simulator. Simulated clusters ("worlds") of every kind break no rule. Each fault
// occurs in some of them. A seed always gives the same world, with every compiler and with or
// without --log.
//
// play_all() reports a failure with the options of the world (--seed, --protocol, --size).
// `paxos_fast sim --log` with these options plays the world again and prints it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

#include "paxos/assert.h"
#include "sim/many.h"
#include "sim/trap.h"

namespace paxos::sim::sim_test {
namespace {

/// Plays seeds 1 .. count and reports the seeds that fail. Stops after three failures.
Tally play_all(Variant protocol, Size size, std::uint64_t count) {
    Player player;
    Tally sum;
    int bad = 0;
    for (std::uint64_t seed = 1; seed <= count && bad < 3; ++seed) {
        const Outcome& outcome = player.play(seed, {.protocol = protocol, .size = size});
        sum.add(outcome.tally);
        if (outcome.verdict == Verdict::good) continue;
        ++bad;
        ADD_FAILURE() << "--seed " << seed << " --protocol " << name_of(protocol) << " --size "
                      << size_names[static_cast<std::size_t>(size)] << ": " << outcome.failure
                      << "\n"
                      << describe(outcome.draw);
    }
    return sum;
}

TEST(SimTest, classic_tiny) {
    EXPECT_GT(play_all(Variant::classic, Size::tiny, 400).decisions, 10'000u);
}
TEST(SimTest, multi_tiny) {
    EXPECT_GT(play_all(Variant::multi, Size::tiny, 400).decisions, 10'000u);
}
TEST(SimTest, classic_small_in_some_worlds_with_messages_sent_twice) {
    const Tally tally = play_all(Variant::classic, Size::small, 30);
    EXPECT_GT(tally.decisions, 30'000u);
    EXPECT_GT(tally.copies, 0u);
}
TEST(SimTest, multi_small_in_some_worlds_with_messages_sent_twice) {
    const Tally tally = play_all(Variant::multi, Size::small, 30);
    EXPECT_GT(tally.decisions, 30'000u);
    EXPECT_GT(tally.copies, 0u);
}
TEST(SimTest, classic_standard) {
    EXPECT_GT(play_all(Variant::classic, Size::standard, 4).decisions, 30'000u);
}
TEST(SimTest, multi_standard) {
    EXPECT_GT(play_all(Variant::multi, Size::standard, 4).decisions, 30'000u);
}

TEST(SimTest, S32_S33_S34_S36_every_fault_occurs) {
    const Total total = play_many(
        {.first_seed = 1, .worlds = 300, .jobs = 1, .wish = {.protocol = {}, .size = Size::tiny}},
        [](const Total&) { return true; });
    ASSERT_FALSE(total.failure) << total.failure->failure;
    const Tally& tally = total.tally;
    EXPECT_EQ(tally.worlds, 300u);
    for (std::size_t i = 0; i < damage_kinds; ++i)
        EXPECT_GT(tally.damaged[i], 0u) << damage_names[i];
    const Ledger& ledger = tally.datagrams;
    for (const std::uint64_t count :
         {ledger.lost,          ledger.duplicated,      ledger.forged,
          ledger.rejected,      ledger.cut_off,         ledger.for_the_dead,
          ledger.overflowed,    tally.delayed,          tally.overtaken,
          tally.cuts,           tally.one_way_cuts,     tally.bridge_cuts,
          tally.flapping_cuts,  tally.single_node_cuts, tally.clogs,
          tally.pauses,         tally.starved,          tally.crashes,
          tally.restarts,       tally.late_counters,    tally.preemptions,
          tally.takeovers,      tally.skipped,          tally.resent,
          tally.permanent_cuts, tally.from_history})
        EXPECT_GT(count, 0u);
    EXPECT_TRUE(ledger.closes());
    EXPECT_GT(total.live, 100u);
}

TEST(SimTestSlow, S06_S23_S26_S29_every_fault_of_a_disk_occurs) {
    const Total total = play_many(
        {.first_seed = 1, .worlds = 1000, .jobs = 1, .wish = {.protocol = {}, .size = Size::tiny}},
        [](const Total&) { return true; });
    ASSERT_FALSE(total.failure) << total.failure->failure;
    const DiskTally& disks = total.tally.disks;
    for (const std::uint64_t count :
         {disks.slow, disks.failed, disks.short_write, disks.torn, disks.lost, disks.written,
          disks.unflushed, disks.torn_starts, disks.torn_tails, disks.rotten, disks.misdirected,
          disks.full, disks.checkpoints, disks.torn_checkpoints})
        EXPECT_GT(count, 3u);
    EXPECT_GT(disks.flushes, 10'000u);
    EXPECT_LE(disks.short_write, disks.failed);
}

TEST(SimTest, worlds_with_more_than_nine_nodes_are_played) {
    Player player;
    Tally large;
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        const Wish wish{.protocol = {}, .size = Size::tiny};
        if (draw(seed, wish).nodes <= 9) continue;
        const Outcome& outcome = player.play(seed, wish);
        EXPECT_EQ(outcome.verdict, Verdict::good) << seed << ": " << outcome.failure;
        large.add(outcome.tally);
    }
    EXPECT_GT(large.worlds, 0u);
    EXPECT_GT(large.decisions, 0u);
}

struct Frozen {
    std::uint64_t seed;
    Variant protocol;
    std::uint64_t hash;
};

// S38: the hashes are the same in every build and with every compiler. They change if the protocol
// sends other messages or the simulator draws other random numbers. The failing test prints the new
// hashes.
constexpr Frozen frozen[] = {
    {1, Variant::classic, 0x1d52c92687dca9b2}, {3, Variant::classic, 0xde1bb05efddf94fa},
    {5, Variant::classic, 0x2a822b609a11ab95}, {1, Variant::multi, 0x01b3a600ac5ed4d5},
    {3, Variant::multi, 0x24ad774a14c5d045},   {5, Variant::multi, 0x3ad19c651b24df8d},
};

TEST(SimTest, S38_a_seed_gives_the_same_world_in_every_build) {
    if (limits::value_size != 32) GTEST_SKIP() << "the hashes are for values of 32 bytes";
    Player player;
    bool differs = false;
    std::string lines;
    for (const Frozen& one : frozen) {
        const std::uint64_t hash = player.play(one.seed, {.protocol = one.protocol, .size = {}})
                                       .hash;
        differs |= hash != one.hash;
        char line[80];
        std::snprintf(line, sizeof line, "    {%llu, Variant::%s, 0x%016llx},\n",
                      static_cast<unsigned long long>(one.seed), name_of(one.protocol).data(),
                      static_cast<unsigned long long>(hash));
        lines += line;
    }
    EXPECT_FALSE(differs) << lines;
}

struct Counting : Watcher {
    void on_event(Tick, NodeId, const Event&) override { ++events; }
    void on_world(Tick, const std::string&) override { ++changes; }
    std::uint64_t events = 0, changes = 0;
};

TEST(SimTest, S38_the_same_seed_gives_the_same_world_with_any_watcher_and_after_any_other_world) {
    Player player, other;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const Wish wish{.protocol = {}, .size = seed % 2 == 0 ? Size::tiny : Size::small};
        Counting watcher;
        const std::uint64_t hash = player.play(seed, wish).hash;
        EXPECT_EQ(hash, other.play(seed, wish, &watcher).hash) << seed;
        EXPECT_NE(hash, player.play(seed + 1000, wish).hash);
        EXPECT_GT(watcher.events, 0u);
        EXPECT_GT(watcher.changes, 0u);
    }
}

TEST(SimTest, S38_any_number_of_jobs_plays_the_same_worlds) {
    const auto hash = [](unsigned jobs) {
        return play_many({.first_seed = 7,
                          .worlds = 40,
                          .jobs = jobs,
                          .wish = {.protocol = {}, .size = Size::tiny}},
                         [](const Total&) { return true; })
            .hash;
    };
    EXPECT_EQ(hash(1), hash(3));
}

TEST(SimTest, worlds_that_have_begun_are_completed_after_a_stop) {
    const Total total = play_many({.first_seed = 1, .worlds = 1'000'000, .jobs = 2, .wish = {}},
                                  [](const Total& so_far) { return so_far.tally.worlds < 5; });
    EXPECT_GE(total.tally.worlds, 5u);
    EXPECT_LT(total.tally.worlds, 1'000'000u);
    EXPECT_FALSE(total.failure);
}

TEST(SimTest, a_trap_catches_a_failed_assertion) {
    Trap trap;
    if (setjmp(trap.place()) == 0) {
        assert_failed("two and two are four", "here.cpp", 7);
    }
    EXPECT_EQ(trap.text(), "assert: two and two are four at here.cpp:7");
}

TEST(SimTest, the_time_bound_grows_with_open_slots_latency_and_straggling) {
    Draw draw = sim::draw(1);
    const Tick nothing_left = bound_ns(draw, 0);
    EXPECT_GT(bound_ns(draw, 1000), nothing_left);
    draw.latency_ns *= 2;
    EXPECT_GT(bound_ns(draw, 0), nothing_left);
    const Tick without_stragglers = bound_ns(draw, 0);
    draw.faults.straggle_max_ns += 1'000'000'000;
    EXPECT_EQ(bound_ns(draw, 0), without_stragglers + 1'000'000'000);
}

}  // namespace
}  // namespace paxos::sim::sim_test
