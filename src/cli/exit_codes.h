// How the program ends. What each number means to a user is in the help and in the README.
#pragma once

namespace paxos::cli {

inline constexpr int exit_no_progress = 1;
inline constexpr int exit_usage = 2;
/// It cannot run here, or a file cannot be read or written.
inline constexpr int exit_machine = 3;
inline constexpr int exit_regression = 4;
inline constexpr int exit_unsafe = 5;  ///< Or a node, an invariant or a program measured failed.

}  // namespace paxos::cli
