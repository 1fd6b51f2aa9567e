// The files of a durable cluster, as the launcher sees them: made before the first run, checked
// before each one. The nodes open them in their own processes.
#pragma once

#include <string>

#include "node/node.h"

namespace paxos::cluster {

/// What is wrong with a directory.
struct FilesFault {
    std::string text;              ///< Empty: nothing.
    bool is_contradicted = false;  ///< The directory is in order, but of another kind of cluster.
};

/// Makes the files of a cluster as in `plan` in `directory`, or takes those that are there. Changes
/// no existing file.
[[nodiscard]] FilesFault open_log_files(const std::string& directory, const node::Plan& plan,
                                        node::LogFiles& files);

/// Checks the file of every node and sets `files.base`: the next run begins above everything that
/// is recorded. False: `error` says which file cannot be used, and why.
[[nodiscard]] bool find_base(node::LogFiles& files, std::string& error);

}  // namespace paxos::cluster
