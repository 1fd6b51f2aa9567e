// Writes to a file each slot that a node has learned. With these files, tests compare the logs of
// all nodes, including dead ones, without relying on the launcher.
//
// The log is off unless the environment variable LEARNED_LOG_FOLDER names a folder. If it does,
// node 0 writes n0.log in this folder, node 1 writes n1.log, and so on. Entry s is for slot s of
// the run. The node writes through a shared mapping, so the entries survive if the node is killed,
// and its next incarnation continues the file. Slots from LearnedEntry::count_max on are not
// written.
#pragma once

#include <memory>
#include <string>

#include "paxos/ballot.h"
#include "paxos/message.h"

namespace paxos::node {

struct LearnedEntry {
    static constexpr std::uint64_t count_max = std::uint64_t{1} << 21;  ///< Entries in one file.

    std::uint64_t slot_end;  ///< The slot plus one; 0 if not learned here. Written last.
    std::uint64_t ballot;    ///< Bits of the ballot at which the slot was decided.
    Value value;
};

class LearnedLog {
public:
    /// Null if the log is off (`error` is empty) or cannot be opened (`error` has the message).
    /// `continues`: keeps what is in the file; otherwise the log begins anew.
    [[nodiscard]] static std::unique_ptr<LearnedLog> open(NodeId self, bool continues,
                                                          std::string& error);
    ~LearnedLog();
    LearnedLog(const LearnedLog&) = delete;
    LearnedLog& operator=(const LearnedLog&) = delete;

    void add(Slot slot, Ballot ballot, const Value& value);

private:
    explicit LearnedLog(LearnedEntry* entries) : entries_(entries) {}

    LearnedEntry* entries_;
};

}  // namespace paxos::node
