// A fixture that runs the program in an environment prepared by a shell script, for tests of what
// the program reports about that environment.
#pragma once

#include <csignal>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "support/program.h"

namespace paxos {

using Json = nlohmann::json;

class EnvironmentCase : public Cli {
protected:
    /// Runs `script` in a shell; `$P` is the program.
    Outcome shell(const std::string& script) {
        const std::string out = (folder_ / "out").string(), err = (folder_ / "err").string();
        std::ofstream(folder_ / "script")
            << "cd " << (folder_ / "work").string() << "\nP=" << program_ << "\n"
            << script << "\n";
        const std::string command = "sh " + (folder_ / "script").string() + " >" + out + " 2>" +
                                    err;
        const int status = std::system(command.c_str());
        Outcome outcome;
        outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
        outcome.output = content(out);
        outcome.error = content(err);
        return outcome;
    }
    /// Like shell(), but in a new network namespace, whose loopback interface is down at first.
    Outcome in_network(const std::string& script) {
        std::ofstream(folder_ / "inside") << "P=" << program_ << "\n" << script << "\n";
        return shell("unshare -n sh " + (folder_ / "inside").string());
    }
    /// Executes the shell command `join`, and then runs the program with `options`. While the nodes
    /// run, executes the script `change`, in which `$pid` is the PID of the launcher. The launcher
    /// rereads its cores and CPU quota (cluster/core_watch.h) before each line of progress. When
    /// the program has printed two more lines of progress after the change, stops it with SIGTERM.
    Outcome changed_during_run(const std::string& join, const std::string& options,
                               const std::string& change) {
        // The file `progress` must exist before its lines are counted.
        return shell(join + ": >progress; $P " + options +
                     " --duration 10min --repetitions 1 --no-floor --progress always"
                     " --json result 2>progress & pid=$!\n"
                     "lines() { wc -l <progress; }\n"
                     "wait_for_lines() {\n"
                     "  while kill -0 $pid && [ $(lines) -lt $1 ]; do sleep 0.05; done\n"
                     "}\n"
                     // The first line announces the duration, and the second is progress.
                     "wait_for_lines 2\n" +
                     change +
                     "\nwait_for_lines $(($(lines) + 2))\n"
                     "kill -TERM $pid; wait $pid; code=$?; cat progress >&2; exit $code");
    }
    static bool succeeds(const std::string& command) {
        return std::system((command + " >/dev/null 2>&1").c_str()) == 0;
    }
    /// The reason why a network namespace cannot be created here. Empty if it can be created.
    static std::string no_network() {
        if (!succeeds("unshare -n true")) return "unshare -n is not permitted here";
        if (!succeeds("unshare -n ip link set lo up")) return "there is no ip command here";
        return "";
    }
    [[nodiscard]] Json result() const { return Json::parse(content(work("result")))["paxos_fast"]; }
};

}  // namespace paxos
