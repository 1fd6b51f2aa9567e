// Plays each scenario of tests/scenarios and compares its trace with the one in its file.
//
// PAXOS_REWRITE=1 writes the current traces into the files. Review the difference and commit it:
//   PAXOS_REWRITE=1 build/release/sim_tests && git diff tests/scenarios
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "support/scenario_stage.h"

namespace paxos::test::scenarios_test {
namespace {

std::vector<std::string> names_of_scenarios() {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(PAXOS_TESTS_DIR "/scenarios"))
        if (entry.path().extension() == ".txt") names.push_back(entry.path().stem());
    std::sort(names.begin(), names.end());
    return names;
}

class ScenariosTest : public testing::TestWithParam<std::string> {};

TEST_P(ScenariosTest, produces_the_trace_in_its_file) {
    const ScenarioText scenario = read_scenario(PAXOS_TESTS_DIR "/scenarios/" + GetParam() +
                                                ".txt");
    const std::string trace = play(scenario);
    if (std::getenv("PAXOS_REWRITE") != nullptr) return write_scenario(scenario, trace);
    EXPECT_EQ(trace, scenario.trace)
        << "if the new trace is right, write it with PAXOS_REWRITE=1 and review the difference";
}

INSTANTIATE_TEST_SUITE_P(All, ScenariosTest, testing::ValuesIn(names_of_scenarios()),
                         [](const auto& scenario) { return scenario.param; });

}  // namespace
}  // namespace paxos::test::scenarios_test
