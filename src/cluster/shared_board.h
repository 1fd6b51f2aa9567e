// The board's memory: one sealed memfd, mapped shared before the first fork, gone with the last
// process.
//
// 1. Sealed against shrinking and growing: no process can make another's access fault.
// 2. The descriptor is closed as soon as the memory is mapped: only our own children see it.
// 3. Only the nodes of the plan are mapped; pages that nobody touches cost nothing.
#pragma once

#include <cstddef>
#include <string>

#include "node/board.h"

namespace paxos::cluster {

class SharedBoard {
public:
    SharedBoard() = default;
    SharedBoard(const SharedBoard&) = delete;
    SharedBoard& operator=(const SharedBoard&) = delete;
    ~SharedBoard();

    /// Maps a board for the nodes of `plan`, ready for them to write on. False: `error` says why.
    [[nodiscard]] bool map(const node::Plan& plan, std::string& error);

    [[nodiscard]] node::Board& get() const { return *board_; }

private:
    node::Board* board_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace paxos::cluster
