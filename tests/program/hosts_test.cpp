// Runs a cluster of five launchers on three addresses of 127.0.0.0/8, as if on three hosts. Tests
// what the launchers print, and what happens when a launcher is killed or stopped, or when a
// foreign process connects.
#include <gmock/gmock.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <csignal>
#include <cstdlib>
#include <regex>
#include <sstream>

#include "base/fd.h"
#include "cluster/host_messages.h"
#include "nlohmann/json.hpp"
#include "support/several_hosts.h"

namespace paxos::program_hosts_test {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

TEST_F(SeveralHosts, a_series_is_refused) {
    launch(1, {"--series", "series.ndjson"});
    const Outcome outcome = end_of(1);
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_NE(outcome.error.find("--series needs all nodes on one host"), std::string::npos)
        << outcome.error;
}

TEST_F(SeveralHosts, five_launchers_run_one_cluster_that_is_safe) {
    for (const char* const protocol : {"classic", "multi"})
        for (const char* const auth : {"on", "off"}) {
            std::vector<std::string> arguments = quick_;
            arguments.insert(arguments.end(), {"--protocol", protocol, "--auth", auth});
            launch_all(arguments);
            const Outcome outcome = end_of(0);
            EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
            EXPECT_THAT(outcome.output, HasSubstr("5 of 5 nodes learned the same log"));
            EXPECT_THAT(outcome.output, Not(HasSubstr("DEGRADED")));
            const bool is_authenticated = std::string(auth) == "on";
            EXPECT_EQ(outcome.output.find("authenticated") != std::string::npos, is_authenticated);
            for (std::size_t rank = 1; rank < 5; ++rank) expect_dismissed(rank);
        }
}

TEST_F(SeveralHosts, times_are_right_although_a_host_was_booted_a_day_earlier) {
    if (std::system("/usr/bin/unshare --time --monotonic 86400 --fork true 2>/dev/null") != 0)
        GTEST_SKIP() << "time namespaces need root, Linux 5.6 and util-linux";
    std::vector<std::string> arguments = quick_;
    arguments.insert(arguments.end(), {"--json", "-"});
    for (std::size_t rank = 0; rank < 5; ++rank)
        rank == 3 ? launch_a_day_ahead(rank, arguments) : launch(rank, arguments);
    const Outcome outcome = end_of(0);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
    for (std::size_t rank = 1; rank < 5; ++rank) expect_dismissed(rank);

    constexpr std::int64_t day_ns = 86'400'000'000'000;
    const nlohmann::json result = nlohmann::json::parse(outcome.output).at("paxos_fast");
    // All hosts are this machine, so the true offsets are known. The clock of n3 is a day ahead.
    // All other nodes have the clock of n0.
    for (const nlohmann::json& host : result.at("summary").at("hosts")) {
        const std::int64_t offset_ns = host.at("clock_offset_ns");
        const std::int64_t true_ns = host.at("node") == 3 ? day_ns : 0;
        EXPECT_LE(std::abs(offset_ns - true_ns), host.at("clock_error_ns").get<std::int64_t>())
            << host;
        EXPECT_LT(std::abs(offset_ns - true_ns), day_ns / 2) << host;
    }
    // Only the clock of n3 is printed, because all other clocks agree with the clock of n0.
    EXPECT_THAT(without_line_ends(outcome.error),
                ContainsRegex("; clocks vs ([^ ]+): [^ ]+ \\+86400s \\+-[0-9.]+[num]s "));
    for (const nlohmann::json& run : result.at("runs")) {
        EXPECT_LT(run.at("elapsed_ns").get<std::int64_t>(), day_ns / 2);
        EXPECT_LT(run.at("learned_elapsed_ns").get<std::int64_t>(), day_ns / 2);
    }
}

TEST_F(SeveralHosts, the_log_has_one_time_base_although_a_host_was_booted_a_day_earlier) {
    if (std::system("/usr/bin/unshare --time --monotonic 86400 --fork true 2>/dev/null") != 0)
        GTEST_SKIP() << "time namespaces need root, Linux 5.6 and util-linux";
    for (std::size_t rank = 0; rank < 5; ++rank)
        rank == 3 ? launch_a_day_ahead(rank, {"--log"}) : launch(rank, {"--log"});
    const Outcome outcome = end_of(0);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
    for (std::size_t rank = 1; rank < 5; ++rank) expect_dismissed(rank);
    EXPECT_THAT(outcome.output, ContainsRegex("[0-9]\\.[0-9] n3 "));
    EXPECT_THAT(outcome.output, Not(ContainsRegex("[0-9]{10}\\.[0-9] n")));
    EXPECT_THAT(outcome.output, HasSubstr("times of different hosts are accurate to +- "));
}

TEST_F(SeveralHosts, a_node_killed_on_another_host_degrades_the_run) {
    std::vector<std::string> arguments = quick_;
    arguments.insert(arguments.end(), {"--faults", "kill=3@40%"});
    launch_all(arguments);
    const Outcome outcome = end_of(0);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
    EXPECT_THAT(outcome.output, HasSubstr("SAFE"));
    EXPECT_THAT(outcome.output, HasSubstr("DEGRADED"));
    EXPECT_THAT(outcome.output, HasSubstr("n3"));
    for (std::size_t rank = 1; rank < 5; ++rank) expect_dismissed(rank);
}

TEST_F(SeveralHosts, the_node_of_a_killed_launcher_dies_and_the_run_goes_on) {
    launch_all(long_);
    const pid_t node = node_of(2);
    ASSERT_EQ(::kill(launchers_[2], SIGKILL), 0);
    EXPECT_EQ(end_of(2).exit_code, -SIGKILL);
    const Outcome outcome = end_of(0);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
    EXPECT_THAT(outcome.output, HasSubstr("SAFE"));
    EXPECT_THAT(outcome.output, HasSubstr("n2 ended with its launcher"));
    for (const std::size_t rank : {1U, 3U, 4U}) expect_dismissed(rank);
    EXPECT_FALSE(cluster::ProcStat(node).is_alive());
}

TEST_F(SeveralHosts, without_rank_0_every_launcher_ends_its_node_and_itself) {
    launch_all(long_);
    std::vector<pid_t> nodes;
    for (std::size_t rank = 0; rank < 5; ++rank) nodes.push_back(node_of(rank));
    ASSERT_EQ(::kill(launchers_[0], SIGKILL), 0);
    EXPECT_EQ(end_of(0).exit_code, -SIGKILL);
    for (std::size_t rank = 1; rank < 5; ++rank) {
        const Outcome outcome = end_of(rank);
        EXPECT_EQ(outcome.exit_code, 1);
        EXPECT_THAT(outcome.error, HasSubstr("rank 0 is lost: "));
    }
    // The kernel kills n0 when the launcher of n0 ends. No launcher waits until n0 has ended, so
    // the test does.
    for (const pid_t node : nodes)
        while (cluster::ProcStat(node).is_alive()) ::poll(nullptr, 0, 1);
}

TEST_F(SeveralHosts, a_stopped_host_degrades_the_run_and_its_launcher_ends_when_resumed) {
    launch_all({"--duration", "6s", "--repetitions", "2", "--window", "8", "--no-floor",
                "--progress", "always"});
    const pid_t node = node_of(4);
    wait_until_running();
    ASSERT_EQ(::kill(launchers_[4], SIGSTOP), 0);
    ASSERT_EQ(::kill(node, SIGSTOP), 0);
    const Outcome outcome = end_of(0);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
    EXPECT_THAT(outcome.output, HasSubstr("SAFE"));
    EXPECT_THAT(outcome.output, HasSubstr("n4 silent"));
    EXPECT_THAT(without_line_ends(outcome.output),
                ContainsRegex("only 1 of 2 runs: n4 on [^ ]+: its host is silent"));
    for (const std::size_t rank : {1U, 2U, 3U}) expect_dismissed(rank);
    ASSERT_EQ(::kill(launchers_[4], SIGCONT), 0);
    const Outcome late = end_of(4);
    // Rank 0 dismissed this launcher while the launcher was stopped.
    EXPECT_EQ(late.exit_code, 0);
    EXPECT_EQ(late.output + late.error, "");
    EXPECT_FALSE(cluster::ProcStat(node).is_alive());
}

/// Returns how many times `process` has blocked.
long waits_of(pid_t process) {
    std::smatch found;
    const std::string status = content("/proc/" + std::to_string(process) + "/status");
    return std::regex_search(status, found, std::regex("\nvoluntary_ctxt_switches:\\s+(\\d+)"))
               ? std::stol(found.str(1))
               : 0;
}

// All hosts pause, as virtual machines do when their host machine is suspended. One launcher is
// resumed first. It must not end, although rank 0 is still silent.
TEST_F(SeveralHosts, a_pause_of_all_hosts_does_not_end_the_launchers) {
    launch_all(long_);
    wait_until_running();
    std::vector<pid_t> all = launchers_;
    for (std::size_t rank = 0; rank < 5; ++rank) all.push_back(node_of(rank));
    for (const pid_t process : all) ASSERT_EQ(::kill(process, SIGSTOP), 0);
    ::poll(nullptr, 0, static_cast<int>(cluster::orphaned_after_ns / 1'000'000) + 100);
    const long waits = waits_of(launchers_[4]);
    ASSERT_EQ(::kill(launchers_[4], SIGCONT), 0);
    while (waits_of(launchers_[4]) < waits + 3 && cluster::ProcStat(launchers_[4]).is_alive())
        ::poll(nullptr, 0, 1);
    for (const pid_t process : all) ASSERT_EQ(::kill(process, SIGCONT), 0);
    ASSERT_EQ(::kill(launchers_[0], SIGTERM), 0);
    EXPECT_EQ(end_of(0).exit_code, 143);
    for (std::size_t rank = 1; rank < 5; ++rank) expect_dismissed(rank);
}

TEST_F(SeveralHosts, a_signal_to_any_launcher_stops_the_whole_cluster) {
    launch_all(long_);
    node_of(3);
    ASSERT_EQ(::kill(launchers_[3], SIGTERM), 0);
    const Outcome outcome = end_of(0);
    EXPECT_EQ(outcome.exit_code, 143) << outcome.error;
    for (std::size_t rank = 1; rank < 5; ++rank) expect_dismissed(rank);
}

TEST_F(SeveralHosts, a_wait_for_other_processes_is_reported_and_a_signal_ends_it) {
    launch(0, quick_);
    wait_for(0, "paxos_fast: waiting for n1 n2 n3 n4 to connect to n0, for at most 20 s\n");
    launch(1, quick_);
    ASSERT_EQ(::kill(launchers_[0], SIGINT), 0);
    const Outcome first = end_of(0);
    EXPECT_EQ(first.exit_code, 130);
    EXPECT_THAT(first.error, ContainsRegex("stopped by SIGINT while waiting for .*n4 to connect"));
    EXPECT_EQ(first.output, "");
    wait_for(1, "waiting for n0 at 127.0.0.1:" + std::to_string(ports_[0]));
    ASSERT_EQ(::kill(launchers_[1], SIGTERM), 0);
    const Outcome second = end_of(1);
    EXPECT_EQ(second.exit_code, 143);
    EXPECT_THAT(second.error, HasSubstr("stopped by SIGTERM while waiting for n0 at "));
}

TEST_F(SeveralHosts, a_process_that_dies_before_the_start_can_be_started_again) {
    std::vector<std::string> arguments = quick_;
    arguments.insert(arguments.end(), {"--progress", "always"});
    launch(0, arguments);
    launch(1, quick_);
    wait_for(0, "waiting for n2 n3 n4 to connect");
    ASSERT_EQ(::kill(launchers_[1], SIGKILL), 0);
    EXPECT_EQ(end_of(1).exit_code, -SIGKILL);
    wait_for(0, "waiting for n1 n2 n3 n4 to connect");
    for (std::size_t rank = 1; rank < 5; ++rank) launch(rank, quick_);
    const Outcome outcome = end_of(0);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
    EXPECT_THAT(outcome.output, HasSubstr("5 of 5 nodes learned the same log"));
    for (std::size_t rank = 1; rank < 5; ++rank) expect_dismissed(rank);
}

// On a busy machine, the run may begin before the launcher is killed. It is then SAFE without n1.
TEST_F(SeveralHosts, a_host_that_is_lost_before_the_first_run_is_an_error) {
    std::ofstream(work("result.json")) << "an older result";
    std::vector<std::string> arguments = quick_;
    arguments.insert(arguments.end(), {"--progress", "always", "--json", "result.json"});
    launch_all(arguments);
    // Waits until launcher 1 has a child process. The first child answers in the measurement of the
    // floor, which comes before the first run.
    const std::string pid = std::to_string(launchers_[1]);
    await(0, [&] { return !content("/proc/" + pid + "/task/" + pid + "/children").empty(); });
    ASSERT_EQ(::kill(launchers_[1], SIGKILL), 0);
    const Outcome outcome = end_of(0);
    if (outcome.output.find("SAFE") != std::string::npos) return;
    EXPECT_EQ(outcome.exit_code, 3);
    EXPECT_EQ(outcome.output, "");
    EXPECT_THAT(outcome.error, HasSubstr("paxos_fast: n1 on "));
    EXPECT_EQ(content(work("result.json")), "an older result");
}

/// Connects to `port` as soon as a process listens there, and sends `text`. Returns the connection.
Fd connected(std::uint16_t port, const std::string& text) {
    Fd socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    while (::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
        ::poll(nullptr, 0, 1);
    EXPECT_EQ(::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
    return socket;
}

TEST_F(SeveralHosts, an_unknown_host_and_a_key_file_that_others_can_read_are_refused) {
    // A label of a DNS name has at most 63 bytes, so the resolver refuses this name at once.
    const std::string unknown = std::string(64, 'h') + ":7000";
    const Outcome outcome = run({"--peers", "127.0.0.1:7001," + unknown, "--id", "0"});
    EXPECT_EQ(outcome.exit_code, 3);
    EXPECT_EQ(outcome.output, "");
    EXPECT_THAT(outcome.error, ContainsRegex("^paxos_fast: --peers " + unknown +
                                             ": .*; check the name, and that this host "
                                             "can resolve it\n$"));
    std::ofstream(work("key")) << std::string(32, 'k');
    std::filesystem::permissions(work("key"), std::filesystem::perms{0644});
    expect_refused(
        {"--peers", peers_, "--id", "1", "--key", "key"}, 3,
        "paxos_fast: --key key: other users can access it (mode 0644); `chmod 600` makes it "
        "private\n");
}

TEST_F(SeveralHosts, foreign_connections_do_not_prevent_the_start) {
    launch(0, quick_);
    for (const std::string& text :
         {std::string("GET / HTTP/1.1\r\n\r\n"), std::string(500, 'x'), std::string()})
        connected(ports_[0], text);
    // This connection begins the handshake and then sends nothing. Process 0 must close it.
    const Fd half_open = connected(ports_[0], "paxosTCP");
    char byte = 0;
    EXPECT_EQ(::recv(half_open.get(), &byte, 1, 0), 0);
    for (std::size_t rank = 1; rank < 5; ++rank) launch(rank, quick_);
    const Outcome outcome = end_of(0);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
    EXPECT_THAT(outcome.output, HasSubstr("SAFE"));
    EXPECT_THAT(without_line_ends(outcome.output),
                HasSubstr(" note      refused 4 connections (2 from other programs, 2 unfinished "
                          "handshakes), last 127.0.0.1: no handshake within 2 s"));
    for (std::size_t rank = 1; rank < 5; ++rank) expect_dismissed(rank);
}

/// Makes a copy of the program. Overwrites the commit in the copy with x's, so that the copy seems
/// to be a build of another commit.
void make_other_build(const std::string& commit, const std::string& path) {
    std::string program = content(PAXOS_FAST_BINARY);
    std::size_t at = program.find(commit);
    ASSERT_NE(at, std::string::npos);
    for (; at != std::string::npos; at = program.find(commit, at))
        program.replace(at, commit.size(), commit.size(), 'x');
    std::ofstream(path, std::ios::binary) << program;
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
}

/// scripts/prove.sh sets OTHER_BUILD to the path of a build with a larger value size. Without
/// OTHER_BUILD, the other build is a copy of this program that names another commit.
TEST_F(SeveralHosts, a_process_of_another_build_is_refused_and_both_are_named) {
    const auto fact = [&](const std::string& pattern) {
        std::smatch found;
        const std::string version = run({"--version"}).output;
        return std::regex_search(version, found, std::regex(pattern)) ? found.str(1) : "";
    };
    const auto commit = [&] { return fact("\ncommit    ([^,\n]+)"); };
    const auto value_size = [&] { return fact("\nvalue     (\\d+) bytes"); };
    const std::string our_commit = commit(), our_value_size = value_size();
    ASSERT_NE(our_commit, "");
    program_ = (folder_ / "paxos_fast").string();
    if (const char* const given = std::getenv("OTHER_BUILD"))
        program_ = given;
    else
        make_other_build(our_commit, program_);
    std::string theirs = "value size " + value_size(), ours = "value size " + our_value_size;
    if (commit() != our_commit) {
        theirs = "commit " + commit();
        ours = "commit " + our_commit;
    }
    ASSERT_NE(theirs, ours);

    launch(1, {});
    program_ = PAXOS_FAST_BINARY;
    launch(0, quick_);
    const Outcome refused = end_of(1);
    EXPECT_EQ(refused.exit_code, 3);
    const std::string changed = "( \\(changed\\))?";
    const std::regex expected("paxos_fast: n1 on \\S+ has " + theirs + changed +
                              ", n0 on \\S+ has " + ours + changed + "\n");
    EXPECT_TRUE(std::regex_match(refused.error, expected)) << refused.error;

    for (std::size_t rank = 1; rank < 5; ++rank) launch(rank, {});
    const Outcome outcome = end_of(0);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
    EXPECT_THAT(outcome.output, HasSubstr("\nnote      refused 1 connection (1 other build)"));
    for (std::size_t rank = 1; rank < 5; ++rank) expect_dismissed(rank);
}

}  // namespace
}  // namespace paxos::program_hosts_test
