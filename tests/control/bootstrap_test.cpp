// How a process learns its rank and its peers: whether it uses --peers, PMIx or neither, how it
// reads --peers and --network, and what it reports if PMIx is used without an engine (srun or
// mpirun). The tests in tests/hosts use real engines.
#include "control/bootstrap.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <map>

#include "control/connection.h"

namespace paxos::control::bootstrap_test {
namespace {

using Variables = std::map<std::string, std::string>;

Environment environment(const Variables& variables) {
    return [variables](const char* name) -> const char* {
        const auto found = variables.find(name);
        return found == variables.end() ? nullptr : found->second.c_str();
    };
}

StartKind kind_of(const Variables& variables, const BootstrapOptions& options = {}) {
    std::string error;
    const StartKind kind = start_kind(options, environment(variables), error);
    EXPECT_EQ(error, "");
    return kind;
}

TEST(StartKindTest, peers_take_precedence_over_pmix_and_pmix_over_a_local_run) {
    const Variables pmix{{"PMIX_NAMESPACE", "job"}, {"PMIX_RANK", "1"}};
    EXPECT_EQ(kind_of({}), StartKind::local);
    EXPECT_EQ(kind_of(pmix), StartKind::pmix);
    EXPECT_EQ(kind_of({{"PMIX_RANK", "1"}}), StartKind::local);
    BootstrapOptions peers;
    peers.peers = {"h1:7000", "h2:7000"};
    EXPECT_EQ(kind_of(pmix, peers), StartKind::peers);
    // SLURM_NTASKS is ignored, because it is also set in a batch script, which runs as one process.
    EXPECT_EQ(kind_of({{"SLURM_NTASKS", "5"}}), StartKind::local);
}

TEST(StartKindTest, one_process_runs_all_nodes_even_under_an_engine) {
    for (const char* variable : {"SLURM_STEP_NUM_TASKS", "OMPI_COMM_WORLD_SIZE", "PMI_SIZE"}) {
        EXPECT_EQ(kind_of({{variable, "1"}}), StartKind::local);
        EXPECT_EQ(kind_of({{variable, "1"}, {"PMIX_NAMESPACE", "job"}, {"PMIX_RANK", "0"}}),
                  StartKind::local);
    }
    // Inside a Slurm step, the number of processes that mpirun started takes precedence.
    const Variables nested{{"SLURM_STEP_NUM_TASKS", "1"},
                           {"OMPI_COMM_WORLD_SIZE", "5"},
                           {"PMIX_NAMESPACE", "job"},
                           {"PMIX_RANK", "0"}};
    EXPECT_EQ(kind_of(nested), StartKind::pmix);
    EXPECT_EQ(processes_started(environment(nested)), 5U);
    EXPECT_FALSE(processes_started(environment({})));
    EXPECT_FALSE(processes_started(environment({{"PMI_SIZE", "many"}})));
}

TEST(StartKindTest, several_processes_without_pmix_are_refused_with_the_remedy) {
    for (const char* variable : {"SLURM_STEP_NUM_TASKS", "OMPI_COMM_WORLD_SIZE", "PMI_SIZE"}) {
        std::string error;
        static_cast<void>(start_kind({}, environment({{variable, "5"}}), error));
        EXPECT_EQ(error,
                  "this is one of 5 processes, but they were started without PMIx; use `srun "
                  "--mpi=pmix`, Open MPI's mpirun, or --peers and --id");
    }
}

BootstrapOptions peers(std::vector<std::string> list, std::uint32_t id) {
    BootstrapOptions options;
    options.peers = std::move(list);
    options.id = id;
    options.size_max = 63;
    return options;
}

std::string fault_of(const BootstrapOptions& options, StartKind how = StartKind::peers) {
    std::string error;
    EXPECT_FALSE(bootstrap(how, options, error));
    return error;
}

TEST(PeersTest, rank_0_listens_at_the_address_to_which_others_connect) {
    std::uint16_t port = 0;
    { const Fd free = test::Host::open(port); }
    const std::string first = "127.0.0.1:" + std::to_string(port);
    std::string error;
    const auto n0 = bootstrap(StartKind::peers, peers({first, "127.0.0.2:7000"}, 0), error);
    ASSERT_TRUE(n0) << error;
    const auto n1 = bootstrap(StartKind::peers, peers({first, "127.0.0.2:7000"}, 1), error);
    ASSERT_TRUE(n1) << error;
    EXPECT_EQ(n0->size, 2U);
    EXPECT_EQ(n1->rank, 1U);
    EXPECT_EQ(n1->peer_list, first + ",127.0.0.2:7000");
    EXPECT_EQ(Address::of_socket(n0->listening.get())->port(), port);
    EXPECT_EQ(n1->rank0, std::vector<Address>{Address::loopback(port)});
    EXPECT_EQ(n1->self.front().text(), "127.0.0.2:7000");
    EXPECT_EQ(n0->secret, n1->secret);
    EXPECT_FALSE(n0->has_key);

    BootstrapOptions with_key = peers({first, "127.0.0.2:7000"}, 1);
    with_key.key = test::secret(3);
    const auto keyed = bootstrap(StartKind::peers, with_key, error);
    ASSERT_TRUE(keyed) << error;
    EXPECT_TRUE(keyed->has_key);
    EXPECT_NE(keyed->secret, n1->secret);
    EXPECT_NE(keyed->secret, test::secret(3)) << "the key itself is not the secret";

    EXPECT_EQ(fault_of(peers({first, "127.0.0.2:7000"}, 0)),
              "TCP port " + std::to_string(port) +
                  " cannot be opened: Address already in use; choose another port, or end the "
                  "program that uses this one");
}

TEST(PeersTest, an_unknown_host_and_an_address_given_twice_are_refused) {
    // A label of a DNS name has at most 63 letters, so the resolver refuses this name at once.
    const std::string unknown(64, 'h');
    const std::string fault = fault_of(peers({"127.0.0.1:7000", unknown + ":7000"}, 0));
    EXPECT_TRUE(fault.starts_with("--peers " + unknown + ":7000: ")) << fault;
    EXPECT_TRUE(fault.ends_with("; check the name, and that this host can resolve it")) << fault;
    EXPECT_EQ(fault_of(peers({"127.0.0.1:7000", "127.0.0.1:7001", "127.1:7000"}, 1)),
              "--peers 127.1:7000: n0 and n2 have the same address; nodes on one host need "
              "different ports");
}

TEST(PeersTest, a_name_that_means_a_loopback_address_here_is_refused) {
    EXPECT_EQ(fault_of(peers({"127.0.1.1:7000", "192.0.2.1:7000"}, 1)),
              "--peers 127.0.1.1:7000: resolves to 127.0.1.1 on this host, which other hosts "
              "cannot reach; give an address that they can reach");
}

TEST(PeersTest, only_addresses_in_the_network_are_tried) {
    BootstrapOptions options = peers({"192.0.2.1:7000", "192.0.2.2:7000"}, 1);
    options.network = Network::parse("192.0.2.0/24");
    std::string error;
    EXPECT_TRUE(bootstrap(StartKind::peers, options, error)) << error;
    options.network = Network::parse("10.0.0.0/8");
    EXPECT_EQ(fault_of(options), "--peers 192.0.2.2:7000: has no address in --network 10.0.0.0/8");
    options = peers({"10.0.0.1:7000", "192.0.2.2:7000"}, 1);
    options.network = Network::parse("192.0.2.0/24");
    EXPECT_EQ(fault_of(options), "--peers 10.0.0.1:7000: has no address in --network 192.0.2.0/24");
}

TEST(NetworkTest, a_network_has_the_addresses_with_its_prefix) {
    const auto has = [](const char* network, const char* ip) {
        return Network::parse(network)->has(*Address::parse(ip, 7000));
    };
    EXPECT_TRUE(has("10.77.0.0/24", "10.77.0.255"));
    EXPECT_FALSE(has("10.77.0.0/24", "10.77.1.0"));
    EXPECT_TRUE(has("10.77.0.0/23", "10.77.1.0"));
    EXPECT_TRUE(has("0.0.0.0/0", "192.0.2.1"));
    EXPECT_TRUE(has("10.0.0.1", "10.0.0.1"));
    EXPECT_FALSE(has("10.0.0.1", "10.0.0.2"));
    EXPECT_TRUE(has("fd00::/8", "fd12::1"));
    EXPECT_FALSE(has("fd00::/8", "fe12::1"));
    EXPECT_FALSE(has("0.0.0.0/0", "fd00::1"));
    for (const char* wrong : {"", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "fd00::/129", "ten"})
        EXPECT_FALSE(Network::parse(wrong)) << wrong;
}

TEST(NetworkTest, a_host_and_its_port_are_separated) {
    const auto parsed = [](const char* text) {
        const auto one = HostPort::parse(text);
        return one ? one->host + " " + std::to_string(one->port) : "wrong";
    };
    EXPECT_EQ(parsed("h1:7000"), "h1 7000");
    EXPECT_EQ(parsed("10.0.0.1:1"), "10.0.0.1 1");
    EXPECT_EQ(parsed("[fd00::1]:65535"), "fd00::1 65535");
    for (const char* text :
         {"", "h1", ":7000", "h1:", "h1:0", "h1:65536", "h1:7k", "h1:+7", "fd00::1:7000", "[]:7"})
        EXPECT_EQ(parsed(text), "wrong") << text;
}

TEST(PmixTest, without_an_engine_the_remedy_is_given_and_the_child_that_called_pmix_is_reaped) {
    ::unsetenv("PMIX_NAMESPACE");
    ::unsetenv("PMIX_RANK");
    BootstrapOptions options;
    options.size_max = 63;
    const std::string fault = fault_of(options, StartKind::pmix);
    // The error depends on the machine: PMIx_Init fails, or there is no library.
    EXPECT_NE(fault.find("PMIx"), std::string::npos) << fault;
    EXPECT_TRUE(fault.ends_with("; to run all nodes on this host, unset PMIX_NAMESPACE")) << fault;
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
}

}  // namespace
}  // namespace paxos::control::bootstrap_test
