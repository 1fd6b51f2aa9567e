// Effects of the environment on a run, and how they are reported: closed streams, a missing
// network, limits, lost cores. Each case is produced for real, or skipped with the reason.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <csignal>
#include <cstring>
#include <nlohmann/json.hpp>
#include <regex>

#include "support/free_ports.h"
#include "support/program.h"
#include "support/sanitized.h"

namespace paxos::environment_test {
namespace {

using testing::HasSubstr;
using testing::Not;
using Json = nlohmann::json;

class EnvironmentCase : public Cli {
protected:
    /// Runs `script` in a shell; `$P` is the program.
    Outcome shell(const std::string& script) {
        const std::string out = (folder_ / "out").string(), err = (folder_ / "err").string();
        std::ofstream(folder_ / "script")
            << "cd " << (folder_ / "work").string() << "\nP=" << program_ << "\n"
            << script << "\n";
        const std::string command = "sh " + (folder_ / "script").string() + " >" + out + " 2>" +
                                    err;
        const int status = std::system(command.c_str());
        Outcome outcome;
        outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
        outcome.output = content(out);
        outcome.error = content(err);
        return outcome;
    }
    /// Like `shell`, in a new network namespace, whose loopback interface is down at first.
    Outcome in_network(const std::string& script) {
        std::ofstream(folder_ / "inside") << "P=" << program_ << "\n" << script << "\n";
        return shell("unshare -n sh " + (folder_ / "inside").string());
    }
    static bool succeeds(const std::string& command) {
        return std::system((command + " >/dev/null 2>&1").c_str()) == 0;
    }
    /// Why a network namespace cannot be created here. Empty if it can.
    static std::string no_network() {
        if (!succeeds("unshare -n true")) return "unshare -n is not permitted here";
        if (!succeeds("unshare -n ip link set lo up")) return "there is no ip command here";
        return "";
    }
    [[nodiscard]] Json result() const { return Json::parse(content(work("result")))["paxos_fast"]; }
};

TEST_F(EnvironmentCase, descriptors_of_closed_streams_are_not_reused) {
    // Without the reserved descriptors, standard output would be one of the launcher's own files.
    const Outcome closed = shell("$P --nodes 3 --log --rounds 5 <&- >&-");
    EXPECT_EQ(closed.exit_code, 3);
    EXPECT_EQ(closed.error,
              "paxos_fast: standard output: cannot be written: Bad file descriptor\n");
    const Outcome all = shell("$P --nodes 3 --rounds 500 --no-floor --json result <&- >&- 2>&-");
    EXPECT_EQ(all.exit_code, 3);
    EXPECT_EQ(result()["runs"][0]["safety"]["verdict"], "SAFE");
    EXPECT_TRUE(result()["repetitions"][0]["datagrams"]["rejected"].empty());
}

TEST_F(EnvironmentCase, a_limit_of_memory_or_file_size_gives_a_one_line_error) {
    const Outcome file = shell(
        "ulimit -f 1; $P --nodes 3 --rounds 100 --repetitions 1 --no-floor -q --json f");
    EXPECT_EQ(file.exit_code, 3);
    EXPECT_THAT(file.error, testing::StartsWith("paxos_fast: shared memory: ftruncate"));
    EXPECT_THAT(file.error, testing::EndsWith(": raise the limit of the file size (ulimit -f)\n"));
    const Outcome json = shell("ulimit -f 1; $P sim --worlds 1 --seed 1 --size tiny --json f");
    EXPECT_EQ(json.exit_code, 3);
    EXPECT_THAT(json.error, testing::EndsWith("--json f: cannot be written: File too large; raise "
                                              "the limit of the file size (ulimit -f)\n"));
    if (test::sanitized) GTEST_SKIP() << "a sanitizer needs more memory than the limit";
    // Somewhere below 60 MB the program does not start. No limit may end it by a signal.
    for (const char* limit : {"24000", "36000", "46000"}) {
        const Outcome memory = shell("ulimit -v " + std::string(limit) +
                                     "; $P --nodes 3 --rounds 100 --repetitions 1 --no-floor -q");
        EXPECT_THAT(memory.exit_code, testing::AnyOf(0, 3, 127)) << limit << memory.error;
        if (memory.exit_code == 3) {
            EXPECT_THAT(memory.error, testing::StartsWith("paxos_fast: "));
        }
    }
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
    // Runs the remedy exactly as it is printed.
    const Outcome mended = in_network(
        without + "ip addr add 127.0.0.1/8 dev lo; exec $P --nodes 3 --rounds 100 --no-floor");
    EXPECT_EQ(mended.exit_code, 0) << mended.error;
    const Outcome down = in_network(
        "ip link set lo up; ip link set lo down; exec $P --nodes 3 --rounds 100");
    EXPECT_EQ(down.exit_code, 3);
    EXPECT_THAT(down.error, HasSubstr("the loopback interface is down; ip link set lo up\n"));
}

TEST_F(EnvironmentCase, a_network_that_drops_all_datagrams_is_reported_before_the_run) {
    if (const std::string why = no_network(); !why.empty()) GTEST_SKIP() << why;
    const std::string swallow = "ip link set lo up && tc qdisc add dev lo root netem loss 100%";
    if (!succeeds("unshare -n sh -c '" + swallow + "'"))
        GTEST_SKIP() << "there is no tc netem here";
    const Outcome outcome = in_network(swallow + "; exec $P --nodes 3 --rounds 100");
    EXPECT_EQ(outcome.exit_code, 3);
    EXPECT_THAT(outcome.error, HasSubstr("it was sent and did not arrive"));
}

TEST_F(EnvironmentCase, sends_that_fail_during_the_run_are_named_and_do_not_count_as_lost) {
    if (const std::string why = no_network(); !why.empty()) GTEST_SKIP() << why;
    // Removes all routes to the loopback addresses during the run.
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

TEST_F(EnvironmentCase, a_missing_library_of_PMIx_is_named) {
    if (!succeeds(program_ + " --version | grep -q pmix"))
        GTEST_SKIP() << "the program was built without PMIx (libpmix-dev)";
    // In a mount namespace whose folder of libraries lacks this one. ldconfig finds it.
    const std::string hide =
        "lib=$(ldconfig -p | sed -n 's/.*libpmix[.]so[.]2 .*=> //p' | head -n 1)\n"
        "[ -z \"$lib\" ] && return\n"
        "folder=$(dirname $lib)\n"
        "mount -t tmpfs none /mnt && mkdir /mnt/changed /mnt/work &&\n"
        "mount -t overlay -o lowerdir=$folder,upperdir=/mnt/changed,workdir=/mnt/work none $folder "
        "&&\n"
        "rm $lib\n";
    std::ofstream(folder_ / "hide") << hide;
    const std::string in_namespace = "unshare --mount sh -c '. " + (folder_ / "hide").string();
    if (!succeeds(in_namespace + "'"))
        GTEST_SKIP() << "this user or container may not mount an overlay";
    const Outcome outcome = shell(in_namespace +
                                  "; PMIX_NAMESPACE=job PMIX_RANK=0 exec \"$0\"' $P");
    EXPECT_EQ(outcome.exit_code, 3);
    EXPECT_EQ(outcome.output, "");
    EXPECT_EQ(
        outcome.error,
        "paxos_fast: PMIx's library cannot be loaded (libpmix.so.2: cannot open shared object "
        "file: No such file or directory): install it (Debian: libpmix2) on every host, or "
        "use --peers; to run all nodes on this host, unset PMIX_NAMESPACE\n");
}

/// Sends `rounds` UDP datagrams with a wrong checksum to each of `ports` ports from `first_port`
/// on. Returns the number sent; 0 also if raw sockets are not permitted.
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
        if (sendto(raw, bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&to),
                   sizeof to) > 0)
            ++sent;
    }
    close(raw);
    return sent;
}

