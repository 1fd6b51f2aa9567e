#include "measure/environment.h"

#include <sched.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <fstream>
#include <sstream>

#include "measure/environment_parts.h"

namespace paxos::measure {
namespace {

void read_kernel(Environment& environment) {
    std::array<char, 256> host{};
    if (gethostname(host.data(), host.size() - 1) == 0) environment.host = host.data();
    utsname names{};
    if (uname(&names) == 0) {
        environment.kernel = names.release;
        environment.architecture = names.machine;
    }
}

/// Reads the "key : value" lines of the first core's block in /proc/cpuinfo.
void read_cpu(const std::string& root, Environment& environment) {
    std::ifstream file(root + "/proc/cpuinfo");
    for (std::string line; std::getline(file, line) && !line.empty();) {
        const std::size_t colon = line.find(':');
        if (colon == std::string::npos || colon + 2 > line.size()) continue;
        const std::string value = line.substr(colon + 2);
        if (line.starts_with("model name")) environment.cpu_model = value;
        if (line.starts_with("cpu MHz")) {
            double mhz = 0;
            if (std::from_chars(value.data(), value.data() + value.size(), mhz).ec == std::errc{})
                environment.mhz = mhz;
        }
        if (line.starts_with("flags"))
            environment.hypervisor = (" " + value + " ").find(" hypervisor ") != std::string::npos;
    }
}

void read_memory(const std::string& root, Environment& environment) {
    std::ifstream file(root + "/proc/meminfo");
    std::string key, unit;
    for (std::uint64_t kilobytes = 0; file >> key >> kilobytes >> unit;) {
        if (key != "MemTotal:") continue;
        environment.memory_bytes = kilobytes * 1024;
        return;
    }
}

void read_cores(const std::string& root, Environment& environment) {
    environment.cores_online = static_cast<int>(std::max(sysconf(_SC_NPROCESSORS_ONLN), 0L));
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) {
        for (int core = 0; core < CPU_SETSIZE; ++core)
            if (CPU_ISSET(static_cast<std::size_t>(core), &allowed))
                environment.cores_allowed.push_back(core);
    }
    const int first = environment.cores_allowed.empty() ? 0 : environment.cores_allowed.front();
    environment.governor = first_line(root + "/sys/devices/system/cpu/cpu" + std::to_string(first) +
                                      "/cpufreq/scaling_governor");
}

void read_load(const std::string& root, Environment& environment) {
    std::istringstream line(first_line(root + "/proc/loadavg"));
    double value = 0;
    while (environment.load.size() < 3 && line >> value) environment.load.push_back(value);
}

}  // namespace

std::optional<std::string> read_line(const std::string& path) {
    std::ifstream file(path);
    if (!file) return std::nullopt;
    std::string line;
    std::getline(file, line);
    return line;
}

std::string first_line(const std::string& path) { return read_line(path).value_or(""); }

std::optional<std::uint64_t> read_number(const std::string& path) {
    const std::string line = first_line(path);
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), value);
    if (error != std::errc{}) return std::nullopt;
    return value;
}

Environment read_environment(const std::string& root) {
    Environment environment;
    read_kernel(environment);
    read_cpu(root, environment);
    read_memory(root, environment);
    read_cores(root, environment);
    read_core_settings(root, environment);
    read_bounds(root, environment);
    read_load(root, environment);
    environment.rmem_max = read_number(root + "/proc/sys/net/core/rmem_max");
    environment.wmem_max = read_number(root + "/proc/sys/net/core/wmem_max");
    environment.io_uring_disabled = read_number(root + "/proc/sys/kernel/io_uring_disabled");
    return environment;
}

std::string date_now() {
    const std::time_t now = std::time(nullptr);
    std::tm local{};
    if (localtime_r(&now, &local) == nullptr) return {};
    std::array<char, 40> text{};
    if (std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S%z", &local) == 0) return {};
    std::string result = text.data();
    // strftime writes the zone as +0100, but in this format ISO 8601 requires +01:00.
    if (result.size() > 5) result.insert(result.size() - 2, ":");
    return result;
}

}  // namespace paxos::measure
