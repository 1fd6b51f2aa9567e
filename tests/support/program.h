// Runs the program as a process, for tests of its behaviour from outside.
#pragma once

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace paxos {

struct Outcome {
    int exit_code = -1;  ///< -N if signal N ended the program.
    std::string output, error;
};

inline std::string content(const std::filesystem::path& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

/// Runs the program in a temporary folder, with an environment set by the test.
class Cli : public testing::Test {
protected:
    void SetUp() override {
        std::string name = (std::filesystem::temp_directory_path() / "paxos_fast_cli_XXXXXX")
                               .string();
        ASSERT_NE(mkdtemp(name.data()), nullptr);
        folder_ = name;
        std::filesystem::create_directory(folder_ / "work");
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    /// Runs the program to its end. `environment` holds its whole environment, as NAME=VALUE.
    /// If `output` names a file, standard output goes there instead of to the returned outcome.
    Outcome run(std::vector<std::string> arguments,
                const std::vector<std::string>& environment = {}, const std::string& output = "") {
        const pid_t process = start(std::move(arguments), environment, output);
        return finish(process);
    }

    pid_t start(std::vector<std::string> arguments, std::vector<std::string> environment = {},
                const std::string& output = "") {
        arguments.insert(arguments.begin(), "paxos_fast");
        std::vector<char*> argv, envp;
        for (std::string& argument : arguments) argv.push_back(argument.data());
        for (std::string& variable : environment) envp.push_back(variable.data());
        argv.push_back(nullptr);
        envp.push_back(nullptr);
        const std::string out = output.empty() ? (folder_ / "out").string() : output;
        const std::string err = (folder_ / "err").string();
        const std::string work = (folder_ / "work").string();
        const pid_t process = fork();
        if (process != 0) return process;
        const int out_fd = open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
        const int err_fd = open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
        if (out_fd < 0 || err_fd < 0 || dup2(out_fd, 1) < 0 || dup2(err_fd, 2) < 0 ||
            chdir(work.c_str()) != 0)
            _exit(99);
        execve(program_.c_str(), argv.data(), envp.data());
        _exit(98);
    }

    Outcome finish(pid_t process) {
        int status = 0;
        EXPECT_EQ(waitpid(process, &status, 0), process);
        Outcome outcome;
        outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
        outcome.output = content(folder_ / "out");
        outcome.error = content(folder_ / "err");
        return outcome;
    }

    /// Expects the program to end with `exit_code`, and to print `text` on standard error and
    /// nothing on standard output. `text` has at most two lines.
    void expect_refused(const std::vector<std::string>& arguments, int exit_code,
                        const std::string& text) {
        const Outcome outcome = run(arguments);
        EXPECT_EQ(outcome.exit_code, exit_code) << outcome.error;
        EXPECT_EQ(outcome.output, "");
        EXPECT_EQ(outcome.error, text);
        EXPECT_LE(std::count(outcome.error.begin(), outcome.error.end(), '\n'), 2);
    }

    [[nodiscard]] std::filesystem::path work(const std::string& name) const {
        return folder_ / "work" / name;
    }
    [[nodiscard]] std::size_t files_left() const {
        return static_cast<std::size_t>(
            std::distance(std::filesystem::directory_iterator(folder_ / "work"),
                          std::filesystem::directory_iterator()));
    }

    std::string program_ = PAXOS_FAST_BINARY;
    std::filesystem::path folder_;
};

}  // namespace paxos
