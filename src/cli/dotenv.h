// `.env`: lines of NAME=VALUE. Of them only those that begin with PAXOS_ are ours; what else stands
// there, in whatever form, is somebody else's and is passed over.
//
//   PAXOS_NODES=5
//   export PAXOS_VALUES="red,blue"   # the quotes are not part of the value; neither is this
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

/// Our lines of `text`. False: `error` says what is wrong, as ".env:3: ...".
[[nodiscard]] bool read_dotenv(std::string_view text, std::vector<DotenvLine>& lines,
                               std::string& error);

}  // namespace paxos::cli
