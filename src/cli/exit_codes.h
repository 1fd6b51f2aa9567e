// The exit codes. The help and the README describe them for users.
#pragma once

namespace paxos::cli {

inline constexpr int exit_no_progress = 1;
inline constexpr int exit_usage = 2;
/// The machine cannot run it, or a file cannot be read or written.
inline constexpr int exit_machine = 3;
inline constexpr int exit_regression = 4;
inline constexpr int exit_unsafe = 5;  ///< Or a node, an invariant or a measured program failed.

}  // namespace paxos::cli
