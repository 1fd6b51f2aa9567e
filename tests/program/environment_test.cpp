// What the environment does to a run, reported truthfully: closed streams, a network that is not
// there, limits, cores that are taken away. Each case is produced, or skipped with its reason.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <cstring>
#include <nlohmann/json.hpp>

#include "support/program.h"

namespace paxos::environment_test {
namespace {

using testing::HasSubstr;
using testing::Not;
using Json = nlohmann::json;

class EnvironmentCase : public Cli {
protected:
    /// Runs `script` in a shell, where `$P` is the program.
    Outcome shell(const std::string& script) {
        const std::string out = (folder_ / "out").string(), err = (folder_ / "err").string();
        std::ofstream(folder_ / "script")
            << "cd " << (folder_ / "work").string() << "\nP=" << program_ << "\n"
            << script << "\n";
        const std::string command = "sh " + (folder_ / "script").string() + " >" + out + " 2>" + err;
        const int status = std::system(command.c_str());
        Outcome outcome;
        outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
        outcome.output = content(out);
        outcome.error = content(err);
        return outcome;
    }
    /// The same in a network namespace of its own, which begins with its loopback interface down.
    Outcome in_network(const std::string& script) {
        std::ofstream(folder_ / "inside") << "P=" << program_ << "\n" << script << "\n";
        return shell("unshare -n sh " + (folder_ / "inside").string());
    }
    static bool succeeds(const std::string& command) {
        return std::system((command + " >/dev/null 2>&1").c_str()) == 0;
    }
    /// Why no network of our own can be set up here. Empty: it can.
    static std::string no_network() {
        if (!succeeds("unshare -n true")) return "unshare -n is not permitted here";
        if (!succeeds("unshare -n ip link set lo up")) return "there is no ip command here";
        return "";
    }
    [[nodiscard]] Json result() const { return Json::parse(content(work("result")))["paxos_fast"]; }
};

TEST_F(EnvironmentCase, closed_streams_are_not_given_to_sockets) {
    // Without a descriptor kept back, standard output would be one of the launcher's own.
    const Outcome closed = shell("$P --nodes 3 --log --rounds 5 <&- >&-");
    EXPECT_EQ(closed.exit_code, 3);
    EXPECT_EQ(closed.error,
              "paxos_fast: standard output: cannot be written: Bad file descriptor\n");
    const Outcome all = shell("$P --nodes 3 --rounds 500 --no-floor --json result <&- >&- 2>&-");
    EXPECT_EQ(all.exit_code, 3);
    EXPECT_EQ(result()["runs"][0]["safety"]["verdict"], "SAFE");
    EXPECT_TRUE(result()["repetitions"][0]["datagrams"]["rejected"].empty());
}

TEST_F(EnvironmentCase, a_loopback_interface_that_is_down_is_named) {
    if (const std::string why = no_network(); !why.empty()) GTEST_SKIP() << why;
    const Outcome outcome = in_network("exec $P --nodes 3 --rounds 100");
    EXPECT_EQ(outcome.exit_code, 3);
    EXPECT_THAT(outcome.error, HasSubstr("the loopback interface is down; ip link set lo up\n"));
    EXPECT_EQ(outcome.output, "");
}

TEST_F(EnvironmentCase, a_loopback_interface_without_its_address_is_named) {
    if (const std::string why = no_network(); !why.empty()) GTEST_SKIP() << why;
    const std::string without = "ip link set lo up; ip addr del 127.0.0.1/8 dev lo; ";
    const Outcome outcome = in_network(without + "exec $P --nodes 3 --rounds 100");
    EXPECT_EQ(outcome.exit_code, 3);
    EXPECT_THAT(outcome.error,
                HasSubstr("does not have this address; ip addr add 127.0.0.1/8 dev lo\n"));
    // The remedies are tried as they are printed.
    const Outcome mended = in_network(
        without + "ip addr add 127.0.0.1/8 dev lo; exec $P --nodes 3 --rounds 100 --no-floor");
    EXPECT_EQ(mended.exit_code, 0) << mended.error;
    const Outcome down = in_network(
        "ip link set lo up; ip link set lo down; exec $P --nodes 3 --rounds 100");
    EXPECT_EQ(down.exit_code, 3);
    EXPECT_THAT(down.error, HasSubstr("the loopback interface is down; ip link set lo up\n"));
}

TEST_F(EnvironmentCase, datagrams_that_are_swallowed_are_noticed_before_the_run) {
    if (const std::string why = no_network(); !why.empty()) GTEST_SKIP() << why;
    const std::string swallow = "ip link set lo up && tc qdisc add dev lo root netem loss 100%";
    if (!succeeds("unshare -n sh -c '" + swallow + "'")) GTEST_SKIP() << "tc netem is not here";
    const Outcome outcome = in_network(swallow + "; exec $P --nodes 3 --rounds 100");
    EXPECT_EQ(outcome.exit_code, 3);
    EXPECT_THAT(outcome.error, HasSubstr("it was sent and did not arrive"));
}

TEST_F(EnvironmentCase, sends_that_fail_during_the_run_are_named_and_are_not_lost) {
    if (const std::string why = no_network(); !why.empty()) GTEST_SKIP() << why;
    // Every route to the loopback addresses turns into a refusal while the run is going on.
    const Outcome outcome = in_network(
        "ip link set lo up\n"
        "$P --nodes 3 --duration 30s --no-floor --repetitions 1 --json result & pid=$!\n"
        "while kill -0 $pid && ! pgrep -P $pid >/dev/null; do sleep 0.05; done; sleep 0.5\n"
        "ip route flush table local; wait $pid");
    EXPECT_EQ(outcome.exit_code, 1) << outcome.error;
    EXPECT_THAT(outcome.error, HasSubstr("ENETUNREACH (Network is unreachable)"));
    EXPECT_THAT(outcome.error, HasSubstr("there is no route to 127.0.0.1"));
    EXPECT_EQ(result()["summary"]["verdict"], "UNKNOWN");
    EXPECT_THAT(outcome.output, HasSubstr("; 0 lost"));
    const Json notes = result()["summary"]["notes"];
    EXPECT_THAT(notes.dump(), HasSubstr("refused by the kernel: ENETUNREACH"));
    const Json datagrams = result()["repetitions"][0]["datagrams"];
    EXPECT_GT(datagrams["refused"]["ENETUNREACH"], 0);
    EXPECT_EQ(datagrams["refused"]["ENETUNREACH"], datagrams["send_errors"]);
    EXPECT_EQ(datagrams["lost"], 0);
}

TEST_F(EnvironmentCase, a_port_in_use_is_reported_before_anything_is_measured) {
    const int fd = socket(AF_INET, SOCK_DGRAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ASSERT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), size), 0);
    ASSERT_EQ(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
    const std::string port = std::to_string(ntohs(address.sin_port));
    const Outcome outcome = run({"--nodes", "1", "--port", port, "--progress", "always"});
    close(fd);
    EXPECT_EQ(outcome.exit_code, 3);
    EXPECT_THAT(outcome.error, HasSubstr("port " + port + ": bind to 127.0.0.1: "));
    EXPECT_THAT(outcome.error, Not(HasSubstr("measuring the floor")));
}

/// UDP datagrams with a wrong checksum, to every socket in the range of ports.
std::size_t send_wrong_checksums(std::uint16_t first_port, std::size_t ports, std::size_t rounds) {
    const int raw = socket(AF_INET, SOCK_RAW, IPPROTO_UDP);
    if (raw < 0) return 0;
    std::size_t sent = 0;
    for (std::size_t i = 0; i < rounds * ports; ++i) {
        const auto port = static_cast<std::uint16_t>(first_port + i % ports);
        std::array<std::uint8_t, 8 + 64> bytes{};
        const std::uint16_t head[4] = {htons(9), htons(port), htons(bytes.size()), htons(0xBAD1)};
        std::memcpy(bytes.data(), head, sizeof head);
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (sendto(raw, bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&to), sizeof to) > 0)
            ++sent;
    }
    close(raw);
    return sent;
}

