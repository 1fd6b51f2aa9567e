// See doctor.h. Each function check_*() adds the finding for one condition, and adds nothing if a
// fact that it needs is unknown.
#include "measure/doctor.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <utility>

#include "measure/text.h"

namespace paxos::measure {
namespace {

/// The findings so far, and the language of Finding::what.
struct Findings {
    const Language& language;
    std::vector<Finding> all = {};

    void push_back(Finding finding) { all.push_back(std::move(finding)); }
};

std::vector<int> cores_of(const Environment& environment, const Usage& usage) {
    return usage.cores.empty() ? environment.cores_allowed : usage.cores;
}

/// `cores` in the format of taskset and --cores, such as "0,2-5". REQUIRES: `cores` is ascending.
std::string list_of(const std::vector<int>& cores) {
    std::string text;
    for (std::size_t i = 0; i < cores.size(); ++i) {
        std::size_t last = i;
        while (last + 1 < cores.size() && cores[last + 1] == cores[last] + 1) ++last;
        text += (text.empty() ? "" : ",") + std::to_string(cores[i]);
        if (last > i) text += "-" + std::to_string(cores[last]);
        i = last;
    }
    return text;
}

/// `value` with one decimal, such as "3.1".
std::string decimal(double value) {
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.begin(), text.end(), value, std::chars_format::fixed, 1)
                         .ptr;
    return {text.begin(), end};
}

void check_governor(const Environment& environment, Findings& findings) {
    if (environment.governor.empty() || environment.governor == "performance") return;
    findings.push_back(
        {Severity::serious, "governor",
         findings.language.text("governor {0}", environment.governor),
         "The clock frequency follows the load with a delay: the first rounds and the "
         "unloaded latency are slow, and two runs may differ in frequency.",
         "echo performance | tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor"});
}

void check_boost(const Environment& environment, Findings& findings) {
    if (environment.boost != true) return;
    const bool is_inverted = environment.boost_file.ends_with("no_turbo");
    findings.push_back(
        {Severity::minor, "boost", findings.language.text("boost is on"),
         "The clock frequency depends on heat and on the other cores: rates drift by "
         "some percent within a run and between runs.",
         std::string("echo ") + (is_inverted ? "1" : "0") + " > " + environment.boost_file});
}

void check_siblings(const Environment& environment, const Usage& usage, Findings& findings) {
    if (!environment.smt_groups) return;
    std::vector<int> cores = cores_of(environment, usage);
    std::string pairs;
    for (const std::vector<int>& group : *environment.smt_groups) {
        std::vector<int> together;
        std::copy_if(group.begin(), group.end(), std::back_inserter(together), [&](int core) {
            return std::find(cores.begin(), cores.end(), core) != cores.end();
        });
        if (together.size() < 2) continue;
        pairs += (pairs.empty() ? "" : "; ") + list_of(together);
        std::erase_if(cores, [&](int core) {
            return std::find(together.begin() + 1, together.end(), core) != together.end();
        });
    }
    if (pairs.empty()) return;
    // If there are enough physical cores, the launcher gives each node a physical core of its own.
    const bool are_shared = usage.nodes > cores.size();
    const bool is_one = pairs.find(';') == std::string::npos;
    findings.push_back(
        {are_shared ? Severity::minor : Severity::information, "smt",
         findings.language.text("SMT siblings among the cores"),
         std::string(is_one ? "These threads share one physical core: "
                            : "Each of these groups of threads shares one physical core: ") +
             pairs +
             ". Two nodes on threads of one core share its execution units, so each is slower "
             "while the other runs.",
         "paxos_fast --cores " + list_of(cores)});
}

void check_isolation(const Environment& environment, const Usage& usage, Findings& findings) {
    if (!environment.isolated) return;
    const bool has_tick = !environment.nohz_full || environment.nohz_full->empty();
    if (!environment.isolated->empty() && !has_tick) return;
    std::vector<int> cores = cores_of(environment, usage);
    // Core 0 is not proposed for isolation, because the machine's other work needs a core.
    if (!cores.empty() && cores.front() == 0) cores.erase(cores.begin());
    const std::string list = list_of(cores);
    findings.push_back(
        {Severity::information, "isolation",
         environment.isolated->empty() ? "no core is isolated"
                                       : "isolated cores still have the timer tick",
         "Other processes and the timer tick may interrupt a node on any core. Such "
         "interruptions show in p99.9 and max, rarely in p50. To avoid them, boot with other "
         "parameters.",
         list.empty()
             ? ""
             : "echo 'GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX isolcpus=" + list + " nohz_full=" +
                   list + "\"' \\\n  > /etc/default/grub.d/isolate.cfg && update-grub && reboot"});
}

void check_quota(const Environment& environment, const Usage& usage, Findings& findings) {
    const std::size_t cores = std::min(cores_of(environment, usage).size(), usage.nodes);
    if (!environment.cpu_quota || *environment.cpu_quota >= static_cast<double>(cores)) return;
    const bool is_v1 = environment.cpu_quota_file.ends_with("cfs_quota_us");
    findings.push_back(
        {Severity::serious, "quota",
         findings.language.text("CPU quota of {0} cores", decimal(*environment.cpu_quota)),
         "A cgroup grants less than the " + counted(cores, "core") +
             " that nodes run on. When this quota is used up, no node runs for the rest of the "
             "period, some 10 to 100 ms.",
         std::string("echo ") + (is_v1 ? "-1" : "max") + " > " + environment.cpu_quota_file});
}

void check_buffers(const Environment& environment, const Usage& usage, Findings& findings) {
    const std::uint64_t needed = receive_buffer_needed(usage.nodes, usage.window);
    std::optional<std::uint64_t> granted = environment.receive_buffer_size;
    // The kernel grants at most rmem_max of the requested size, and doubles what it grants.
    if (!granted && environment.rmem_max) granted = 2 * *environment.rmem_max;
    if (!granted || *granted >= needed) return;
    findings.push_back(
        {Severity::serious, "receive_buffer",
         "receive buffers of " + std::to_string(*granted) + " bytes",
         "Answers to a window of " + std::to_string(usage.window) + " rounds may take " +
             std::to_string(needed) +
             " bytes: what does not fit is lost and retransmitted milliseconds later.",
         "sysctl -w net.core.rmem_max=" + std::to_string(std::bit_ceil(needed))});
}

void check_io(const Environment& environment, Findings& findings) {
    const bool is_switched_off = environment.io_uring_disabled.value_or(0) > 0;
    const bool is_refused = environment.io.starts_with("mmsg: ");
    // If `io` is empty, io_uring was not tried, and only the sysctl is known. The value 2 of the
    // sysctl forbids io_uring to all processes. The value 1 allows it only with CAP_SYS_ADMIN or in
    // the group kernel.io_uring_group.
    if (!is_refused && (!environment.io.empty() || environment.io_uring_disabled.value_or(0) < 2))
        return;
    const std::string why = is_refused
                                ? environment.io.substr(6)
                                : "io_uring is forbidden by sysctl kernel.io_uring_disabled=2";
    std::string command = "sysctl -w kernel.io_uring_disabled=0";
    // If the sysctl forbids nothing, a seccomp filter is the likely cause of EPERM, EACCES and
    // ENOSYS. For these errors `why` names seccomp.
    if (!is_switched_off)
        command = why.find("seccomp") != std::string::npos
                      ? "docker run --security-opt seccomp=unconfined ..."
                      : "";
    findings.push_back({Severity::serious, "io_uring", "no io_uring",
                        why + ". sendmmsg and recvmmsg are used instead: more system calls, and "
                              "figures that cannot be compared with those of io_uring.",
                        command});
}

/// The bytes of memory that Linux before 5.12 locks for the ring of each of `nodes` nodes. `Usage`
/// does not say whether faults are injected, so this is for runs without them. With injected faults
/// each ring takes 1 MiB.
std::uint64_t ring_bytes(std::size_t nodes) {
    // What node::run() asks for: the sends of a step, the receives, and one write.
    const std::size_t requests = limits::Standard::sends_per_step *
                                     std::max<std::size_t>(nodes - 1, 1) +
                                 limits::receives_per_turn + 1;
    // These kernels accept only the last of Ring's flag sets, for which Ring::open_with() doubles
    // the submission queue. The kernel allocates two areas. In the first, a submission entry takes
    // 64 bytes. In the second, each submission entry has an index of 4 bytes and two completion
    // entries of 16 bytes. The kernel rounds the second area up to the next power of two, which is
    // the size of the first.
    const std::uint64_t entries = 2 * std::bit_ceil(requests);
    return entries * 2 * 64;
}

/// Before Linux 5.12 the memory of io_uring's rings counts towards the user's RLIMIT_MEMLOCK.
void check_memory_lock(const Environment& environment, const Usage& usage, Findings& findings) {
    int major = 0, minor = 0;
    const std::string& kernel = environment.kernel;
    const char* const end = kernel.data() + kernel.size();
    const auto [dot, wrong] = std::from_chars(kernel.data(), end, major);
    if (wrong != std::errc{} || dot == end ||
        std::from_chars(dot + 1, end, minor).ec != std::errc{})
        return;
    if (major > 5 || (major == 5 && minor >= 12)) return;
    if (!environment.memory_lock_limit || environment.may_lock_memory.value_or(false)) return;
    const std::uint64_t needed = usage.nodes * ring_bytes(usage.nodes);
    if (*environment.memory_lock_limit >= needed) return;
    findings.push_back({Severity::serious, "memory_lock",
                        findings.language.text("locked memory limited to {0} bytes",
                                               *environment.memory_lock_limit),
                        "In this kernel the rings of all nodes count as locked memory, some " +
                            std::to_string(needed) +
                            " bytes. Nodes beyond the limit run without io_uring.",
                        "ulimit -l unlimited"});
}

void check_load(const Environment& environment, const Usage& usage, Findings& findings) {
    const double cores = static_cast<double>(cores_of(environment, usage).size());
    if (environment.load.empty() || environment.load.front() < std::max(cores / 2, 0.5)) return;
    findings.push_back(
        {Severity::serious, "load",
         findings.language.text("load average {0}", decimal(environment.load.front())),
         "On average, this many threads ran or waited for a core in the last minute. They may "
         "belong to an earlier run. While a node waits for a core, latency includes that wait.",
         "top -b -n 1 -o %CPU | head -15"});
}

void check_steal(const Environment& environment, Findings& findings) {
    constexpr double share_min = 0.01;
    if (environment.steal.value_or(0) < share_min) return;
    findings.push_back(
        {Severity::serious, "steal",
         findings.language.text("steal {0}%", decimal(*environment.steal * 100)),
         "For this share of the time the hypervisor gives the cores to other guests, and a "
         "node on such a core does not run. Only dedicated cores help.",
         ""});
}

void check_nodes(const Environment& environment, const Usage& usage, Findings& findings) {
    const std::size_t cores = cores_of(environment, usage).size();
    if (cores == 0 || usage.nodes <= cores) return;
    findings.push_back({Severity::minor, "nodes",
                        counted(usage.nodes, "node") + " on " + counted(cores, "core"),
                        "Nodes that share a core wait for it: latency includes that wait.",
                        cores < 3 ? "" : "paxos_fast --nodes " + std::to_string(cores)});
}

void check_hypervisor(const Environment& environment, Findings& findings) {
    if (environment.hypervisor != true) return;
    findings.push_back(
        {Severity::information, "hypervisor", "a virtual machine",
         "The cores of a virtual machine are threads of its hypervisor: figures change from "
         "hour to hour and from host to host. Compare builds with paxos_fast ab, on one machine.",
         ""});
}

/// The file system is known only if a directory for the files of durable nodes is given.
void check_file_system(const Environment& environment, Findings& findings) {
    const std::string& name = environment.file_system;
    if (name == "tmpfs")
        findings.push_back({Severity::serious, "file_system",
                            findings.language.text("--durable on {0}", name),
                            "This file system is in memory: a restart of the machine empties it, "
                            "and a write costs almost nothing.",
                            ""});
    if (name == "overlay")
        findings.push_back(
            {Severity::minor, "file_system", findings.language.text("--durable on {0}", name),
             "The files are lost with the container. Files on a volume are kept, and "
             "a write to a volume passes through one file system less.",
             ""});
    if (name == "nfs" || name == "fuse")
        findings.push_back({Severity::minor, "file_system",
                            findings.language.text("--durable on {0}", name),
                            "A write waits for a server, and is durable only if the server has "
                            "made it durable.",
                            ""});
    if (name == "btrfs")
        findings.push_back(
            {Severity::minor, "file_system", findings.language.text("--durable on {0}", name),
             "btrfs writes every block to a new place, so each write changes "
             "metadata. The command turns copy-on-write off for files that are created "
             "afterwards.",
             "chattr +C DIR"});
}

void check_write_cache(const Environment& environment, Findings& findings) {
    if (environment.write_cache != "write back") return;
    findings.push_back({Severity::information, "write_cache", "a disk with a volatile cache",
                        "A durable write includes a flush of that cache, which takes most of its "
                        "time. A disk that ignores flushes can lose what it reported as written.",
                        ""});
}

}  // namespace

