// Writes what one node has learned, slot by slot, to a file: for tests that compare the nodes' logs
// directly, including those of dead nodes, without relying on the launcher.
//
// Off unless an environment variable names a folder: LEARNED_LOG_FOLDER=/somewhere gives
// /somewhere/n0.log and so on. Slot s is entry s. The file is a shared mapping, so it keeps what a
// killed node had learned. Slots beyond the last entry are not written.
#pragma once

#include <memory>
#include <string>

#include "paxos/ballot.h"
#include "paxos/message.h"

namespace paxos::node {

struct LearnedEntry {
    static constexpr std::uint64_t count_max = std::uint64_t{1} << 21;  ///< Entries in one file.

    std::uint64_t slot_end;  ///< The slot plus one; 0: this node has not learned it. Written last.
    std::uint64_t ballot;    ///< Bits of the ballot that was decided.
    Value value;
};

class LearnedLog {
public:
    /// Null if it is off (`error` is empty) or if it failed (`error` has the message).
    [[nodiscard]] static std::unique_ptr<LearnedLog> open(NodeId self, std::string& error);
    ~LearnedLog();
    LearnedLog(const LearnedLog&) = delete;
    LearnedLog& operator=(const LearnedLog&) = delete;

    void add(Slot slot, Ballot ballot, const Value& value);

private:
    explicit LearnedLog(LearnedEntry* entries) : entries_(entries) {}

    LearnedEntry* entries_;
};

}  // namespace paxos::node
