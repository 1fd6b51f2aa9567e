// A fixture with a cluster of five launchers on three addresses of 127.0.0.0/8, as if on three
// hosts.
#pragma once

#include <gmock/gmock.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <fstream>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/cluster_runs.h"
#include "support/free_ports.h"
#include "support/program.h"

namespace paxos {

class SeveralHosts : public Cli {
protected:
    void SetUp() override {
        Cli::SetUp();
        const std::uint16_t first = free_ports(5);
        for (std::size_t rank = 0; rank < 5; ++rank) {
            const std::string ip = "127.0.0." + std::to_string(rank % 3 + 1);
            ports_.push_back(static_cast<std::uint16_t>(first + rank));
            peers_ += (peers_.empty() ? "" : ",") + ip + ":" + std::to_string(ports_.back());
        }
        launchers_.resize(5, -1);
    }
    void TearDown() override {
        for (const pid_t launcher : launchers_) {
            if (launcher < 0) continue;
            ::kill(launcher, SIGKILL);
            ::waitpid(launcher, nullptr, 0);
        }
        Cli::TearDown();
    }

    void launch(std::size_t rank, std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(),
                         {program_, "--peers", peers_, "--id", std::to_string(rank)});
        execute(rank, std::move(arguments));
    }
    /// Launches `rank` as on a host that was booted a day earlier, so its monotonic clock is a day
    /// ahead.
    void launch_a_day_ahead(std::size_t rank, std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {"/usr/bin/unshare", "--time", "--monotonic", "86400",
                                             "--fork", "--kill-child", program_, "--peers", peers_,
                                             "--id", std::to_string(rank)});
        execute(rank, std::move(arguments));
    }
    /// Executes `arguments`, the first of which is the program, as launcher `rank`.
    void execute(std::size_t rank, std::vector<std::string> arguments) {
        std::vector<char*> argv;
        for (std::string& argument : arguments) argv.push_back(argument.data());
        argv.push_back(nullptr);
        char* no_environment[] = {nullptr};
        const std::string out = file("out", rank), err = file("err", rank);
        launchers_[rank] = ::fork();
        if (launchers_[rank] != 0) return;
        const int out_fd = ::open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
        const int err_fd = ::open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
        if (::dup2(out_fd, 1) < 0 || ::dup2(err_fd, 2) < 0 ||
            ::chdir((folder_ / "work").c_str()) != 0)
            ::_exit(99);
        ::execve(argv.front(), argv.data(), no_environment);
        ::_exit(98);
    }
    void launch_all(const std::vector<std::string>& arguments) {
        for (std::size_t rank = 0; rank < launchers_.size(); ++rank) launch(rank, arguments);
    }
    Outcome end_of(std::size_t rank) {
        int status = 0;
        EXPECT_EQ(::waitpid(launchers_[rank], &status, 0), launchers_[rank]);
        launchers_[rank] = -1;
        return {WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status),
                content(file("out", rank)), content(file("err", rank))};
    }
    /// Waits until `condition()` holds. If launcher `rank` ends first, throws an exception with
    /// what the launcher printed. The exception fails the test.
    template <class Condition>
    void await(std::size_t rank, Condition&& condition) const {
        for (siginfo_t ended{}; !condition(); ::poll(nullptr, 0, 1)) {
            if (ended.si_pid != 0)
                throw std::runtime_error("launcher " + std::to_string(rank) + " has ended:\n" +
                                         content(file("out", rank)) + content(file("err", rank)));
            // WNOWAIT leaves the launcher a zombie, which end_of() reaps.
            if (::waitid(P_PID, static_cast<id_t>(launchers_[rank]), &ended,
                         WEXITED | WNOHANG | WNOWAIT) != 0)
                throw std::runtime_error("launcher " + std::to_string(rank) + " is not running");
        }
    }
    /// Waits until launcher `rank` has started its node, and returns the node's process.
    pid_t node_of(std::size_t rank) {
        std::vector<pid_t> nodes;
        await(rank, [&] {
            nodes = cluster::nodes_of(launchers_[rank]);
            return !nodes.empty();
        });
        return nodes.front();
    }
    /// Waits until the run has begun. Rank 0 prints its progress from then on. REQUIRES:
    /// `--progress always`.
    void wait_until_running() { wait_for(0, "run 1 of "); }
    /// Waits until launcher `rank` has printed `text` on standard error.
    void wait_for(std::size_t rank, const std::string& text) {
        await(rank, [&] { return content(file("err", rank)).find(text) != std::string::npos; });
    }
    /// Expects launcher `rank` to end when rank 0 dismisses it. The launcher must have printed
    /// nothing on standard output. On standard error it may have printed only that it waits for n0.
    void expect_dismissed(std::size_t rank) {
        const Outcome outcome = end_of(rank);
        EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
        EXPECT_EQ(outcome.output, "");
        std::istringstream lines(outcome.error);
        for (std::string line; std::getline(lines, line);)
            EXPECT_THAT(line, testing::HasSubstr("waiting for n0"));
    }
    /// Joins the lines of a summary into one.
    static std::string without_line_ends(const std::string& text) {
        return std::regex_replace(text, std::regex("\n *"), " ");
    }
    /// What a launcher has printed on standard error, without the lines that report a wait for
    /// other processes.
    static std::string error_of(const Outcome& outcome) {
        std::istringstream lines(outcome.error);
        std::string text;
        for (std::string line; std::getline(lines, line);)
            if (line.find("waiting for n") == std::string::npos) text += line + "\n";
        return text;
    }
    [[nodiscard]] std::string file(const std::string& name, std::size_t rank) const {
        return (folder_ / (name + std::to_string(rank))).string();
    }

    std::string peers_;
    std::vector<std::uint16_t> ports_;
    std::vector<pid_t> launchers_;
    const std::vector<std::string> quick_{"--rounds", "300",           "--window",
                                          "16",       "--repetitions", "2"};
    const std::vector<std::string> long_{"--duration", "3s",         "--repetitions",
                                         "1",          "--window",   "8",
                                         "--no-floor", "--progress", "always"};
};

}  // namespace paxos
