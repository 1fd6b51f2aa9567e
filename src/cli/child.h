// Another program, run to its end: what it said and how it ended.
//
// 1. It dies with us: the kernel kills it when this process ends, however that comes.
// 2. It has a process group of its own. When `run_child` returns, nothing of that group is left,
//    and the program has been waited for.
// 3. It reads nothing (/dev/null), and holds no descriptor of ours but its two streams.
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
        out_of_time,      ///< Killed by us.
        talked_too_much,  ///< Killed by us.
        stopped,          ///< `code` is the signal that we were sent; the child is ended.
        not_started,      ///< `error` says why.
    };
    How how = How::not_started;
    int code = 0;
    std::string output, error;  ///< Its standard output, and the beginning of its standard error.
};

/// Runs `words`, of which the first is the program's path, for `limit_ns` at most.
[[nodiscard]] ChildEnd run_child(std::vector<std::string> words, std::uint64_t limit_ns,
                                 cluster::Signals& signals);

}  // namespace paxos::cli
