// The options `--explain` and `--trace` as a user sees them.
#include <set>

#include "nlohmann/json.hpp"
#include "support/program.h"

namespace paxos::explain_option_test {
namespace {

using nlohmann::json;

class ExplainOption : public Cli {
protected:
    /// Runs 1000 rounds, the minimum for a p99. A busy machine may need minutes.
    Outcome run_with(std::initializer_list<const char*> more) {
        std::vector<std::string> arguments{
            "--nodes", "3",          "--window",      "1", "--rounds", "1000", "--timeout",
            "10min",   "--no-floor", "--repetitions", "1"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return run(arguments);
    }
};

TEST_F(ExplainOption, lists_the_slowest_decisions_and_counts_all_by_cause) {
    const Outcome outcome = run_with({"--explain", "--json", "explain.json"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
    EXPECT_NE(outcome.output.find(" (beyond p99): "), std::string::npos) << outcome.output;
    const json row = json::parse(content(work("explain.json"))).at("paxos_fast").at("runs").at(0);
    EXPECT_EQ(row.at("allocations"), 0) << "in the measured part";
    const json& slow = row.at("slow");
    EXPECT_EQ(slow.at("beyond_ns"), row.at("latency_ns").at("p99"));
    std::uint64_t counted = 0;
    for (const json& count : slow.at("causes")) counted += count.get<std::uint64_t>();
    EXPECT_GE(counted, slow.at("slowest").size());
    std::uint64_t before = row.at("latency_ns").at("max");
    for (const json& one : slow.at("slowest")) {
        EXPECT_LE(one.at("latency_ns"), before);
        EXPECT_GT(one.at("latency_ns"), slow.at("beyond_ns"));
        EXPECT_LT(one.at("round"), 1000);
        before = one.at("latency_ns");
    }
}

TEST_F(ExplainOption, is_implied_by_trace) {
    const Outcome outcome = run_with({"--trace", "-"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
    EXPECT_NE(outcome.error.find(" (beyond p99): "), std::string::npos) << outcome.error;
    std::set<int> nodes;
    double last = 0;
    for (const json& event : json::parse(outcome.output)) {
        if (event.at("ph") == "M") continue;
        EXPECT_GE(event.at("ts"), last);
        last = event.at("ts");
        if (event.at("ph") == "X") nodes.insert(event.at("tid").get<int>());
    }
    EXPECT_EQ(nodes, (std::set<int>{0, 1, 2})) << "turns of each node";
}

TEST_F(ExplainOption, is_refused_with_log_and_trace_is_refused_without_its_own_file) {
    for (const std::string option : {"--explain", "--trace"}) {
        const std::string value = option == "--trace" ? "=x" : "";
        expect_refused({option + value, "--log"}, 2,
                       "paxos_fast: " + option + (value.empty() ? "" : " x") +
                           ": contradicts --log, which shows one run at window 1, without "
                           "warm-up\n");
    }
    expect_refused({"--trace", "x", "--json", "x"}, 2,
                   "paxos_fast: --trace x: --json writes to the same file\n");
    EXPECT_EQ(files_left(), 0u);
}

}  // namespace
}  // namespace paxos::explain_option_test
