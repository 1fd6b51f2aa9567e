// How the launcher recognizes that a run is over. The test sets the boards and the clock.
#include "cluster/watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cluster/shared_board.h"

namespace paxos::cluster::watch_test {
namespace {

using node::NodeState;
using testing::AllOf;
using testing::HasSubstr;

constexpr Tick second = Watch::second;
constexpr Tick tenth = second / 10;

class WatchTest : public testing::Test {
protected:
    void begin(std::size_t nodes, std::uint64_t rounds, std::uint64_t warmup = 0) {
        plan_.nodes = nodes;
        plan_.warmup = warmup;
        plan_.row_count = 1;
        plan_.rows[0].rounds = rounds;
        begin();
    }
    void begin() {
        std::string error;
        ASSERT_TRUE(board_.map(plan_, error)) << error;
        live_ = NodeMask::first(plan_.nodes);
        live_.for_each([&](NodeId node) {
            hear(node, live_ - NodeMask::of(node));
            at(node).leader.set(0);
        });
        watch_ = std::make_unique<Watch>(plan_, now_);
    }
    node::NodeBoard& at(NodeId node) { return board_.get().nodes[node]; }
    void learn(NodeId node, Slot end) { at(node).learned.publish(end); }
    void hear(NodeId node, NodeMask heard) { at(node).heard.set(heard.bits()); }
    void learn_all(Slot end) {
        live_.for_each([&](NodeId node) { learn(node, end); });
    }
    void turn(NodeMask nodes) {
        nodes.for_each([&](NodeId node) { at(node).turns.add(1); });
    }
    /// Runs the watch every 100 ms for `ns` nanoseconds, or until it finds that the run is over.
    /// Meanwhile the nodes `turning` make turns.
    Outcome observe_for(Tick ns, NodeMask turning) {
        Outcome outcome = Outcome::running;
        for (Tick passed = 0; passed < ns && outcome == Outcome::running; passed += tenth) {
            now_ += tenth;
            turn(turning);
            outcome = observe();
        }
        return outcome;
    }
    Outcome observe() {
        const Outcome outcome = watch_->observe(board_.get(), live_, now_, starting_);
        if (std::string warning = watch_->take_warning(); !warning.empty())
            warnings_.push_back(std::move(warning));
        return outcome;
    }

