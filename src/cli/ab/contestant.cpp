// See contestant.h.
#include "cli/ab/contestant.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "cli/ab/child.h"
#include "cli/exit_codes.h"
#include "cli/print.h"
#include "cli/text.h"
#include "measure/text.h"

namespace paxos::cli {
namespace {

/// Why `path` cannot be executed; empty if no reason was found.
std::string file_error(const std::string& path) {
    struct stat status{};
    if (stat(path.c_str(), &status) != 0) return std::strerror(errno);
    if (S_ISDIR(status.st_mode)) return "is a folder (give the program in it)";
    if (!S_ISREG(status.st_mode)) return "is not a regular file";
    if (access(path.c_str(), X_OK) != 0) return "is not executable (chmod +x)";
    return {};
}

/// Returns ": " and the message of a program that failed, or an empty text if it wrote nothing. The
/// message is the last line of standard error with `program_prefix` or, if no line has this prefix,
/// the last line that is not blank.
std::string last_message(const std::string& error) {
    std::string_view found;
    for (const std::string_view line : split(error, '\n')) {
        const bool is_message = line.starts_with(program_prefix);
        if (trim(line).empty() || (found.starts_with(program_prefix) && !is_message)) continue;
        found = line;
    }
    if (found.starts_with(program_prefix)) found.remove_prefix(program_prefix.size());
    return found.empty() ? "" : ": " + std::string(found.substr(0, 500));
}

/// Returns the error for a child that ended as `end` says; none if it exited with 0.
LegError error_of(const ChildEnd& end, std::uint64_t limit_ns) {
    switch (end.how) {
        case ChildEnd::How::exited: {
            if (end.code == 0) return {};
            // The exit codes 1, 2, 3 and 5 of `bench` are returned unchanged. Any other code is
            // reported as exit_machine.
            const bool is_known = end.code <= exit_unsafe && end.code != exit_regression;
            return {is_known ? end.code : exit_machine,
                    fmt::format("ended with exit code {}{}", end.code, last_message(end.error))};
        }
        case ChildEnd::How::signalled:
            return {exit_unsafe, fmt::format("was ended by signal {} ({}){}", end.code,
                                             strsignal(end.code), last_message(end.error))};
        case ChildEnd::How::out_of_time:
            return {exit_machine, "did not end within its time limit of " +
                                      measure::time_text(static_cast<double>(limit_ns)) +
                                      " and was killed (shorten the runs with options after --)"};
        case ChildEnd::How::output_too_long:
            return {exit_machine, "printed more than a result file can contain"};
        case ChildEnd::How::stopped: return {128 + end.code, "was stopped"};
        case ChildEnd::How::not_started: break;
    }
    return {exit_machine, "cannot be started: " + end.error};
}

}  // namespace

LegError identify(const std::string& path, std::uint64_t limit_ns, cluster::Signals& signals) {
    if (const std::string reason = file_error(path); !reason.empty())
        return {exit_machine, path + ": " + reason};
    const ChildEnd end = run_child({path, "--version", "--json"}, limit_ns, signals);
    LegError error = error_of(end, limit_ns);
    if (end.how == ChildEnd::How::stopped) return error;
    if (error.exit_code == 0 && !compare::is_build(end.output))
        error.text = "did not print a version";
    if (error.text.empty()) return {};
    return {exit_machine,
            path + ": is not paxos_fast: called with --version --json, it " + error.text};
}

LegError run_leg(const std::string& path, const std::vector<std::string>& options,
                 std::uint64_t limit_ns, cluster::Signals& signals, compare::Result& leg) {
    std::vector<std::string> words{path, "bench", "--quiet", "--no-floor", "--json", "-"};
    words.insert(words.end(), options.begin(), options.end());
    const ChildEnd end = run_child(std::move(words), limit_ns, signals);
    LegError error = error_of(end, limit_ns);
    if (error.exit_code != 0) {
        error.text = path + ": " + error.text;
        return error;
    }
    if (compare::read_result(path, end.output, false, leg, error.text)) return {};
    return {exit_machine, error.text};
}

}  // namespace paxos::cli
