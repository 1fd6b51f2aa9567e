// Reads the configuration of the cores: boost, hardware threads, isolation.
#include <map>
#include <utility>

#include "measure/environment_parts.h"

namespace paxos::measure {
namespace {

const std::string cpu_folder = "/sys/devices/system/cpu";

void read_boost(const std::string& root, Environment& environment) {
    // The driver intel_pstate has a file of its own, in which 1 turns boost off. In the file of the
    // other drivers, 1 turns boost on.
    for (const auto& [file, on] : {std::pair{cpu_folder + "/intel_pstate/no_turbo", 0U},
                                   {cpu_folder + "/cpufreq/boost", 1U}}) {
        const std::optional<std::uint64_t> value = read_number(root + file);
        if (!value) continue;
        environment.boost = *value == on;
        environment.boost_file = file;
        return;
    }
}

/// All hardware threads of a physical core have the same thread_siblings_list.
void read_siblings(const std::string& root, Environment& environment) {
    std::map<std::string, std::vector<int>> by_siblings;
    for (const int core : environment.cores_allowed) {
        const std::string siblings = first_line(root + cpu_folder + "/cpu" + std::to_string(core) +
                                                "/topology/thread_siblings_list");
        if (!siblings.empty()) by_siblings[siblings].push_back(core);
    }
    if (by_siblings.empty()) return;
    environment.smt_groups.emplace();
    for (const auto& [siblings, cores] : by_siblings)
        if (cores.size() > 1) environment.smt_groups->push_back(cores);
}

/// A list of cores such as "2-3"; absent if the file cannot be read. If no list was configured, the
/// kernel writes "(null)", and the result is "".
std::optional<std::string> read_core_list(const std::string& path) {
    std::optional<std::string> list = read_line(path);
    if (list && list->find("null") != std::string::npos) list->clear();
    return list;
}

}  // namespace

void read_core_settings(const std::string& root, Environment& environment) {
    read_boost(root, environment);
    read_siblings(root, environment);
    environment.isolated = read_core_list(root + cpu_folder + "/isolated");
    environment.nohz_full = read_core_list(root + cpu_folder + "/nohz_full");
}

}  // namespace paxos::measure
