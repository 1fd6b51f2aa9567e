// Runs each build with a planted fault (tests/plants). The check that is meant to detect this fault
// must detect it (docs/safety.md, proof 9).
#include <gmock/gmock.h>

#include "support/program.h"

namespace paxos::planted_test {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;

struct Plant {
    const char* name;
    const char* reason;  ///< A regular expression for standard error.
};

class Planted : public Cli {
protected:
    Outcome run_planted(const std::string& plant, std::vector<std::string> arguments) {
        program_ = std::string(PAXOS_PLANTED_DIR) + "/paxos_fast_" + plant;
        EXPECT_EQ(::access(program_.c_str(), X_OK), 0) << program_;
        arguments.insert(arguments.end(), {"--repetitions", "1"});
        return run(std::move(arguments));
    }
};

class PlantedBuild : public Planted, public testing::WithParamInterface<Plant> {};

TEST_P(PlantedBuild, ends_with_5_and_the_reason) {
    for (const char* protocol : {"classic", "multi"}) {
        const Outcome outcome = run_planted(
            GetParam().name, {"--nodes", "5", "--rounds", "2000", "--protocol", protocol});
        EXPECT_EQ(outcome.exit_code, 5) << protocol << ": " << outcome.output;
        EXPECT_THAT(outcome.error, ContainsRegex(GetParam().reason)) << protocol;
    }
}

/// n1 detects a value that was not proposed for the slot, and stops. The launcher then stops the
/// other nodes. If one of them has learned the slot before, the launcher reports that the logs
/// differ. Otherwise it reports what n1 detected.
constexpr const char* foreign_at_n1 =
    "safety violated: (the logs differ in slots? [0-9 to]+ .warm-up.: n.* against n1|n1: no node "
    "proposed the decided value: slot 2;)";

/// With the fault `forged_quorum`, a proposer decides without sending an ACCEPT. On a busy machine
/// another node may take over. If the promises to this node report no accepted value, it may decide
/// other values. Then the logs really differ.
constexpr const char* votes_missing =
    "safety violated: (an invalid decision: .* by n0 n1 n2, but n[12] accepted no value|an "
    "invalid decision: .* learned different values|the logs differ in .* against n|n[0-4]: two "
    "values were decided in one slot)";

/// Each acceptor stores values in the wrong slots. Which nodes learn such a value before the
/// launcher stops them depends on scheduling.
constexpr const char* shifted =
    "safety violated: (n[0-4]: no node proposed the decided value: slot |the logs differ in "
    "slots? [0-9 to]+ .warm-up.: n)";

// The learners detect the fault `minority`. Only the launcher detects the fault `forged_quorum`: it
// checks whether the acceptors that a decision names have accepted the value. Unless another node
// takes over, all other checks pass: the logs agree, the values were proposed, and the named nodes
// report no violation.
INSTANTIATE_TEST_SUITE_P(
    , PlantedBuild,
    testing::Values(Plant{"minority", "safety violated: n[1-4]: a DECIDE names no quorum: slot "},
                    Plant{"forged_quorum", votes_missing}, Plant{"flip", foreign_at_n1},
                    Plant{"swap", foreign_at_n1}, Plant{"shifted_run", shifted},
                    Plant{"abort", "n1 crashed with signal 6 near round 0"}),
    [](const auto& param_info) { return std::string(param_info.param.name); });

/// A leader dies. Its successor ignores what the survivors report as accepted, so the successor may
/// decide other values in the dead leader's last slots. Whether that happens depends on scheduling.
/// If the survivors had already learned all those slots, the run is safe.
TEST_F(Planted, IgnoredReportIsFoundInTheLastSlotsOfADeadLeader) {
    int found = 0;
    std::string others;
    for (int seed = 1; seed <= 20; ++seed) {
        const Outcome outcome = run_planted(
            "ignored_report",
            {"--nodes", "3", "--protocol", "multi", "--window", "8", "--rounds", "300", "--warmup",
             "0", "--seed", std::to_string(seed), "--faults", "loss=30%,delay=300us,kill=0@50%"});
        const bool is_found = outcome.exit_code == 5 &&
                              testing::Value(outcome.error,
                                             ContainsRegex("safety violated: (the logs differ in "
                                                           "round.* against n|an invalid "
                                                           "decision: |n[12]: two values were "
                                                           "decided in one slot)"));
        found += is_found;
        if (!is_found)
            others += "seed " + std::to_string(seed) + ": exit " +
                      std::to_string(outcome.exit_code) + ": " + outcome.error + outcome.output;
    }
    EXPECT_GE(found, 19) << others;
}

/// n1 learns the values of two slots in the wrong order. Red and blue are both valid proposals in
/// every slot, so only a comparison of the logs detects the swap. n1 is killed within its first
/// interval of slots, so it has no digest of a complete interval (src/node/digester.h).
TEST_F(Planted, SwapIsFoundInTheFewSlotsOfADeadNode) {
    for (const char* protocol : {"classic", "multi"}) {
        const Outcome outcome = run_planted(
            "swap", {"--nodes", "3", "--protocol", protocol, "--values", "red,blue", "--window",
                     "1", "--rounds", "300", "--warmup", "0", "--faults", "kill=1@2%"});
        EXPECT_EQ(outcome.exit_code, 5) << outcome.output;
        EXPECT_THAT(outcome.error, HasSubstr("the logs differ in rounds 0 to "));
        EXPECT_THAT(outcome.error, HasSubstr(": n0 n2 against n1"));
    }
}

/// n1 is killed and started again, and has forgotten its votes. DECIDEs of n0 then name n1 as an
/// acceptor of values that n1 has not recorded (S23). With two nodes, every quorum contains n1.
/// Without a restart the fault has no effect.
TEST_F(Planted, ForgetfulRestartIsFoundWhenTheNodeLearnsOfItsVotes) {
    for (const std::string protocol : {"classic", "multi"}) {
        const std::vector<std::string> arguments{"--nodes",  "2",    "--protocol", protocol,
                                                 "--rounds", "4000", "--rate",     "4000",
                                                 "--warmup", "0",    "--no-floor"};
        std::vector<std::string> restarted = arguments, quiet = arguments;
        quiet.insert(quiet.end(), {"--durable", "quiet_" + protocol});
        restarted.insert(restarted.end(),
                         {"--durable", protocol, "--faults", "kill=1@30%,restart=0ms"});
        const Outcome outcome = run_planted("forgetful_restart", restarted);
        EXPECT_EQ(outcome.exit_code, 5) << protocol << ": " << outcome.output;
        EXPECT_THAT(outcome.error, HasSubstr("safety violated: n1: a DECIDE names this node as an "
                                             "acceptor, but it did not accept that value: slot "));
        const Outcome without = run_planted("forgetful_restart", quiet);
        EXPECT_EQ(without.exit_code, 0) << protocol << ": " << without.output << without.error;
    }
}

/// A leader is killed in a build without a fault. The summary reports that the leader's whole log
/// was compared.
TEST_F(Planted, WithoutAFaultTheLastSlotsOfADeadLeaderAgree) {
    program_ = PAXOS_FAST_BINARY;
    const Outcome outcome = run({"--nodes", "3", "--protocol", "multi", "--window", "8", "--rounds",
                                 "300", "--warmup", "0", "--repetitions", "1", "--faults",
                                 "loss=30%,delay=300us,kill=0@50%"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.output << outcome.error;
    EXPECT_THAT(outcome.output, HasSubstr("its log is a prefix of the other logs"));
    EXPECT_THAT(outcome.output, HasSubstr("300 slots compared"));
}

}  // namespace
}  // namespace paxos::planted_test
