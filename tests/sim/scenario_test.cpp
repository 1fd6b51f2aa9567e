// Tests that a mistake in a scenario file is reported with file, line, command and problem.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

#include "support/scenario_stage.h"

namespace paxos::test::scenario_test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class ScenarioTest : public testing::Test {
protected:
    void write(const std::string& text) { std::ofstream(path_) << text; }
    /// The error of a scenario with `commands`, which begin in line 2; "none" if there is no error.
    std::string mistake_in(const std::string& commands) {
        write("# S10\n" + commands + "\n----\n");
        return mistake();
    }
    std::string mistake() {
        try {
            (void)play(read_scenario(path_));
        } catch (const ScenarioError& error) {
            return error.what();
        }
        return "none";
    }
    ~ScenarioTest() override { std::remove(path_.c_str()); }

    const std::string path_ = testing::TempDir() + "scenario_test." +
                              testing::UnitTest::GetInstance()->current_test_info()->name() +
                              ".txt";
    const std::string name_ = path_.substr(testing::TempDir().size());
};

TEST_F(ScenarioTest, a_file_needs_a_description_with_a_rule_commands_and_a_trace) {
    EXPECT_THAT(mistake(), HasSubstr(":1: cannot be read, or is empty"));
    write("# S10\nnodes 3\nstep 0\n");
    EXPECT_EQ(mistake(), name_ + ":3: no line ---- between commands and trace");
    write("# Something happens.\nstep 0\n----\n");
    EXPECT_EQ(mistake(), name_ + ":1: must begin with sentences that name a rule, such as S10");
    write("# S10\n----\n");
    EXPECT_EQ(mistake(), name_ + ":2: no command");
}

TEST_F(ScenarioTest, a_command_must_be_known_and_complete) {
    EXPECT_THAT(mistake_in("nodes 3\nfly 0"),
                StartsWith(name_ + ":3: fly 0: unknown command 'fly'"));
    EXPECT_THAT(mistake_in("step"), HasSubstr(":2: step: node is missing"));
    EXPECT_THAT(mistake_in("step 3"), HasSubstr("node must be 0 to 2"));
    EXPECT_THAT(mistake_in("step x"), HasSubstr("'x' is not a node"));
    EXPECT_THAT(mistake_in("step 0 1"), HasSubstr("'1' is not expected"));
    EXPECT_THAT(mistake_in("step 0\nnodes 5"), HasSubstr(":3: nodes 5: unknown command 'nodes'"));
    EXPECT_THAT(mistake_in("protocol fast"), HasSubstr("no such protocol"));
    EXPECT_THAT(mistake_in("nodes 64"), HasSubstr("nodes must be 1 to 63"));
    EXPECT_THAT(mistake_in("window 5"), HasSubstr("window must be 1 to 4"));
    EXPECT_THAT(mistake_in("advance 10"),
                HasSubstr("'10' is not a time (such as 40ms, 250us, 10s)"));
    EXPECT_THAT(mistake_in("run fast"), HasSubstr("'fast' is not a time"));
    EXPECT_THAT(mistake_in("cut 0 1"), HasSubstr("'|' is missing"));
    EXPECT_THAT(mistake_in("cut 0 1 | 1"), HasSubstr("a node is on both sides"));
}

TEST_F(ScenarioTest, a_proposal_needs_slots_and_a_new_name_for_each_value) {
    EXPECT_THAT(mistake_in("propose 0"), HasSubstr("'slots' is missing"));
    EXPECT_THAT(mistake_in("propose 0 slots 3"),
                HasSubstr("'3' is not a range (such as 0..4, which excludes 4)"));
    EXPECT_THAT(mistake_in("propose 0 slots 3..3"), HasSubstr("'3..3' is not a range"));
    EXPECT_THAT(mistake_in("propose 0 slots 0..2 x"), HasSubstr("name for slot 1 is missing"));
    EXPECT_THAT(mistake_in("propose 0 slot 0 x\npropose 1 slot 0 x"),
                HasSubstr("'x' is the name of another value"));
    EXPECT_THAT(mistake_in("propose 0 slot 0 x\npropose 0 slot 0 y"),
                HasSubstr("n0 already proposes up to slot 0"));
}