TEST_F(EnvironmentCase, foreign_datagrams_that_the_kernel_drops_do_not_count_as_lost) {
    if (const int raw = socket(AF_INET, SOCK_RAW, IPPROTO_UDP); raw < 0)
        GTEST_SKIP() << "raw sockets are not permitted here";
    else
        close(raw);
    const std::uint16_t port = free_ports(3);
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
    // Whether the kernel counts them depends on where it verifies the checksum.
    EXPECT_EQ(datagrams["foreign_dropped"], datagrams["kernel_dropped"]);
    EXPECT_EQ(datagrams["lost"], 0);
    EXPECT_EQ(datagrams["sent"], datagrams["received"].get<std::uint64_t>() +
                                     datagrams["unread"].get<std::uint64_t>());
    EXPECT_THAT(content(folder_ / "out"), HasSubstr("; 0 lost"));
}

TEST_F(EnvironmentCase, the_floor_is_measured_despite_a_small_mtu) {
    if (const std::string why = no_network(); !why.empty()) GTEST_SKIP() << why;
    // On a busy machine the floor measurement may complete no exchange in its time. If
    // sends were refused, as without a fallback for the MTU, a colon follows: `busy` excludes it.
    const std::regex busy(
        "not measured: (it completed no exchange in time|no answer in time)(?!:)");
    const auto was_busy = [&](const Outcome& outcome) {
        return std::regex_search(outcome.output, busy);
    };
    Outcome outcome;
    for (int tries = 0; tries < 5; ++tries) {
        outcome = in_network(
            "ip link set lo up mtu 1280; exec $P --nodes 3 --rounds 1000 --repetitions 1 --json "
            "result");
        ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
        if (!was_busy(outcome)) break;
    }
    if (was_busy(outcome)) GTEST_SKIP() << "this machine is too busy to measure the floor";
    EXPECT_THAT(outcome.output, Not(HasSubstr("the floor was not measured")));
    // On a busy machine the figure may be under "unreliable" instead.
    const Json floor = result()["floor"];
    EXPECT_TRUE(floor.contains("decisions_per_second") ||
                floor.value("unreliable", Json::object()).contains("decisions_per_second"))
        << floor;
}

