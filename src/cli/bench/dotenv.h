// `.env`: lines of NAME=VALUE. Only names that begin with PAXOS_ are read; all other lines, of
// whatever form, belong to other programs and are ignored.
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

/// Reads the PAXOS_ lines of `text`. On failure returns false and sets `error`: ".env:3: ...".
[[nodiscard]] bool read_dotenv(std::string_view text, std::vector<DotenvLine>& lines,
                               std::string& error);

}  // namespace paxos::cli
