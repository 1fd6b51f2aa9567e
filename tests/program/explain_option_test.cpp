// `--explain` as a user sees it.
#include "nlohmann/json.hpp"
#include "support/program.h"

namespace paxos::explain_option_test {
namespace {

using ExplainOption = Cli;

TEST_F(ExplainOption, lists_the_slowest_decisions_and_counts_all_by_cause) {
    const Outcome outcome = run({"--nodes", "3", "--window", "1,64", "--rounds", "3000",
                                 "--repetitions", "1", "--no-floor", "--explain", "--json",
                                 "explain.json"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
    EXPECT_NE(outcome.output.find(" (beyond p99): "), std::string::npos) << outcome.output;
    const auto ours = nlohmann::json::parse(content(work("explain.json"))).at("paxos_fast");
    ASSERT_EQ(ours.at("runs").size(), 2u);
    for (const auto& row : ours.at("runs")) {
        EXPECT_EQ(row.at("allocations"), 0) << "in the measured part";
        const auto& slow = row.at("slow");
        EXPECT_EQ(slow.at("beyond_ns"), row.at("latency_ns").at("p99"));
        std::uint64_t counted = 0;
        for (const auto& count : slow.at("causes")) counted += count.get<std::uint64_t>();
        EXPECT_GE(counted, slow.at("slowest").size());
        std::uint64_t before = row.at("latency_ns").at("max");
        for (const auto& one : slow.at("slowest")) {
            EXPECT_LE(one.at("latency_ns"), before);
            EXPECT_GT(one.at("latency_ns"), slow.at("beyond_ns"));
            EXPECT_LT(one.at("round").get<std::uint64_t>(), 6000u);
            before = one.at("latency_ns");
        }
    }
    const auto& unloaded = ours.at("runs")[0];
    ASSERT_FALSE(unloaded.at("slow").at("slowest").empty()) << "30 of 3000 are beyond p99";
    EXPECT_EQ(unloaded.at("slow").at("slowest")[0].at("latency_ns"),
              unloaded.at("latency_ns").at("max"));
}

TEST_F(ExplainOption, contradicts_the_log) {
    expect_refused({"--explain", "--log"}, 2,
                   "paxos_fast: --explain: contradicts --log, which shows one run at window 1, "
                   "without warm-up\n");
}

}  // namespace
}  // namespace paxos::explain_option_test
