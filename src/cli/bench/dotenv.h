// `.env`: lines of NAME=VALUE. Only names that begin with PAXOS_ are read. A name with this prefix
// in lower case is read too, so that options.cpp can report the name as unknown. All other lines
// may belong to other programs and may have any form. Names of options without the prefix are
// reported, so that the user notices a forgotten prefix.
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
