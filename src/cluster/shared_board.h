// The board in shared memory, mapped before the first fork. Only the NodeBoards of the plan's nodes
// are mapped.
#pragma once

#include <string>

#include "base/shared_memory.h"
#include "node/board.h"

namespace paxos::cluster {

class SharedBoard {
public:
    /// Maps an empty board for the nodes of `plan`. If false, `error` says why.
    [[nodiscard]] bool map(const node::Plan& plan, std::string& error);

    [[nodiscard]] node::Board& get() const { return *static_cast<node::Board*>(memory_.get()); }

private:
    SharedMemory memory_;
};

}  // namespace paxos::cluster
