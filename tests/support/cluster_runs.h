// Helpers for tests with real clusters: plans, runs and the processes of a run.
#pragma once

#include <algorithm>
#include <cctype>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include <dirent.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cluster/cluster.h"

namespace paxos::cluster {

/// A description of a run for the messages of failed expectations.
inline std::string words_for(const measure::RunResult& run) {
    std::string text = "exit " + std::to_string(run.exit_code) + "; " + run.failure + "; " +
                       run.verdict_reason;
    for (const measure::NodeResult& node : run.nodes)
        text += "\n  n" + std::to_string(node.id) + " " + node.state + ", learned " +
                std::to_string(node.learned) + ", compared " + std::to_string(node.compared) + " " +
                node.error;
    return text;
}

/// A plan with one row (one line of the result), which has `rounds` rounds after a warm-up of
/// `window` rounds.
inline node::Plan plan_of(std::size_t nodes, std::uint64_t rounds, std::uint32_t window) {
    node::Plan plan;
    plan.nodes = nodes;
    plan.warmup = window;
    plan.row_count = 1;
    plan.rows[0].window = window;
    plan.rows[0].rounds = rounds;
    return plan;
}

/// A plan of a run of 100 s, for tests that end the run much earlier.
inline node::Plan endless(std::size_t nodes) {
    node::Plan plan = plan_of(nodes, ~std::uint64_t{0}, 16);
    plan.duration_ns = 100'000'000'000;
    return plan;
}

inline measure::RunResult run_plan(const node::Plan& plan, const Callbacks& callbacks = {}) {
    Placement placement;
    std::string error;
    EXPECT_TRUE(place(plan, {}, placement, error)) << error;
    return run(plan, placement, 0, callbacks);
}

/// Expects the verdict SAFE, and every slot after the warm-up to be decided. Each node that stopped
/// cleanly must have learned all slots, and the launcher must have compared all of them.
inline void expect_good(const measure::RunResult& run, const node::Plan& plan) {
    EXPECT_EQ(run.exit_code, 0) << words_for(run);
    EXPECT_EQ(run.verdict, measure::Verdict::safe) << words_for(run);
    EXPECT_EQ(run.decided + run.no_ops, plan.slot_end() - plan.warmup) << words_for(run);
    for (const measure::RowResult& row : run.rows) EXPECT_LE(row.latency->max(), row.elapsed_ns);
    for (const measure::NodeResult& node : run.nodes) {
        if (node.state != "stopped") continue;
        EXPECT_EQ(node.learned, plan.slot_end());
        EXPECT_EQ(node.compared, plan.slot_end());
    }
}

/// The fields of /proc/<pid>/stat, beginning with the state, which is field 3 in proc(5). Empty if
/// the process does not exist.
struct ProcStat {
    std::string name;
    std::vector<std::string> fields;

    explicit ProcStat(pid_t pid) {
        const int file = ::open(("/proc/" + std::to_string(pid) + "/stat").c_str(),
                                O_RDONLY | O_CLOEXEC);
        char text[1024];
        const ssize_t size = file < 0 ? -1 : ::read(file, text, sizeof text);
        if (file >= 0) ::close(file);
        if (size <= 0) return;  // There is no such process.
        const std::string all(text, static_cast<std::size_t>(size));
        const std::size_t name_begin = all.find('(') + 1, name_end = all.rfind(')');
        name = all.substr(name_begin, name_end - name_begin);
        std::istringstream rest(all.substr(name_end + 1));
        for (std::string field; rest >> field;) fields.push_back(field);
    }
    /// Field `number`, counted as in proc(5); 0 if there is no such process.
    [[nodiscard]] long number(std::size_t number) const {
        return number - 3 < fields.size() ? std::stol(fields[number - 3]) : 0;
    }
    [[nodiscard]] bool is_alive() const { return !fields.empty() && fields[0] != "Z"; }
};

/// Returns the processes of the nodes that `launcher` has started and that have not ended, in the
/// order of the nodes' numbers.
inline std::vector<pid_t> nodes_of(pid_t launcher) {
    std::vector<std::pair<int, pid_t>> found;
    DIR* const proc = ::opendir("/proc");
    if (proc == nullptr) return {};
    while (const dirent* entry = ::readdir(proc)) {
        if (std::isdigit(static_cast<unsigned char>(entry->d_name[0])) == 0) continue;
        const auto pid = static_cast<pid_t>(std::stol(entry->d_name));
        const ProcStat stat(pid);
        const std::string prefix = "paxos_fast n";
        if (!stat.is_alive() || stat.number(4) != launcher || !stat.name.starts_with(prefix))
            continue;
        found.emplace_back(std::stoi(stat.name.substr(prefix.size())), pid);
    }
    ::closedir(proc);
    std::ranges::sort(found);
    std::vector<pid_t> pids;
    for (const auto& [node, pid] : found) pids.push_back(pid);
    return pids;
}

/// Sends `signal` to the process `pid`. Refuses the ids for which kill() would signal a process
/// group or all processes.
[[nodiscard]] inline bool send_signal(pid_t pid, int signal) {
    return pid > 0 && ::kill(pid, signal) == 0;
}

inline double seconds_since(std::chrono::steady_clock::time_point begin) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// Waits until `orphans`, which were reparented to this process, have ended. After a generous
/// timeout, kills the processes that still run. Returns true if, within this timeout, each orphan
/// was ended by SIGKILL. REQUIRES: this process is a subreaper.
[[nodiscard]] inline bool were_killed_as_orphans(const std::vector<pid_t>& orphans) {
    constexpr double patience_s = 60;
    bool all_were = true;
    const auto begin = std::chrono::steady_clock::now();
    for (const pid_t orphan : orphans) {
        int status = 0;
        pid_t reaped = 0;
        while ((reaped = ::waitpid(orphan, &status, WNOHANG)) == 0) {
            if (seconds_since(begin) > patience_s) {
                all_were = false;
                static_cast<void>(send_signal(orphan, SIGKILL));
            }
            ::poll(nullptr, 0, 1);
        }
        all_were = all_were && reaped == orphan && WIFSIGNALED(status) &&
                   WTERMSIG(status) == SIGKILL;
    }
    return all_were;
}

/// Callbacks that call `act` once, as soon as some node has learned `learned` slots. The argument
/// of `act` is the list of the node processes that have not ended.
inline Callbacks when_running(std::uint64_t learned,
                              std::function<void(const std::vector<pid_t>& nodes)> act) {
    Callbacks callbacks;
    callbacks.progress = [learned, act = std::move(act),
                          done = false](const Progress& progress) mutable {
        if (done || progress.learned < learned) return;
        done = true;
        act(nodes_of(::getpid()));
    };
    return callbacks;
}

inline std::size_t open_descriptors() {
    std::size_t count = 0;
    for (int fd = 0; fd < 1024; ++fd) count += ::fcntl(fd, F_GETFD) != -1;
    return count;
}

}  // namespace paxos::cluster
