// Where a comparison goes, and the exit code that it comes to. For `compare` and `ab`.
//
// 1. As with `bench`, the table is on standard output, unless a result goes there: then it is on
//    standard error.
// 2. A path that cannot be written is known before any work is done.
#pragma once

#include <string>

#include "cli/options.h"
#include "cli/result_sink.h"
#include "compare/comparison.h"

namespace paxos::cli {

/// What ends the program with exit code 4.
enum class FailOn : std::uint8_t {
    worse,
    any,  ///< Whatever is neither the same nor better.
    never
};

struct OutputOptions {
    FailOn fail_on = FailOn::worse;
    bool all = false;
    std::string json, markdown;  ///< As for ResultSink.
    When color = When::automatic;
};

class ComparisonOutput {
public:
    explicit ComparisonOutput(const OutputOptions& options) : options_(options) {}

    /// Tries the paths out. Returns an exit code, and has told what is wrong unless it is 0.
    [[nodiscard]] int open();
    /// Table, JSON, Markdown. Returns the exit code: the verdict's, unless something could not be
    /// written.
    [[nodiscard]] int write(const compare::Comparison& comparison);
    /// The same of a comparison that was stopped, which comes to no verdict and takes no file's
    /// place.
    void write_stopped(const compare::Comparison& comparison);

private:
    [[nodiscard]] int show(const compare::Comparison& comparison) const;
    [[nodiscard]] int fill(ResultSink& sink, const std::string& label, const std::string& text);

    const OutputOptions& options_;
    ResultSink json_, markdown_;
};

}  // namespace paxos::cli