TEST_F(ScenarioTest, a_filter_selects_messages_in_flight) {
    const std::string begin = "propose 0 slot 0 x\n";
    EXPECT_THAT(mistake_in(begin + "drop acept"),
                HasSubstr("'acept' must be a kind of message, A->B, or slot S"));
    EXPECT_THAT(mistake_in(begin + "drop 0->7"), HasSubstr("'7' is not a node"));
    EXPECT_THAT(mistake_in(begin + "drop ->"), HasSubstr("'->' names no node"));
    EXPECT_THAT(mistake_in(begin + "drop accept"), HasSubstr("no such packet is in flight"));
    EXPECT_THAT(mistake_in(begin + "deliver prepare 1->2"),
                HasSubstr("no such packet is in flight"));
    EXPECT_THAT(mistake_in(begin + "drop prepare 0->2 slot 0"), "none");
}

TEST_F(ScenarioTest, expectations_are_checked_against_the_world) {
    const std::string decided = "propose 0 slot 0 x\nsettle\n";
    EXPECT_EQ(
        mistake_in(decided +
                   "expect learned 2 slot 0 x\nexpect decided slot 0 x\nexpect learned 0 below 1"),
        "none");
    EXPECT_THAT(mistake_in(decided + "expect learned 2 slot 0 y"),
                HasSubstr(":4: expect learned 2 slot 0 y: n2 learned x in slot 0"));
    EXPECT_THAT(mistake_in(decided + "expect decided slot 0 y"), HasSubstr("x is decided"));
    EXPECT_THAT(mistake_in(decided + "expect undecided slot 0"), HasSubstr("x is decided"));
    EXPECT_THAT(mistake_in(decided + "expect decided slot 1 x"), HasSubstr("nothing is decided"));
    EXPECT_THAT(mistake_in(decided + "expect unlearned 1 slot 0"),
                HasSubstr("n1 has learned slot 0"));
    EXPECT_THAT(mistake_in(decided + "expect learned 1 slot 1 x"),
                HasSubstr("n1 has not learned slot 1, or no longer retains it"));
    EXPECT_THAT(mistake_in(decided + "expect learned 1 below 2"),
                HasSubstr("n1 has learned the slots below 1"));
    EXPECT_THAT(mistake_in(decided + "expect proposing 1"), HasSubstr("n1 does not propose"));
    EXPECT_THAT(mistake_in(decided + "expect passive 0"), HasSubstr("n0 proposes"));
    EXPECT_THAT(mistake_in(decided + "expect rain"), HasSubstr("unknown expectation 'rain'"));
    EXPECT_THAT(mistake_in(decided + "expect rain"),
                HasSubstr("what happened before:\nn0 > is to propose x in slot 0"));
}

TEST_F(ScenarioTest, a_dead_node_does_nothing_and_a_running_node_cannot_be_resumed) {
    EXPECT_THAT(mistake_in("crash 1\nstep 1"), HasSubstr("n1 does not run"));
    EXPECT_THAT(mistake_in("pause 1\ncrash 1"), HasSubstr("n1 does not run"));
    EXPECT_THAT(mistake_in("resume 1"), HasSubstr("n1 is not paused"));
    EXPECT_THAT(mistake_in("crash 1\nresume 1"), HasSubstr("n1 is not paused"));
    EXPECT_THAT(mistake_in("release"), HasSubstr("nothing is held"));
    EXPECT_THAT(mistake_in("heal"), HasSubstr("nothing is cut"));
}

TEST_F(ScenarioTest, rewriting_replaces_only_the_trace) {
    write("# S10\nnodes 1\n\n# A remark.\npropose 0 slot 0 x\n----\nan old trace\n");
    const ScenarioText scenario = read_scenario(path_);
    EXPECT_EQ(scenario.trace, "an old trace\n");
    write_scenario(scenario, play(scenario));
    std::ifstream file(path_);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    EXPECT_THAT(text, StartsWith("# S10\nnodes 1\n\n# A remark.\npropose 0 slot 0 x\n----\nn0 > is "
                                 "to propose x in slot 0"));
    EXPECT_EQ(read_scenario(path_).trace, play(scenario));
}

}  // namespace
}  // namespace paxos::test::scenario_test
