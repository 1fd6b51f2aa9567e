// Runs another program until it ends, and captures its output.
//
// 1. The kernel kills the child when this process ends for any reason.
// 2. The child has its own process group. When `run_child` returns, every process of that group has
//    been killed or has ended, and the child has been reaped.
// 3. The child's standard input is /dev/null. The child inherits no descriptors except its two
//    output pipes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cluster/signals.h"

namespace paxos::cli {

struct ChildEnd {
    enum class How : std::uint8_t {
        exited,           ///< `code` is its exit code.
        signalled,        ///< `code` is the signal that ended it.
        out_of_time,      ///< Killed by this process after `limit_ns`.
        output_too_long,  ///< Killed by this process, because the child wrote too much.
        stopped,          ///< This process received signal `code` and ended the child.
        not_started,      ///< `error` says why.
    };
    How how = How::not_started;
    int code = 0;
    std::string output, error;  ///< Standard output, and the beginning of standard error.
};

/// Runs `words` for at most `limit_ns`. The first word is the path of the program.
[[nodiscard]] ChildEnd run_child(std::vector<std::string> words, std::uint64_t limit_ns,
                                 cluster::Signals& signals);

}  // namespace paxos::cli
