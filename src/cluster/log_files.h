// The launcher's part in the files of a durable cluster: it makes them before the first run and
// checks them before each run. The nodes open them in their own processes.
#pragma once

#include <string>

#include "node/node.h"

namespace paxos::cluster {

/// What is wrong with a directory.
struct FilesFault {
    std::string text;              ///< Empty: nothing.
    bool is_contradicted = false;  ///< The files are sound, but of another kind of cluster.
};

/// Makes the files of the cluster of `plan` in `directory`, or checks existing ones. Changes no
/// existing file.
[[nodiscard]] FilesFault open_log_files(const std::string& directory, const node::Plan& plan,
                                        node::LogFiles& files);

/// Checks the file of every node and sets `files.base` above every slot that is recorded. False:
/// `error` says which file cannot be used, and why.
[[nodiscard]] bool find_base(node::LogFiles& files, std::string& error);

}  // namespace paxos::cluster
