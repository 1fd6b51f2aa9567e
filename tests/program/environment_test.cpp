// What the environment does to a run, reported truthfully: closed streams, a network that is not
// there, limits, cores that are taken away. Each case is produced, or skipped with its reason.
#include <fcntl.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "support/program.h"

namespace paxos::environment_test {
namespace {

using testing::HasSubstr;
using testing::Not;

class EnvironmentCase : public Cli {
protected:
    /// Runs `script` in a shell, where `$P` is the program.
    Outcome shell(const std::string& script) {
        const std::string out = (folder_ / "out").string(), err = (folder_ / "err").string();
        const std::string command = "cd " + (folder_ / "work").string() + "; P=" + program_ +
                                    "; { " + script + "; } >" + out + " 2>" + err;
        const int status = std::system(command.c_str());
        Outcome outcome;
        outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
        outcome.output = content(out);
        outcome.error = content(err);
        return outcome;
    }
};

TEST_F(EnvironmentCase, closed_streams_are_not_given_to_sockets) {
    // Without a descriptor kept back, standard output would be one of the launcher's own.
    const Outcome closed = shell("(exec <&- >&-; $P --nodes 3 --log --rounds 5)");
    EXPECT_EQ(closed.exit_code, 3);
    EXPECT_EQ(closed.error,
              "paxos_fast: standard output: cannot be written: Bad file descriptor\n");
    const Outcome all = shell("$P --nodes 3 --rounds 500 --no-floor --json result <&- >&- 2>&-");
    EXPECT_EQ(all.exit_code, 3);
    const auto result = nlohmann::json::parse(content(work("result")))["paxos_fast"];
    EXPECT_EQ(result["runs"][0]["safety"]["verdict"], "SAFE");
    EXPECT_TRUE(result["repetitions"][0]["datagrams"]["rejected"].empty());
}

}  // namespace
}  // namespace paxos::environment_test