TEST_F(EnvironmentCase, foreign_datagrams_that_the_kernel_drops_are_not_losses) {
    if (const int raw = socket(AF_INET, SOCK_RAW, IPPROTO_UDP); raw < 0)
        GTEST_SKIP() << "raw sockets are not permitted here";
    else
        close(raw);
    constexpr std::uint16_t port = 23'410;
    const pid_t process = start({"--nodes", "3", "--duration", "1s", "--window", "64", "--no-floor",
                                 "--repetitions", "1", "--port", std::to_string(port), "--json",
                                 "result"});
    std::size_t sent = 0;
    int status = 0;
    while (waitpid(process, &status, WNOHANG) == 0) {
        sent += send_wrong_checksums(port, 3, 20);
        usleep(1000);
    }
    ASSERT_EQ(status, 0) << content(folder_ / "err");
    ASSERT_GT(sent, 0U);
    const Json datagrams = result()["repetitions"][0]["datagrams"];
    // Whether the kernel counts them depends on where it finds the checksum to be wrong.
    EXPECT_EQ(datagrams["foreign_dropped"], datagrams["kernel_dropped"]);
    EXPECT_EQ(datagrams["lost"], 0);
    EXPECT_EQ(datagrams["sent"],
              datagrams["received"].get<std::uint64_t>() + datagrams["unread"].get<std::uint64_t>());
    EXPECT_THAT(content(folder_ / "out"), HasSubstr("; 0 lost"));
}

}  // namespace
}  // namespace paxos::environment_test
