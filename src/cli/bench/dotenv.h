// `.env`: lines of NAME=VALUE. A line is read if its name begins with PAXOS_, in upper or lower
// case. Only names in upper case are settings. Names with lower-case letters are read so that
// options.cpp reports them as unknown. All other lines set nothing, because they may belong to
// other programs. Such a line causes a warning if it is neither NAME=VALUE nor a comment, or if it
// names an option without the prefix, which the user may have forgotten.
//
//   PAXOS_NODES=5
//   export PAXOS_VALUES="red,blue"   # quotes and comment are not part of the value
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace paxos::cli {

struct DotenvLine {
    int line;  ///< From 1.
    std::string name;
    std::string value;
};

struct Dotenv {
    std::vector<DotenvLine> lines;
    std::vector<DotenvLine> without_prefix;  ///< Lines such as NODES=3; `value` stays empty.
    std::vector<int> without_value;          ///< Lines that are neither NAME=VALUE nor a comment.
};

/// Reads the PAXOS_ lines of `text`. On failure returns false and sets `error`: ".env:3: ...".
[[nodiscard]] bool read_dotenv(std::string_view text, Dotenv& dotenv, std::string& error);

}  // namespace paxos::cli
