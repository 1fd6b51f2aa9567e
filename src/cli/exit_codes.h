// The exit codes. The help and the README describe them for users.
#pragma once

namespace paxos::cli {

/// Not all rounds were decided (no live majority, or out of time), a node hung, or the verdict is
/// UNKNOWN.
inline constexpr int exit_no_progress = 1;
inline constexpr int exit_usage = 2;
/// The machine cannot run the command, or a file cannot be read or written.
inline constexpr int exit_machine = 3;
inline constexpr int exit_regression = 4;  ///< `compare` or `ab` found a figure WORSE (--fail-on).
/// Safety or an invariant was violated, a node crashed, or a program that `ab` measures crashed.
inline constexpr int exit_unsafe = 5;

}  // namespace paxos::cli