/// A version 1 control group at the top of its controller's hierarchy. The destructor removes it.
class Group {
public:
    Group(const std::string& controller, const std::string& name)
        : path_("/sys/fs/cgroup/" + controller + "/" + name + "_" + std::to_string(getpid())) {
        std::error_code error;
        is_there_ = std::filesystem::exists("/sys/fs/cgroup/" + controller + "/tasks") &&
                    std::filesystem::create_directory(path_, error) && !error;
    }
    ~Group() {
        // Its processes have been reaped, but the kernel may remove them from the group a little
        // later.
        for (int tries = 0; is_there_ && rmdir(path_.c_str()) != 0 && tries < 200; ++tries)
            usleep(10'000);
    }
    Group(const Group&) = delete;
    Group& operator=(const Group&) = delete;
    [[nodiscard]] bool set(const std::string& file, const std::string& value) const {
        std::ofstream stream(path_ + "/" + file);
        stream << value << std::flush;
        return is_there_ && stream.good();
    }
    [[nodiscard]] std::string join() const { return "echo $$ >" + path_ + "/tasks; "; }
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    std::string path_;
    bool is_there_ = false;
};

TEST_F(EnvironmentCase, cores_that_are_taken_away_during_the_run_are_named) {
    Group group("cpuset", "paxos_fast_test");
    const std::string all = content("/sys/fs/cgroup/cpuset/cpuset.cpus");
    if (!group.set("cpuset.cpus", all) || !group.set("cpuset.mems", "0"))
        GTEST_SKIP() << "no cpuset of version 1 can be made here";
    if (all.find_first_of("-,") == std::string::npos) GTEST_SKIP() << "one core only";
    const Outcome outcome = shell(
        group.join() +
        "$P --nodes 2 --duration 2s --window 64 --no-floor --repetitions 1 --json result & pid=$!\n"
        "while kill -0 $pid && ! pgrep -P $pid >/dev/null; do sleep 0.05; done; sleep 0.5\n"
        "echo 0 >" +
        group.path() + "/cpuset.cpus; wait $pid");
    EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
    EXPECT_THAT(outcome.output, HasSubstr("moved from core "));
    const Json repetition = result()["repetitions"][0];
    EXPECT_EQ(repetition["environment_changed"], true);
    const Outcome compared = shell("$P compare result result");
    EXPECT_EQ(compared.output, "");
    EXPECT_THAT(compared.error,
                HasSubstr("repetition 0 is not comparable: cores or CPU quota changed"));
}

TEST_F(EnvironmentCase, a_cpu_quota_is_named_and_no_ratio_is_printed) {
    Group group("cpu", "paxos_fast_test");
    if (!group.set("cpu.cfs_period_us", "10000") || !group.set("cpu.cfs_quota_us", "5000"))
        GTEST_SKIP() << "no CPU quota of version 1 can be set here";
    const Outcome outcome = shell(group.join() +
                                  "exec $P --nodes 2 --rounds 1000 --repetitions 1 --json result");
    EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
    const Json all = result();
    EXPECT_FALSE(all["floor"].contains("decisions_per_second")) << all["floor"];
    EXPECT_THAT(all["summary"]["notes"].dump(), HasSubstr("the CPU quota was used up"));
    // On a busy machine the single rounds may stay within the quota: then they have a floor.
    for (const Json& row : all["summary"]["rows"])
        EXPECT_EQ(row.contains("floor_ratio"),
                  row["load"] == "unloaded" && all["floor"].contains("round_ns_p50"));
    EXPECT_GT(all["repetitions"][0]["throttled"], 0);
}

TEST_F(EnvironmentCase, a_memory_limit_that_kills_nodes_is_named) {
    Group group("memory", "paxos_fast_test");
    if (!group.set("memory.limit_in_bytes", "12582912"))
        GTEST_SKIP() << "no memory limit of version 1 can be set here";
    const Outcome outcome = shell(group.join() +
                                  "exec $P --nodes 5 --rounds 1000 --no-floor --repetitions 1");
    EXPECT_NE(outcome.exit_code, 0);
    if (outcome.exit_code == -SIGKILL || outcome.exit_code == 137)
        GTEST_SKIP() << "the launcher itself was killed";
    EXPECT_THAT(outcome.error + outcome.output, HasSubstr("memory limit of 12582912 bytes"));
    EXPECT_THAT(outcome.error + outcome.output, HasSubstr(group.path()));
}

}  // namespace
}  // namespace paxos::environment_test