    node::Plan plan_;
    SharedBoard board_;
    Tick now_ = 1000 * second;
    NodeMask live_, starting_;
    std::unique_ptr<Watch> watch_;
    std::vector<std::string> warnings_;
};

TEST_F(WatchTest, complete_when_every_live_node_has_learned_every_slot) {
    begin(3, 100, 10);
    EXPECT_EQ(observe(), Outcome::running);
    learn_all(109);
    EXPECT_EQ(observe(), Outcome::running);
    learn(0, 110);
    learn(1, 110);
    EXPECT_EQ(observe(), Outcome::running);
    learn(2, 110);
    EXPECT_EQ(observe(), Outcome::complete);
    EXPECT_EQ(watch_->learned_max(), 110U);
}

TEST_F(WatchTest, a_node_that_reports_itself_complete_is_complete) {
    begin(1, 100);
    at(0).state.publish(static_cast<std::uint64_t>(NodeState::complete));
    EXPECT_EQ(observe(), Outcome::complete);
}

TEST_F(WatchTest, a_dead_node_is_not_waited_for) {
    begin(3, 100);
    live_.remove(1);
    learn_all(100);
    EXPECT_EQ(observe(), Outcome::complete);
}

TEST_F(WatchTest, without_a_majority_it_ends_at_once_with_the_reason) {
    begin(3, 100);
    learn_all(40);
    EXPECT_EQ(observe(), Outcome::running);
    live_ = NodeMask::of(2);
    EXPECT_EQ(observe(), Outcome::no_quorum);
    EXPECT_EQ(watch_->reason(),
              "no majority remains: 1 of 3 nodes are alive and 2 are needed; 40 of 100 rounds are "
              "decided");
}

TEST_F(WatchTest, complete_if_the_live_nodes_learned_everything_even_without_a_majority) {
    begin(3, 100);
    learn_all(100);
    live_ = NodeMask::of(2);
    EXPECT_EQ(observe(), Outcome::complete);
}

TEST_F(WatchTest, if_all_nodes_died_there_is_no_majority) {
    begin(1, 100);
    live_ = NodeMask{};
    EXPECT_EQ(observe(), Outcome::no_quorum);
}

TEST_F(WatchTest, warns_after_two_seconds_and_gives_up_after_five) {
    begin(3, 100);
    learn_all(7);
    EXPECT_EQ(observe(), Outcome::running);
    EXPECT_EQ(observe_for(2 * second - tenth, live_), Outcome::running);
    EXPECT_TRUE(warnings_.empty());
    EXPECT_EQ(observe_for(second, live_), Outcome::running);
    ASSERT_EQ(warnings_.size(), 1U);
    EXPECT_EQ(warnings_[0], "no decision for 2 s: 7 of 100 rounds are decided");
    EXPECT_EQ(observe_for(2 * second, live_), Outcome::running);
    EXPECT_EQ(observe_for(tenth, live_), Outcome::stalled);
    EXPECT_EQ(warnings_.size(), 1U);
    EXPECT_THAT(watch_->reason(), HasSubstr("no decision for 5 s: 7 of 100 rounds are decided"));
}

TEST_F(WatchTest, a_node_that_is_started_again_is_waited_for) {
    begin(3, 100);
    learn_all(100);
    learn(1, 0);
    starting_ = NodeMask::of(1);
    EXPECT_EQ(observe_for(8 * second, live_ - starting_), Outcome::running);
    EXPECT_TRUE(warnings_.empty());
    starting_ = NodeMask{};
    EXPECT_EQ(observe_for(3 * second, live_), Outcome::running);
    EXPECT_EQ(warnings_.size(), 1U);
    learn(1, 100);
    EXPECT_EQ(observe(), Outcome::complete);
}

TEST_F(WatchTest, each_stall_causes_one_warning_and_progress_ends_it) {
    begin(3, 100);
    for (Slot slot = 1; slot < 5; ++slot) {
        learn_all(slot);
        EXPECT_EQ(observe_for(3 * second, live_), Outcome::running);
    }
    EXPECT_EQ(warnings_.size(), 4U);
}

TEST_F(WatchTest, the_warning_names_dead_and_silent_nodes) {
    begin(5, 100);
    live_.remove(1);
    learn_all(7);
    static_cast<void>(observe());
    const NodeMask turning = live_ - NodeMask::of(3);
    EXPECT_EQ(observe_for(6 * second, turning), Outcome::stalled);
    EXPECT_THAT(watch_->reason(), AllOf(HasSubstr("n1 is dead"),
                                        HasSubstr("n3 makes no turns (stopped, not scheduled, ")));
    EXPECT_EQ(watch_->silent(), NodeMask::of(3));
}

TEST_F(WatchTest, a_silent_node_is_waited_for_only_five_seconds_without_progress) {
    begin(3, 100);
    learn_all(50);
    learn(0, 100);
    learn(1, 100);
    static_cast<void>(observe());
    const NodeMask turning = live_ - NodeMask::of(2);
    EXPECT_EQ(observe_for(5 * second - tenth, turning), Outcome::running);
    EXPECT_EQ(observe_for(tenth, turning), Outcome::complete);
    EXPECT_EQ(watch_->unfinished(board_.get(), live_), NodeMask::of(2));
}

TEST_F(WatchTest, a_node_that_makes_turns_without_learning_is_not_silent) {
    begin(3, 100);
    learn_all(50);
    learn(0, 100);
    learn(1, 100);
    static_cast<void>(observe());
    EXPECT_EQ(observe_for(5 * second, live_), Outcome::stalled);
    EXPECT_THAT(watch_->reason(), HasSubstr("not yet learned by n2"));
}

TEST_F(WatchTest, S42_a_node_that_hears_no_other_is_named_and_waited_for_only_five_seconds) {
    begin(3, 100);
    hear(2, NodeMask{});
    learn(0, 100);
    learn(1, 100);
    learn(2, 40);
    EXPECT_EQ(observe_for(4 * second, live_), Outcome::running);
    ASSERT_EQ(warnings_.size(), 1U);
    EXPECT_THAT(warnings_[0], HasSubstr("not yet learned by n2; n2 hears no other node"));
    EXPECT_EQ(observe_for(2 * second, live_), Outcome::complete);
    EXPECT_EQ(watch_->deaf(), NodeMask::of(2));
}

TEST_F(WatchTest,
       S42_nodes_that_hear_only_each_other_are_cut_off_and_a_node_that_can_learn_is_not) {
    begin(5, 100);
    hear(3, NodeMask::of(4));
    hear(4, NodeMask::of(3));
    hear(2, NodeMask::of(1));
    for (NodeId node = 0; node < 3; ++node) learn(node, 100);
    learn(2, 99);
    EXPECT_EQ(observe(), Outcome::running);
    EXPECT_EQ(watch_->cut_off(), NodeMask::of(3) | NodeMask::of(4)) << "n2 learns through n1";
    learn(2, 100);
    EXPECT_EQ(observe_for(6 * second, live_), Outcome::complete);
    EXPECT_EQ(watch_->cut_off(), NodeMask::of(3) | NodeMask::of(4));
}

TEST_F(WatchTest, S42_the_warning_names_broken_paths_and_the_lack_of_a_leader) {
    begin(3, 100);
    hear(1, NodeMask::of(2));
    live_.for_each([&](NodeId node) { at(node).leader.set(no_node); });
    EXPECT_EQ(observe_for(5 * second, live_), Outcome::stalled);
    EXPECT_THAT(watch_->reason(), HasSubstr("; n1 does not hear n0; there is no leader"));
}

TEST_F(WatchTest, a_node_stopped_for_two_seconds_and_continued_only_causes_a_warning) {
    begin(3, 100);
    learn_all(50);
    learn(0, 100);
    learn(1, 100);
    static_cast<void>(observe());
    EXPECT_EQ(observe_for(2 * second + tenth, live_ - NodeMask::of(2)), Outcome::running);
    EXPECT_EQ(warnings_.size(), 1U);
    learn(2, 100);
    EXPECT_EQ(observe(), Outcome::complete);
}

TEST_F(WatchTest, time_in_which_the_launcher_was_stopped_does_not_count) {
    begin(3, 100);
    learn_all(7);
    static_cast<void>(observe());
    now_ += 600 * second;
    EXPECT_EQ(observe(), Outcome::running);
    EXPECT_EQ(observe_for(4 * second, live_), Outcome::running);
    EXPECT_EQ(observe_for(2 * second, live_), Outcome::stalled);
}

TEST_F(WatchTest, the_timeout_ends_a_run_that_still_decides) {
    begin(3, 1'000'000);
    plan_.timeout_ns = 10 * second;
    watch_ = std::make_unique<Watch>(plan_, now_);
    Outcome outcome = Outcome::running;
    Slot slot = 0;
    const Tick began_at = now_;
    while (outcome == Outcome::running) {
        learn_all(++slot);
        outcome = observe_for(tenth, live_);
    }
    EXPECT_EQ(outcome, Outcome::timed_out);
    EXPECT_EQ(now_ - began_at, 10 * second);
    EXPECT_THAT(watch_->reason(), AllOf(HasSubstr("out of time after 10 s (--timeout)"),
                                        HasSubstr("of 1000000 rounds")));
}

class TimedWatch : public WatchTest {
protected:
    void SetUp() override {
        plan_.nodes = 3;
        plan_.proposers = 2;
        plan_.row_count = 1;
        plan_.rows[0].rounds = ~std::uint64_t{0};
        plan_.duration_ns = second;
        begin();
        at(0).proposing.set(1);
        at(1).proposing.set(1);
    }
};

TEST_F(TimedWatch, ends_at_the_slot_of_the_proposer_that_is_furthest) {
    learn_all(500);
    EXPECT_EQ(observe(), Outcome::running);
    EXPECT_EQ(watch_->slot_end(), ~Slot{0});
    at(0).plan_end.publish(500);
    EXPECT_EQ(observe(), Outcome::running);  // n1 has not published its plan_end yet.
    at(1).plan_end.publish(510);
    EXPECT_EQ(observe(), Outcome::running);
    EXPECT_EQ(watch_->slot_end(), 510U);
    learn_all(510);
    EXPECT_EQ(observe(), Outcome::complete);
}

TEST_F(TimedWatch, the_end_that_a_dead_proposer_published_is_ignored) {
    learn_all(500);
    at(0).plan_end.publish(900);
    live_.remove(0);
    at(1).plan_end.publish(500);
    EXPECT_EQ(observe(), Outcome::complete);
    EXPECT_EQ(watch_->slot_end(), 500U);
}

TEST_F(TimedWatch, if_the_only_proposer_died_after_its_time_the_learned_slots_are_the_whole_run) {
    live_.remove(0);
    at(1).proposing.set(0);
    learn_all(500);
    EXPECT_EQ(observe(), Outcome::running);
    EXPECT_EQ(observe_for(3 * second, live_), Outcome::complete);
    EXPECT_EQ(watch_->slot_end(), 500U);
}

TEST_F(TimedWatch, is_near_its_end_once_its_time_is_up) {
    static_cast<void>(observe());
    EXPECT_FALSE(watch_->is_near_end());
    now_ += second;
    static_cast<void>(observe());
    EXPECT_TRUE(watch_->is_near_end());
}

}  // namespace
}  // namespace paxos::cluster::watch_test
