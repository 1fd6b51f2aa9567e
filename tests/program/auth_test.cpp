// What runs with --auth and --key print, and which key files are refused.
#include <gmock/gmock.h>

#include "support/program.h"

namespace paxos::program_auth_test {
namespace {

using testing::HasSubstr;
using testing::Not;

class AuthCli : public Cli {
protected:
    void write_key(const std::string& text, std::filesystem::perms mode) const {
        std::ofstream(work("key")) << text;
        std::filesystem::permissions(work("key"), mode);
    }
    static constexpr auto is_private = std::filesystem::perms{0600};
    const std::string key = "0123456789abcdef0123456789abcdef\n";
    const std::vector<std::string> quick{"--nodes",       "2", "--rounds",  "100",
                                         "--repetitions", "2", "--no-floor"};

    std::vector<std::string> quick_and(std::vector<std::string> more) const {
        more.insert(more.begin(), quick.begin(), quick.end());
        return more;
    }
};

TEST_F(AuthCli, a_run_with_authentication_is_safe_and_its_summary_names_it) {
    write_key(key, is_private);
    const std::vector<std::vector<std::string>> all{
        {"--auth", "on"}, {"--key", "key"}, {"--key", "key", "--protocol", "multi"}};
    for (const std::vector<std::string>& options : all) {
        const Outcome outcome = run(quick_and(options));
        EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
        EXPECT_THAT(outcome.output, HasSubstr(", authenticated, 2 runs"));
        EXPECT_THAT(outcome.output, HasSubstr("SAFE"));
    }
    EXPECT_THAT(run(quick).output, Not(HasSubstr("authenticated")));
}

TEST_F(AuthCli, a_key_file_that_others_can_read_is_refused) {
    write_key(key, std::filesystem::perms{0640});
    expect_refused(
        quick_and({"--key", "key"}), 3,
        "paxos_fast: --key key: other users can access it (mode 0640); `chmod 600` makes it "
        "private\n");
}

TEST_F(AuthCli, a_key_file_that_is_missing_or_short_is_refused) {
    expect_refused(quick_and({"--key", "none"}), 3,
                   "paxos_fast: --key none: cannot be read: No such file or directory\n");
    write_key("secret\n", is_private);
    expect_refused(quick_and({"--key", "key"}), 3,
                   "paxos_fast: --key key: has 6 bytes; a key has 32 to 4096: `openssl rand -hex "
                   "32` generates one\n");
}

}  // namespace
}  // namespace paxos::program_auth_test
