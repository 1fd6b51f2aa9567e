// Writes a comparison and computes the exit code of `compare` and `ab`.
//
// 1. The table goes to standard output. As with `bench`, it goes to standard error instead if JSON
//    or Markdown goes to standard output.
// 2. Paths are checked before any work is done.
#pragma once

#include <string>

#include "cli/result_sink.h"
#include "cli/terminal.h"
#include "compare/comparison.h"

namespace paxos::cli {

/// The verdicts that cause exit code 4.
enum class FailOn : std::uint8_t {
    worse,
    any,  ///< worse, inconclusive and not comparable.
    never
};
/// Indexed by FailOn.
inline constexpr std::array<std::string_view, 3> fail_on_names{"worse", "any", "never"};

struct OutputOptions {
    FailOn fail_on = FailOn::worse;
    bool all = false;
    std::string json, markdown;  ///< Paths, as for ResultSink::open().
    When color = When::automatic;
};

class ComparisonOutput {
public:
    /// `options` must outlive this object.
    explicit ComparisonOutput(const OutputOptions& options) : options_(options) {}

    /// Checks the paths. Returns 0. On failure prints the error and returns the exit code.
    [[nodiscard]] int open();
    /// Writes table, JSON and Markdown. Returns the exit code of the verdict, or 3 on failure.
    [[nodiscard]] int write(const compare::Comparison& comparison);
    /// Writes a comparison that was stopped. The verdict does not affect the exit code, and no
    /// existing file is replaced.
    void write_stopped(const compare::Comparison& comparison);

private:
    [[nodiscard]] int write_table(const compare::Comparison& comparison) const;
    [[nodiscard]] int write_to(ResultSink& sink, const std::string& label, const std::string& text);

    const OutputOptions& options_;
    ResultSink json_, markdown_;
};

}  // namespace paxos::cli
