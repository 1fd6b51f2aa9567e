// A control group for a test. It has version 2 if a version-2 hierarchy with the controller is
// mounted, and otherwise version 1. The group is a child of the root group, and the destructor
// removes it.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace paxos::test {

class ControlGroup {
public:
    /// `controller` is cpu, cpuset or memory; `mount` is where the hierarchies are mounted.
    explicit ControlGroup(const std::string& controller,
                          const std::string& mount = "/sys/fs/cgroup")
        : controller_(controller) {
        is_v2_ = has_word(mount + "/cgroup.controllers", controller);
        root_ = is_v2_ ? mount : mount + "/" + controller;
        // The root must pass the controller on to its children. A container may forbid that.
        const std::string passed_on = root_ + "/cgroup.subtree_control";
        if (is_v2_ && !has_word(passed_on, controller)) was_enabled_ = enable("+");
        path_ = root_ + "/paxos_fast_test_" + std::to_string(::getpid());
        std::error_code error;
        is_there_ = (is_v2_ ? has_word(passed_on, controller)
                            : std::filesystem::exists(root_ + "/cgroup.procs", error)) &&
                    std::filesystem::create_directory(path_, error) && !error;
    }
    ~ControlGroup() {
        // The processes of the group have been reaped, but the kernel may remove them from the
        // group a little later.
        for (int tries = 0; is_there_ && ::rmdir(path_.c_str()) != 0 && tries < 200; ++tries)
            ::usleep(10'000);
        if (was_enabled_) static_cast<void>(enable("-"));
    }
    ControlGroup(const ControlGroup&) = delete;
    ControlGroup& operator=(const ControlGroup&) = delete;

    // Each limit_ function returns whether the kernel accepted the limit.
    [[nodiscard]] bool limit_cpu(int quota_us, int period_us) const {
        const std::string quota = std::to_string(quota_us), period = std::to_string(period_us);
        if (is_v2_) return set("cpu.max", quota + " " + period);
        return set("cpu.cfs_period_us", period) && set("cpu.cfs_quota_us", quota);
    }
    [[nodiscard]] bool limit_memory(std::size_t bytes) const {
        // Without a limit on swap, the processes would be swapped out instead of killed.
        if (is_v2_) static_cast<void>(set("memory.swap.max", "0"));
        return set(is_v2_ ? "memory.max" : "memory.limit_in_bytes", std::to_string(bytes));
    }
    [[nodiscard]] bool limit_cores(const std::string& cores) const {
        return (is_v2_ || set("cpuset.mems", "0")) && set("cpuset.cpus", cores);
    }
    /// The cores of the machine, in the format that limit_cores() expects.
    [[nodiscard]] std::string all_cores() const {
        return line_of(root_ + (is_v2_ ? "/cpuset.cpus.effective" : "/cpuset.cpus"));
    }

    [[nodiscard]] bool is_there() const { return is_there_; }
    [[nodiscard]] bool is_v2() const { return is_v2_; }
    [[nodiscard]] const std::string& path() const { return path_; }
    /// A shell command that puts the shell, and all that it starts later, into the group.
    [[nodiscard]] std::string join() const { return "echo $$ >" + path_ + "/cgroup.procs; "; }

private:
    [[nodiscard]] static std::string line_of(const std::string& file) {
        std::string line;
        std::ifstream stream(file);
        std::getline(stream, line);
        return line;
    }
    [[nodiscard]] static bool has_word(const std::string& file, const std::string& wanted) {
        std::istringstream words(line_of(file));
        for (std::string word; words >> word;)
            if (word == wanted) return true;
        return false;
    }
    [[nodiscard]] static bool write(const std::string& file, const std::string& text) {
        std::ofstream stream(file);
        stream << text << std::flush;
        return stream.good();
    }
    [[nodiscard]] bool enable(const char* sign) const {
        return write(root_ + "/cgroup.subtree_control", sign + controller_);
    }
    [[nodiscard]] bool set(const std::string& file, const std::string& value) const {
        return is_there_ && write(path_ + "/" + file, value);
    }

    std::string controller_, root_, path_;
    bool is_v2_ = false, was_enabled_ = false, is_there_ = false;
};

}  // namespace paxos::test
