// `paxos_fast sim` as a user sees it: output, exit codes, errors.
#include "support/program.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace paxos::sim_command_test {
namespace {

using testing::HasSubstr;
using testing::Not;

class SimCommand : public Cli {};

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

TEST_F(SimCommand, prints_a_summary_of_at_most_fourteen_lines) {
    const Outcome outcome = run(
        {"sim", "--worlds", "30", "--seed", "1", "--jobs", "2", "--size", "tiny"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
    EXPECT_EQ(lines_of(outcome.error).size(), 1u) << outcome.error;
    EXPECT_THAT(outcome.error, HasSubstr("paxos_fast: sim: "));
    const std::vector<std::string> lines = lines_of(outcome.output);
    EXPECT_LE(lines.size(), 14u);
    for (const std::string& line : lines) EXPECT_LE(line.size(), 80u) << line;
    EXPECT_THAT(outcome.output, HasSubstr("30 worlds from seed 1"));
    EXPECT_THAT(outcome.output, HasSubstr("\nSAFE "));
}

TEST_F(SimCommand, S38_the_same_seeds_give_the_same_hash) {
    const auto hash = [&](const std::string& seed, const std::string& jobs) {
        const std::string text =
            run({"sim", "--worlds", "20", "--seed", seed, "--size", "tiny", "--jobs", jobs}).output;
        return text.substr(text.find("\nhash "));
    };
    EXPECT_EQ(hash("5", "1"), hash("5", "2"));
    EXPECT_NE(hash("5", "1"), hash("6", "1"));
}

// Covers the log of one simulated world, the summary with several threads, and a result file.
TEST_F(SimCommand, S38_standard_output_of_given_seeds_is_the_same_byte_for_byte) {
    const std::vector<std::vector<std::string>> forms{
        {"--seed", "7", "--worlds", "1", "--log"},
        {"--seed", "7", "--worlds", "12", "--size", "tiny", "--jobs", "2"},
        {"--seed", "7", "--worlds", "12", "--size", "tiny", "--json", "-"}};
    for (std::vector<std::string> form : forms) {
        form.insert(form.begin(), "sim");
        const Outcome first = run(form), second = run(form);
        EXPECT_EQ(first.exit_code, 0) << first.error;
        EXPECT_EQ(first.output, second.output);
        EXPECT_THAT(first.error, HasSubstr(" rounds in "));
        EXPECT_EQ(first.output.find("/s"), std::string::npos) << first.output;
    }
}

TEST_F(SimCommand, counts_one_world_in_the_singular) {
    const Outcome outcome = run({"sim", "--seed", "3", "--jobs", "1"});
    EXPECT_THAT(outcome.output, HasSubstr("sim, 1 world from seed 3\n"));
    EXPECT_THAT(outcome.output, Not(HasSubstr(" 1 worlds")));
    EXPECT_THAT(outcome.error, HasSubstr(" (1 job)\n"));
}

TEST_F(SimCommand, refuses_a_value_for_a_flag) {
    expect_refused({"sim", "--log=false", "--seed", "3"}, 2,
                   "paxos_fast: sim: --log=false: the option takes no value\n");
}

TEST_F(SimCommand, accepts_a_commit_hash_as_the_seed) {
    const Outcome outcome = run(
        {"sim", "--seed", "0000000000000007ffffffffffffffffffffffff", "--size", "tiny"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
    EXPECT_THAT(outcome.output, HasSubstr("1 world from seed 7\n"));
}

TEST_F(SimCommand, prints_the_log_of_a_world) {
    const Outcome outcome = run(
        {"sim", "--seed", "4", "--protocol", "classic", "--size", "tiny", "--log"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
    for (const char* word :
         {"PREPARE", "majority promised", "ACCEPTED", "DECIDE", "cuts and pauses end", "\nSAFE "})
        EXPECT_THAT(outcome.output, HasSubstr(word));
    EXPECT_LT(lines_of(outcome.output).size(), 2100u);
}

TEST_F(SimCommand, writes_its_counts_as_json) {
    const Outcome outcome = run(
        {"sim", "--worlds", "20", "--seed", "1", "--size", "tiny", "--json", "-"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
    const auto json = nlohmann::json::parse(outcome.output);
    EXPECT_EQ(json["worlds"], 20);
    EXPECT_EQ(json["verdict"], "SAFE");
    EXPECT_GT(json["decisions"], 100);
}

TEST_F(SimCommand, the_result_file_contains_the_printed_log) {
    const Outcome outcome = run({"sim", "--seed", "4", "--protocol", "classic", "--size", "tiny",
                                 "--log", "--json", "w.json"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
    const auto log = nlohmann::json::parse(content(work("w.json")))["log"];
    EXPECT_EQ(log["protocol"], "classic");
    const std::size_t heads = outcome.output.find("us node round");
    std::size_t place = heads;
    for (const auto& event : log["trace"]) {
        const bool is_remark = event["event"] == "remark";
        EXPECT_EQ(event.contains("node"), !is_remark);
        if (!is_remark) {
            EXPECT_LT(event["node"], log["nodes"]);
        }
        place = outcome.output.find("  " + event["sentence"].get<std::string>() + "\n", place);
        ASSERT_NE(place, std::string::npos) << event;
    }
    const std::string printed = outcome.output.substr(heads, place - heads);
    EXPECT_EQ(log["trace"].size(), std::ranges::count(printed, '\n'));
    const Outcome report = run({"report", "w.json"});
    EXPECT_EQ(report.exit_code, 0) << report.error;
    EXPECT_THAT(
        content(work("report.html")),
        HasSubstr("<pre>paxos_fast sim --seed 4 --protocol classic --size tiny --log</pre>"));
    expect_refused({"report", "w.json", "--csv"}, 2,
                   "paxos_fast: w.json: is the log of a simulated world, which has no figures\n");
}

TEST_F(SimCommand, ends_after_the_given_duration) {
    const Outcome outcome = run({"sim", "--duration", "200ms", "--seed", "1", "--size", "tiny"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
}

TEST_F(SimCommand, refuses_a_wrong_command_line) {
    expect_refused({"sim", "--world", "3"}, 2,
                   "paxos_fast: sim: --world: unknown option; did you mean --worlds?\n");
    expect_refused({"sim", "--worlds", "0"}, 2, "paxos_fast: sim: --worlds 0: must be 1 to 1e12\n");
    expect_refused(
        {"sim", "--duration", "60"}, 2,
        "paxos_fast: sim: --duration 60: must be a time such as 60s, 10min or 2h; write 60s, "
        "60ms or 60min\n");
    expect_refused(
        {"sim", "--protocol", "mutli"}, 2,
        "paxos_fast: sim: --protocol mutli: must be classic or multi; did you mean multi?\n");
    expect_refused(
        {"sim", "--seed", "xyz"}, 2,
        "paxos_fast: sim: --seed xyz: must be a number below 2^64, or 40 hexadecimal digits\n");
    expect_refused(
        {"sim", "--log", "--worlds", "2"}, 2,
        "paxos_fast: sim: --log needs one world: --seed S, without --worlds and --duration\n");
    expect_refused({"sim", "--jobs"}, 2, "paxos_fast: sim: --jobs: needs a value\n");
    expect_refused(
        {"sim", "--log-rounds", "9..5"}, 2,
        "paxos_fast: sim: --log-rounds 9..5: must be rounds such as 5..9, the lower one first\n");
}

// The planted build decides with a minority. The oracle detects the violation, and the printed
// command reproduces the violation.
TEST_F(SimCommand, PlantedMinorityIsUnsafeAndIsReplayed) {
    const auto planted = [&](const std::string& arguments) {
        const std::string command = std::string(PAXOS_PLANTED_DIR) + "/paxos_fast_minority sim " +
                                    arguments + " > " + (folder_ / "out").string() + " 2>&1";
        const int status = std::system(command.c_str());
        return std::pair(WEXITSTATUS(status), content(folder_ / "out"));
    };
    const auto [code, text] = planted("--worlds 1000 --seed 1 --size tiny");
    EXPECT_EQ(code, 5) << text;
    EXPECT_THAT(text, HasSubstr("\nUNSAFE "));
    const std::size_t replay = text.find("replay: paxos_fast sim ");
    ASSERT_NE(replay, std::string::npos) << text;
    std::string again = text.substr(replay + std::string("replay: paxos_fast sim ").size());
    again = again.substr(0, again.find('\n'));
    const auto [code_again, text_again] = planted(again);
    EXPECT_EQ(code_again, 5) << text_again;
    EXPECT_THAT(text, HasSubstr("decided without a quorum: slot 0"));
    EXPECT_THAT(text_again, HasSubstr("decided without a quorum: slot 0"));
}

}  // namespace
}  // namespace paxos::sim_command_test
