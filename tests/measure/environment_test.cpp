// The facts that read_environment() reads. Most of the tests use a fake machine
// (support/made_up_machine.h). On the machine that runs the test, only facts that every real
// machine has are tested.
#include "measure/environment.h"

#include <regex>

#include "support/made_up_machine.h"

namespace paxos::measure::environment_test {
namespace {

using test::MadeUpMachine;

TEST_F(MadeUpMachine, reads_the_facts_in_proc) {
    put("/proc/cpuinfo",
        "processor\t: 0\nmodel name\t: Some CPU @ 2.60GHz\ncpu MHz\t\t: 2596.120\nflags\t\t: fpu "
        "hypervisor sse\n\n"
        "processor\t: 1\nmodel name\t: Another CPU\n");
    put("/proc/meminfo", "MemTotal:        1024 kB\nMemFree:         1 kB\n");
    put("/proc/loadavg", "0.50 1.25 2.00 1/100 4242\n");
    put("/proc/sys/net/core/rmem_max", "212992\n");
    put("/proc/sys/net/core/wmem_max", "212991\n");
    put("/proc/sys/kernel/io_uring_disabled", "2\n");
    const Environment environment = read_environment(root_);
    EXPECT_EQ(environment.cpu_model, "Some CPU @ 2.60GHz");
    EXPECT_DOUBLE_EQ(environment.mhz.value_or(0), 2596.12);
    EXPECT_EQ(environment.hypervisor, true);
    EXPECT_EQ(environment.memory_bytes, 1024u * 1024);
    EXPECT_EQ(environment.load, (std::vector<double>{0.5, 1.25, 2.0}));
    EXPECT_EQ(environment.rmem_max, 212'992u);
    EXPECT_EQ(environment.wmem_max, 212'991u);
    EXPECT_EQ(environment.io_uring_disabled, 2u);
}

TEST_F(MadeUpMachine, facts_that_cannot_be_read_are_unknown) {
    const Environment environment = read_environment(root_);
    EXPECT_EQ(environment.cpu_model, "");
    EXPECT_EQ(environment.governor, "");
    EXPECT_FALSE(environment.mhz || environment.hypervisor || environment.memory_bytes ||
                 environment.rmem_max || environment.io_uring_disabled);
    EXPECT_TRUE(environment.load.empty());
}

TEST_F(MadeUpMachine, only_a_cpu_flag_named_hypervisor_counts) {
    put("/proc/cpuinfo", "flags\t\t: fpu hypervisors sse\n");
    EXPECT_EQ(read_environment(root_).hypervisor, false);
}

TEST(ThisMachine, has_a_kernel_and_cores) {
    const Environment environment = read_environment();
    EXPECT_FALSE(environment.kernel.empty());
    EXPECT_FALSE(environment.architecture.empty());
    EXPECT_GE(environment.cores_online, 1);
    EXPECT_FALSE(environment.cores_allowed.empty());
    EXPECT_EQ(environment.load.size(), 3u);
    EXPECT_GT(environment.memory_bytes.value_or(0), 0u);
}

TEST(Date, is_iso_8601_with_the_zone) {
    EXPECT_TRUE(
        std::regex_match(date_now(), std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d)")))
        << date_now();
}

}  // namespace
}  // namespace paxos::measure::environment_test
