// Effects of the environment on a run, and how they are reported: closed streams, a missing
// network, limits of the process. Each test really creates its environment, or is skipped with the
// reason why it cannot.
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <cstring>
#include <regex>

#include "io/sockets.h"
#include "support/environment_case.h"
#include "support/free_ports.h"
#include "support/sanitized.h"

namespace paxos::environment_test {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST_F(EnvironmentCase, descriptors_of_closed_streams_are_not_reused) {
    // If the program did not reserve the descriptors of closed streams, standard output would be
    // one of the launcher's own files.
    const Outcome closed = shell("$P --nodes 3 --log --rounds 5 <&- >&-");
    EXPECT_EQ(closed.exit_code, 3);
    EXPECT_EQ(closed.error, "paxos_fast: the output cannot be written: Bad file descriptor\n");
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
    const auto limited = [&](const char* limit) {
        return shell("ulimit -v " + std::string(limit) +
                     "; $P --nodes 3 --rounds 100 --repetitions 1 --no-floor -q");
    };
    // Below this limit, the dynamic linker may fail first, with exit code 127.
    const Outcome memory = limited("30000");
    EXPECT_EQ(memory.exit_code, 3) << memory.error;
    EXPECT_THAT(memory.error, testing::MatchesRegex("paxos_fast: [^\n]+ raise the limit "
                                                    "\\(ulimit -v\\) or free memory\n"));
    // With the following limits the program may be unable to start, but no signal may kill it.
    for (const char* limit : {"24000", "36000", "46000"}) {
        const Outcome outcome = limited(limit);
        EXPECT_THAT(outcome.exit_code, testing::AnyOf(0, 3, 127)) << limit << outcome.error;
        if (outcome.exit_code == 3) {
            EXPECT_THAT(outcome.error, testing::MatchesRegex("paxos_fast: [^\n]+\n"));
        }
    }
}

TEST_F(EnvironmentCase, a_loopback_interface_that_is_down_is_named) {
    if (const std::string why = no_network(); !why.empty()) GTEST_SKIP() << why;
    const Outcome outcome = in_network("exec $P --nodes 3 --rounds 100 --progress always");
    EXPECT_EQ(outcome.exit_code, 3);
    EXPECT_THAT(outcome.error,
                HasSubstr("the loopback interface is down; remedy: ip link set lo up\n"));
    EXPECT_THAT(outcome.error, Not(HasSubstr("measuring the floor")));
    EXPECT_EQ(outcome.output, "");
}

TEST_F(EnvironmentCase, a_loopback_interface_without_its_address_is_named) {
    if (const std::string why = no_network(); !why.empty()) GTEST_SKIP() << why;
    const std::string without = "ip link set lo up; ip addr del 127.0.0.1/8 dev lo; ";
    const Outcome outcome = in_network(without +
                                       "exec $P --nodes 3 --rounds 100 --progress always");
    EXPECT_EQ(outcome.exit_code, 3);
    EXPECT_THAT(outcome.error, Not(HasSubstr("measuring the floor")));
    EXPECT_THAT(outcome.error,
                HasSubstr("does not have this address; remedy: ip addr add 127.0.0.1/8 dev lo\n"));
    // Runs the remedy exactly as it is printed.
    const Outcome mended = in_network(
        without + "ip addr add 127.0.0.1/8 dev lo; exec $P --nodes 3 --rounds 100 --no-floor");
    EXPECT_EQ(mended.exit_code, 0) << mended.error;
    const Outcome down = in_network(
        "ip link set lo up; ip link set lo down; exec $P --nodes 3 --rounds 100");
    EXPECT_EQ(down.exit_code, 3);
    EXPECT_THAT(down.error,
                HasSubstr("the loopback interface is down; remedy: ip link set lo up\n"));
}

TEST_F(EnvironmentCase, a_network_that_drops_all_datagrams_is_reported_before_the_run) {
    if (const std::string why = no_network(); !why.empty()) GTEST_SKIP() << why;
    const std::string swallow = "ip link set lo up && tc qdisc add dev lo root netem loss 100%";
    if (!succeeds("unshare -n sh -c '" + swallow + "'"))
        GTEST_SKIP() << "there is no tc netem here";
    const Outcome outcome = in_network(swallow + "; exec $P --nodes 3 --rounds 100");
    EXPECT_EQ(outcome.exit_code, 3);
    EXPECT_THAT(outcome.error, HasSubstr("the datagram was sent but did not arrive"));
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
    // Runs the program in a mount namespace in which the library is deleted from its folder.
    // ldconfig prints the path of the library.
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
/// on. Returns the number of sent datagrams, which is 0 if raw sockets are not permitted.
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

/// Returns how many UDP datagrams with a wrong checksum the kernel has dropped since boot.
std::uint64_t wrong_checksums_dropped() {
    std::ifstream file("/proc/net/snmp");
    std::string line, protocol;
    std::uint64_t in = 0, no_ports = 0, errors = 0, out = 0, full = 0, send_full = 0, dropped = 0;
    while (std::getline(file, line)) {
        std::istringstream words(line);
        if (words >> protocol >> in >> no_ports >> errors >> out >> full >> send_full >> dropped &&
            protocol == "Udp:")
            return dropped;
    }
    return 0;
}

/// Returns whether the kernel counts a datagram with a wrong checksum among the drops of the
/// socket. Linux 6.18 does not.
bool are_counted_at_the_socket() {
    std::string error;
    io::Socket socket = io::open_udp_socket(io::Address::loopback(0), error);
    EXPECT_TRUE(socket.is_open()) << error;
    EXPECT_EQ(send_wrong_checksums(socket.address.port(), 1, 1), 1U);
    char bytes[100];
    EXPECT_LT(recv(socket.fd, bytes, sizeof bytes, MSG_DONTWAIT), 0);
    std::array<std::uint32_t, SK_MEMINFO_VARS> counts{};
    socklen_t size = sizeof counts;
    EXPECT_EQ(getsockopt(socket.fd, SOL_SOCKET, SO_MEMINFO, counts.data(), &size), 0);
    io::close(socket);
    return counts[SK_MEMINFO_DROPS] > 0;
}

TEST_F(EnvironmentCase, foreign_datagrams_that_the_kernel_drops_do_not_count_as_lost) {
    if (const int raw = socket(AF_INET, SOCK_RAW, IPPROTO_UDP); raw < 0)
        GTEST_SKIP() << "raw sockets are not permitted here";
    else
        close(raw);
    const bool are_counted = are_counted_at_the_socket();
    const std::uint64_t before = wrong_checksums_dropped();
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
    EXPECT_GT(wrong_checksums_dropped(), before);
    if (are_counted) {
        EXPECT_GT(datagrams["foreign_dropped"], 0);
    }
    EXPECT_EQ(datagrams["foreign_dropped"], datagrams["kernel_dropped"]);
    EXPECT_EQ(datagrams["lost"], 0);
    EXPECT_EQ(datagrams["sent"], datagrams["received"].get<std::uint64_t>() +
                                     datagrams["unread"].get<std::uint64_t>());
    EXPECT_THAT(content(folder_ / "out"), HasSubstr("; 0 lost"));
}

TEST_F(EnvironmentCase, the_floor_is_measured_despite_a_small_mtu) {
    if (const std::string why = no_network(); !why.empty()) GTEST_SKIP() << why;
    // On a busy machine the floor measurement may run out of time before it completes an exchange.
    // `busy` matches the note for this case. If the measurement ignored the MTU, the kernel would
    // refuse the sends, and the note would end in a colon and the error. `busy` does not match such
    // a note.
    const std::regex busy(
        "not measured: (no exchange was completed in time|no answer in time)(?!:)");
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

}  // namespace
}  // namespace paxos::environment_test
