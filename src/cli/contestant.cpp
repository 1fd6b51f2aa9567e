// See contestant.h.
#include "cli/contestant.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "cli/child.h"
#include "cli/exit_codes.h"
#include "cli/settings.h"
#include "cli/text.h"
#include "measure/text.h"

namespace paxos::cli {
namespace {

/// Why `path` cannot be run at all; empty: it may.
std::string file_trouble(const std::string& path) {
    struct stat status{};
    if (stat(path.c_str(), &status) != 0) return std::strerror(errno);
    if (S_ISDIR(status.st_mode)) return "is a folder (name the program in it)";
    if (!S_ISREG(status.st_mode)) return "is no regular file";
    if (access(path.c_str(), X_OK) != 0) return "is not executable (chmod +x)";
    return {};
}

/// What a program that failed had to say: its own message if it is one of ours, or its last line.
std::string last_words(const std::string& error) {
    std::string_view found;
    for (const std::string_view line : split(error, '\n')) {
        const bool is_message = line.starts_with(program_prefix);
        if (trim(line).empty() || (found.starts_with(program_prefix) && !is_message)) continue;
        found = line;
    }
    if (found.starts_with(program_prefix)) found.remove_prefix(program_prefix.size());
    return found.empty() ? "" : ": " + std::string(found.substr(0, 500));
}

/// How a child ended otherwise than with an answer.
NoAnswer no_answer_of(const ChildEnd& end, std::uint64_t limit_ns) {
    switch (end.how) {
        case ChildEnd::How::exited: {
            if (end.code == 0) return {};
            // Codes of ours are passed on; what another program means by its own is not known.
            const bool is_ours = end.code <= exit_unsafe && end.code != exit_regression;
            return {is_ours ? end.code : exit_machine,
                    fmt::format("ended with exit code {}{}", end.code, last_words(end.error))};
        }
        case ChildEnd::How::signalled:
            return {exit_unsafe, fmt::format("was ended by signal {} ({}){}", end.code,
                                             strsignal(end.code), last_words(end.error))};
        case ChildEnd::How::out_of_time:
            return {exit_machine, "did not end within " +
                                      measure::time_text(static_cast<double>(limit_ns)) +
                                      " and was killed (ask for shorter runs behind --)"};
        case ChildEnd::How::talked_too_much:
            return {exit_machine, "printed more than any result has"};
        case ChildEnd::How::stopped: return {128 + end.code, "was stopped"};
        case ChildEnd::How::not_started: break;
    }
    return {exit_machine, "cannot be started: " + end.error};
}

}  // namespace

NoAnswer identify(const std::string& path, std::uint64_t limit_ns, cluster::Signals& signals) {
    if (const std::string trouble = file_trouble(path); !trouble.empty())
        return {exit_machine, path + ": " + trouble};
    const ChildEnd end = run_child({path, "--version", "--json"}, limit_ns, signals);
    NoAnswer answer = no_answer_of(end, limit_ns);
    if (end.how == ChildEnd::How::stopped) return answer;
    if (answer.exit_code == 0 && !compare::is_build(end.output))
        answer.text = "said nothing that is one";
    if (answer.text.empty()) return {};
    return {exit_machine,
            path + ": is no paxos_fast: asked for its --version --json, it " + answer.text};
}

NoAnswer run_leg(const std::string& path, const std::vector<std::string>& options,
                 std::uint64_t limit_ns, cluster::Signals& signals, compare::Result& leg) {
    std::vector<std::string> words{path, "bench", "--quiet", "--no-floor", "--json", "-"};
    words.insert(words.end(), options.begin(), options.end());
    const ChildEnd end = run_child(std::move(words), limit_ns, signals);
    NoAnswer answer = no_answer_of(end, limit_ns);
    if (answer.exit_code != 0) {
        answer.text = path + ": " + answer.text;
        return answer;
    }
    if (compare::read_result(path, end.output, false, leg, answer.text)) return {};
    return {exit_machine, answer.text};
}

}  // namespace paxos::cli
