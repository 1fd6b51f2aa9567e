// `paxos_fast doctor` reports each finding if, and only if, the cause of the finding is present.
// Also tests how the facts are read from /proc and /sys, and what is printed.
#include "cli/doctor/doctor.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "measure/result_json.h"
#include "measure/steal.h"
#include "support/made_up_machine.h"

namespace paxos::measure::doctor_test {
namespace {

using test::MadeUpMachine;
using testing::ElementsAre;
using testing::HasSubstr;

/// Returns the facts of a machine with four cores on which nothing is wrong.
Environment sound() {
    Environment environment;
    environment.kernel = "6.1.0-18-amd64";
    environment.cores_online = 4;
    environment.cores_allowed = {0, 1, 2, 3};
    environment.governor = "performance";
    environment.boost = false;
    environment.smt_groups.emplace();
    environment.isolated = "1-3";
    environment.nohz_full = "1-3";
    environment.hypervisor = false;
    environment.io_uring_disabled = 0;
    environment.io = "io_uring";
    environment.receive_buffer_size = 64 << 20;
    environment.load = {0.1, 0.1, 0.1};
    environment.steal = 0;
    return environment;
}
constexpr std::size_t nodes = 4;

/// Returns the finding called `name`, if there is one. Expects that there is at most one.
std::optional<Finding> find(const Environment& environment, const std::string& name,
                            const Usage& usage) {
    std::vector<Finding> all = diagnose(environment, usage);
    std::erase_if(all, [&](const Finding& finding) { return finding.name != name; });
    EXPECT_LE(all.size(), 1U);
    return all.empty() ? std::nullopt : std::optional(all.front());
}
std::optional<Finding> find(const Environment& environment, const std::string& name) {
    return find(environment, name, {.nodes = nodes});
}
std::string command(const std::optional<Finding>& finding) {
    return finding ? finding->command : "no finding";
}

TEST(Doctor, finds_nothing_on_a_sound_machine) {
    EXPECT_TRUE(diagnose(sound(), {.nodes = nodes}).empty());
    EXPECT_EQ(machine_text(sound(), {.nodes = nodes}), "");
}

TEST(Doctor, reports_nothing_where_nothing_can_be_read) {
    EXPECT_TRUE(diagnose(Environment{}, {}).empty());
    EXPECT_TRUE(cli::knows_nothing(Environment{}));
    EXPECT_FALSE(cli::knows_nothing(sound()));
}

TEST(Doctor, finds_a_governor_that_follows_the_load) {
    Environment environment = sound();
    environment.governor = "powersave";
    EXPECT_THAT(command(find(environment, "governor")), HasSubstr("scaling_governor"));
    EXPECT_EQ(find(environment, "governor")->severity, Severity::serious);
}

TEST(Doctor, finds_boost_and_names_its_switch) {
    Environment environment = sound();
    environment.boost = true;
    environment.boost_file = "/sys/devices/system/cpu/cpufreq/boost";
    EXPECT_EQ(command(find(environment, "boost")),
              "echo 0 > /sys/devices/system/cpu/cpufreq/boost");
    environment.boost_file = "/sys/devices/system/cpu/intel_pstate/no_turbo";
    EXPECT_EQ(command(find(environment, "boost")),
              "echo 1 > /sys/devices/system/cpu/intel_pstate/no_turbo");
}

TEST(Doctor, finds_hardware_threads_of_one_core_among_the_used_cores) {
    Environment environment = sound();
    environment.smt_groups = {{0, 2}, {1, 3}};
    const std::optional<Finding> finding = find(environment, "smt");
    EXPECT_EQ(command(finding), "paxos_fast --cores 0-1");
    EXPECT_EQ(finding->severity, Severity::minor);
    EXPECT_EQ(find(environment, "smt", {.nodes = 2})->severity, Severity::information);
    EXPECT_FALSE(find(environment, "smt", {.nodes = nodes, .cores = {0, 1}}));
    EXPECT_EQ(command(find(environment, "smt", {.nodes = nodes, .cores = {0, 1, 2}})),
              "paxos_fast --cores 0-1");
}

TEST(Doctor, informs_of_cores_that_are_not_isolated) {
    Environment environment = sound();
    environment.isolated = "";
    EXPECT_THAT(command(find(environment, "isolation")), HasSubstr("isolcpus=1-3 nohz_full=1-3"));
    EXPECT_EQ(find(environment, "isolation")->severity, Severity::information);
    environment = sound();
    environment.nohz_full = std::nullopt;
    EXPECT_TRUE(find(environment, "isolation"));
}

TEST(Doctor, finds_a_cpu_quota_below_the_number_of_cores) {
    Environment environment = sound();
    environment.cpu_quota = 1.5;
    environment.cpu_quota_file = "/sys/fs/cgroup/cpu.max";
    EXPECT_EQ(command(find(environment, "quota")), "echo max > /sys/fs/cgroup/cpu.max");
    EXPECT_THAT(find(environment, "quota")->what, HasSubstr("1.5 cores"));
    EXPECT_FALSE(find(environment, "quota", {.nodes = 1}));
    environment.cpu_quota_file = "/sys/fs/cgroup/cpu/cpu.cfs_quota_us";
    EXPECT_EQ(command(find(environment, "quota")), "echo -1 > /sys/fs/cgroup/cpu/cpu.cfs_quota_us");
    environment.cpu_quota = 4;
    EXPECT_FALSE(find(environment, "quota"));
}

TEST(Doctor, finds_buffers_too_small_for_the_window) {
    Environment environment = sound();
    const std::uint64_t needed = receive_buffer_needed(nodes, 1000);
    EXPECT_EQ(needed, 3U * 1000 * limits::message_size);
    const Usage usage{.nodes = nodes, .window = 1000};
    environment.receive_buffer_size = needed;
    EXPECT_FALSE(find(environment, "receive_buffer", usage));
    environment.receive_buffer_size = needed - 1;
    EXPECT_THAT(command(find(environment, "receive_buffer", usage)),
                HasSubstr("sysctl -w net.core.rmem_max="));
    environment.receive_buffer_size = std::nullopt;
    environment.rmem_max = needed / 2;
    EXPECT_FALSE(find(environment, "receive_buffer", usage));
    environment.rmem_max = needed / 2 - 1;
    EXPECT_TRUE(find(environment, "receive_buffer", usage));
}

TEST(Doctor, finds_io_uring_refused_and_names_the_cause) {
    Environment environment = sound();
    environment.io = "mmsg: io_uring is forbidden, likely by a container's seccomp profile (EPERM)";
    EXPECT_THAT(command(find(environment, "io_uring")), HasSubstr("seccomp=unconfined"));
    EXPECT_THAT(find(environment, "io_uring")->effect, HasSubstr("seccomp"));
    environment.io_uring_disabled = 2;
    environment.io = "mmsg: io_uring is forbidden by sysctl kernel.io_uring_disabled=2 (EPERM)";
    EXPECT_EQ(command(find(environment, "io_uring")), "sysctl -w kernel.io_uring_disabled=0");
    environment.io = "";
    EXPECT_EQ(command(find(environment, "io_uring")), "sysctl -w kernel.io_uring_disabled=0");
    // The value 1 still permits io_uring to root and to one group. If this process has io_uring,
    // there is no finding.
    environment.io_uring_disabled = 1;
    environment.io = "io_uring";
    EXPECT_FALSE(find(environment, "io_uring"));
}

TEST(Doctor, finds_a_memlock_limit_on_kernels_that_charge_rings_to_it) {
    // Linux before 5.12 charges the memory of rings to RLIMIT_MEMLOCK.
    Environment environment = sound();
    environment.memory_lock_limit = 65536;
    environment.may_lock_memory = false;
    EXPECT_FALSE(find(environment, "memory_lock"));
    environment.kernel = "5.11.22";
    EXPECT_EQ(command(find(environment, "memory_lock")), "ulimit -l unlimited");
    environment.may_lock_memory = true;
    EXPECT_FALSE(find(environment, "memory_lock"));
    environment.may_lock_memory = false;
    environment.kernel = "5.12.0";
    EXPECT_FALSE(find(environment, "memory_lock"));
}

TEST(Doctor, expects_the_rings_to_grow_with_the_number_of_nodes) {
    if (limits::value_size != 32) GTEST_SKIP() << "the sizes are for values of 32 bytes";
    Environment environment = sound();
    environment.kernel = "5.11.22";
    environment.may_lock_memory = false;
    for (const auto& [cluster, bytes] :
         {std::pair{3U, 3U << 16}, {5U, 5U << 17}, {6U, 6U << 18}, {63U, 63U << 21}}) {
        environment.memory_lock_limit = bytes;
        EXPECT_FALSE(find(environment, "memory_lock", {.nodes = cluster})) << cluster;
        environment.memory_lock_limit = bytes - 1;
        const auto finding = find(environment, "memory_lock", {.nodes = cluster});
        ASSERT_TRUE(finding) << cluster;
        EXPECT_THAT(finding->effect, HasSubstr(" " + std::to_string(bytes) + " bytes"));
    }
}

TEST(Doctor, finds_what_weakens_durability) {
    Environment environment = sound();
    EXPECT_FALSE(find(environment, "file_system"));
    environment.file_system = "ext4";
    environment.write_cache = "write through";
    EXPECT_TRUE(diagnose(environment, {.nodes = nodes}).empty());
    environment.write_cache = "write back";
    EXPECT_EQ(find(environment, "write_cache")->severity, Severity::information);
    for (const char* name : {"overlay", "nfs", "fuse", "btrfs"}) {
        environment.file_system = name;
        EXPECT_EQ(find(environment, "file_system")->severity, Severity::minor) << name;
    }
    environment.file_system = "tmpfs";
    EXPECT_EQ(find(environment, "file_system")->severity, Severity::serious);
    EXPECT_EQ(machine_text(environment, {.nodes = nodes}),
              "--durable on tmpfs: see paxos_fast doctor");
}

TEST(Doctor, finds_load_and_steal) {
    Environment environment = sound();
    environment.load = {2.0, 0, 0};
    environment.steal = 0.031;
    EXPECT_EQ(find(environment, "load")->what, "load average 2.0");
    EXPECT_EQ(find(environment, "steal")->what, "steal 3.1%");
    environment.load = {1.9, 9, 9};
    environment.steal = 0.009;
    EXPECT_FALSE(find(environment, "load"));
    EXPECT_FALSE(find(environment, "steal"));
}

TEST(Doctor, finds_more_nodes_than_cores_and_a_hypervisor) {
    Environment environment = sound();
    EXPECT_EQ(command(find(environment, "nodes", {.nodes = 5})), "paxos_fast --nodes 4");
    EXPECT_EQ(command(find(environment, "nodes", {.nodes = 5, .cores = {0, 1}})), "");
    environment.hypervisor = true;
    EXPECT_EQ(find(environment, "hypervisor")->severity, Severity::information);
}

TEST(Doctor, sorts_findings_by_severity_and_sums_them_up_in_one_line) {
    Environment environment = sound();
    environment.hypervisor = true;
    environment.boost = true;
    environment.governor = "powersave";
    environment.load = {3.14, 0, 0};
    const std::vector<Finding> findings = diagnose(environment, {.nodes = 5});
    EXPECT_TRUE(std::ranges::is_sorted(findings, {}, &Finding::severity));
    EXPECT_EQ(findings.size(), 5U);
    EXPECT_EQ(machine_text(environment, {.nodes = 5}),
              "load average 3.1, governor powersave, boost is on: see paxos_fast doctor");
}

TEST(Doctor, advice_fits_80_columns_and_ends_with_the_number_of_findings) {
    Environment environment = sound();
    environment.governor = "powersave";
    environment.isolated = "";
    environment.steal = 1;
    const std::string text = cli::advice_text(diagnose(environment, {.nodes = 5}));
    EXPECT_THAT(text, testing::EndsWith("found: 2 serious, 1 minor, 1 for information\n"));
    for (std::size_t begin = 0; begin < text.size(); begin = text.find('\n', begin) + 1)
        EXPECT_LE(text.find('\n', begin) - begin, 80U) << text.substr(begin, 100);
}

TEST_F(MadeUpMachine, reads_boost_from_no_turbo_in_preference_to_cpufreq_boost) {
    put("/sys/devices/system/cpu/cpufreq/boost", "1\n");
    EXPECT_EQ(read_environment(root_).boost, true);
    put("/sys/devices/system/cpu/intel_pstate/no_turbo", "1\n");
    EXPECT_EQ(read_environment(root_).boost, false);
}

TEST_F(MadeUpMachine, reads_which_hardware_threads_share_a_core) {
    EXPECT_FALSE(read_environment(root_).smt_groups);
    const std::vector<int> cores = read_environment(root_).cores_allowed;
    ASSERT_GE(cores.size(), 1U);
    const auto put_siblings = [&](int core, const std::string& siblings) {
        put("/sys/devices/system/cpu/cpu" + std::to_string(core) + "/topology/thread_siblings_list",
            siblings);
    };
    for (const int core : cores) put_siblings(core, std::to_string(core) + "\n");
    EXPECT_TRUE(read_environment(root_).smt_groups->empty());
    for (const int core : cores) put_siblings(core, "0-999\n");
    const std::size_t groups = cores.size() > 1 ? 1 : 0;
    EXPECT_EQ(read_environment(root_).smt_groups->size(), groups);
}

TEST_F(MadeUpMachine, reads_isolated_cores_and_takes_null_for_none) {
    put("/sys/devices/system/cpu/isolated", "2-3\n");
    put("/sys/devices/system/cpu/nohz_full", "(null)\n");
    EXPECT_EQ(read_environment(root_).isolated, "2-3");
    EXPECT_EQ(read_environment(root_).nohz_full, "");
}

TEST_F(MadeUpMachine, reads_the_lowest_quota_of_all_enclosing_cgroups) {
    put("/proc/self/cgroup", "0::/outer/inner\n");
    put("/sys/fs/cgroup/outer/inner/cpu.max", "max 100000\n");
    EXPECT_FALSE(read_environment(root_).cpu_quota);
    put("/sys/fs/cgroup/outer/cpu.max", "150000 100000\n");
    put("/sys/fs/cgroup/cpu.max", "300000 100000\n");
    EXPECT_DOUBLE_EQ(read_environment(root_).cpu_quota.value_or(0), 1.5);
    EXPECT_EQ(read_environment(root_).cpu_quota_file, "/sys/fs/cgroup/outer/cpu.max");
}

TEST_F(MadeUpMachine, reads_a_cgroup_v1_quota) {
    put("/proc/self/cgroup", "5:cpu,cpuacct:/docker/abc\n4:cpuset:/docker/abc\n");
    put("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
    put("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
    EXPECT_FALSE(read_environment(root_).cpu_quota);
    put("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "50000\n");
    EXPECT_DOUBLE_EQ(read_environment(root_).cpu_quota.value_or(0), 0.5);
}

TEST_F(MadeUpMachine, may_lock_memory_if_it_has_CAP_IPC_LOCK) {
    // CAP_IPC_LOCK is bit 14.
    put("/proc/self/status", "Name:\tx\nCapEff:\t0000000000004000\n");
    EXPECT_EQ(read_environment(root_).may_lock_memory, true);
    put("/proc/self/status", "Name:\tx\nCapEff:\t000001ffffffbfff\n");
    EXPECT_EQ(read_environment(root_).may_lock_memory, false);
}

TEST_F(MadeUpMachine, steal_is_the_stolen_share_of_cpu_time_between_two_readings) {
    EXPECT_FALSE(read_cpu_time(root_));
    put("/proc/stat", "cpu  100 0 50 800 0 0 0 50 7 7\ncpu0 1 1 1 1\n");
    const std::optional<CpuTime> before = read_cpu_time(root_);
    put("/proc/stat", "cpu  150 0 50 840 0 0 0 60 9 9\n");
    EXPECT_DOUBLE_EQ(stolen_share(before, read_cpu_time(root_)).value_or(-1), 0.1);
    EXPECT_FALSE(stolen_share(before, before));
    EXPECT_FALSE(stolen_share(std::nullopt, before));
}

/// Runs `paxos_fast doctor` with `arguments`. Returns its standard output and error in one text,
/// and its exit code. The exit code is -1 if the program did not start or was killed.
std::pair<std::string, int> program(const std::string& arguments) {
    const std::string command = std::string(PAXOS_FAST_BINARY) + " doctor " + arguments + " 2>&1";
    std::FILE* pipe = popen(command.c_str(), "r");
    if (pipe == nullptr) return {"cannot be started", -1};
    std::string text;
    std::array<char, 4096> part;
    for (std::size_t size = 0; (size = std::fread(part.data(), 1, part.size(), pipe)) > 0;)
        text.append(part.data(), size);
    const int status = pclose(pipe);
    return {text, WIFEXITED(status) ? WEXITSTATUS(status) : -1};
}

TEST(DoctorProgram, gives_advice_and_exits_with_0) {
    const auto [text, status] = program("");
    EXPECT_EQ(status, 0) << text;
    EXPECT_THAT(text, HasSubstr("found: "));
}

TEST(DoctorProgram, prints_facts_and_findings_as_json) {
    const auto [text, status] = program("--nodes 63 --json");
    EXPECT_EQ(status, 0) << text;
    const Json json = Json::parse(text);
    EXPECT_EQ(json["nodes"], 63);
    EXPECT_GE(json["environment"]["cores_online"], 1);
    EXPECT_TRUE(json["environment"].contains("io"));
    EXPECT_TRUE(json["environment"].contains("receive_buffer_size"));
    for (const Json& finding : json["findings"])
        for (const char* field : {"name", "severity", "what", "effect"})
            EXPECT_TRUE(finding.contains(field)) << finding;
}

TEST(DoctorProgram, names_a_path_that_does_not_exist_or_is_no_directory) {
    const auto [file, file_status] = program("--durable /proc/self/status");
    EXPECT_EQ(file_status, 3);
    EXPECT_EQ(file, "paxos_fast: doctor: --durable /proc/self/status: is not a directory\n");
    const auto [orphan, orphan_status] = program("--durable /nowhere/at/all");
    EXPECT_EQ(orphan_status, 3);
    EXPECT_EQ(
        orphan,
        "paxos_fast: doctor: --durable /nowhere/at/all: does not exist and cannot be created: "
        "/nowhere/at is not an existing directory\n");
    const auto [missing, missing_status] = program("--durable /paxos_fast_missing");
    EXPECT_EQ(missing_status, 0);
    EXPECT_THAT(missing, HasSubstr("information  --durable /paxos_fast_missing does not exist\n"));
}

TEST(DoctorProgram, says_where_its_json_goes) {
    const auto [text, status] = program("--json x.json");
    EXPECT_EQ(status, 2);
    EXPECT_EQ(
        text,
        "paxos_fast: doctor: x.json: unexpected word; --json takes no file name; it prints to "
        "standard output: --json > FILE\n");
}

TEST(DoctorProgram, refuses_unknown_arguments) {
    for (const char* arguments :
         {"--nodez 3", "--nodes 64", "--nodes", "--cores 0,0", "--cores 65535", "twice"})
        EXPECT_EQ(program(arguments).second, 2) << arguments;
    EXPECT_EQ(program("--help").second, 0);
}

}  // namespace
}  // namespace paxos::measure::doctor_test