const char* name_of(Severity severity) {
    static constexpr std::array<const char*, 3> names{"serious", "minor", "information"};
    return names[static_cast<std::size_t>(severity)];
}

std::vector<Finding> diagnose(const Environment& environment, const Usage& usage,
                              const Language& language) {
    Findings findings{language};
    check_load(environment, usage, findings);
    check_steal(environment, findings);
    check_quota(environment, usage, findings);
    check_governor(environment, findings);
    check_io(environment, findings);
    check_buffers(environment, usage, findings);
    check_memory_lock(environment, usage, findings);
    check_nodes(environment, usage, findings);
    check_siblings(environment, usage, findings);
    check_boost(environment, findings);
    check_isolation(environment, usage, findings);
    check_hypervisor(environment, findings);
    check_file_system(environment, findings);
    check_write_cache(environment, findings);
    std::ranges::stable_sort(findings.all, {}, &Finding::severity);
    return std::move(findings.all);
}

std::string machine_text(const Environment& environment, const Usage& usage,
                         const Language& language) {
    // The summary has a separate note for each of these findings.
    static constexpr std::array<std::string_view, 3> noted{"nodes", "io_uring", "receive_buffer"};
    std::string text;
    for (const Finding& finding : diagnose(environment, usage, language)) {
        if (finding.severity == Severity::information) continue;
        if (std::find(noted.begin(), noted.end(), finding.name) != noted.end()) continue;
        text += (text.empty() ? "" : ", ") + finding.what;
    }
    return text.empty() ? text : language.text("{0}: see paxos_fast doctor", text);
}

std::uint64_t receive_buffer_needed(std::size_t nodes, std::uint64_t window) {
    return (nodes - 1) * window * limits::message_size;
}

}  // namespace paxos::measure
