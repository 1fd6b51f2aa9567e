// `paxos_fast knee` as a user sees it.
#include "nlohmann/json.hpp"
#include "support/program.h"

namespace paxos::knee_command_test {
namespace {

using KneeCommand = Cli;

/// No run meets this objective, so the search goes down to the lowest rate.
TEST_F(KneeCommand, searches_in_runs_that_each_have_a_single_rate) {
    const Outcome outcome = run({"knee", "--slo", "p50<1us", "--nodes", "3", "--no-floor", "--json",
                                 "knee.json", "--series", "series"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
    EXPECT_NE(
        outcome.output.find("knee      not found: even the lowest rate, 1.00k/s, misses p50<1us\n"),
        std::string::npos)
        << outcome.output;
    const auto ours = nlohmann::json::parse(content(work("knee.json"))).at("paxos_fast");
    EXPECT_EQ(ours.at("knee").dump(),
              R"({"limit_ns":1000,"missed_rate":1000,"objective":"p50<1us","outcome":"never_met",)"
              R"("percentile":"p50"})");
    std::vector<std::uint64_t> rates;
    for (const auto& one : ours.at("runs")) {
        rates.push_back(one.at("rate"));
        EXPECT_EQ(one.at("safety").at("verdict"), "SAFE");
        EXPECT_GT(one.at("latency_ns").at("p50"), 1000);
    }
    EXPECT_EQ(rates, (std::vector<std::uint64_t>{10'000, 10'000, 5'000, 5'000, 2'500, 2'500, 1'250,
                                                 1'250, 1'000, 1'000}));
    EXPECT_EQ(run({"report", "knee.json"}).exit_code, 0);
    EXPECT_NE(content(work("report.html"))
                  .find("knee: not found: even the lowest rate, 1.00k/s, misses p50&lt;1us"),
              std::string::npos);
}

TEST_F(KneeCommand, refuses_bad_input_and_starts_nothing) {
    expect_refused({"knee"}, 2,
                   "paxos_fast: knee: needs an objective, such as --slo 'p99<500us'\n");
    expect_refused({"knee", "--slo", "p99"}, 2,
                   "paxos_fast: --slo p99: must be a percentile, < and a time, in quotes: "
                   "'p99<500us'\n");
    expect_refused({"kne", "--slo", "p99<1ms"}, 2,
                   "paxos_fast: kne: unknown command; did you mean knee?\n");
    EXPECT_EQ(files_left(), 0u);
}

}  // namespace
}  // namespace paxos::knee_command_test
