// A broken invariant of the code under test ends its world, not the program: while a trap is set on
// a thread, a failed assert there leaps back to it. What that world's nodes hold is left as it is
// and never looked at again.
//
// The leap passes over frames that own nothing which a destructor would have to give back.
#pragma once

#include <csetjmp>
#include <string>

namespace paxos::sim {

class Trap {
public:
    Trap();
    ~Trap();
    Trap(const Trap&) = delete;
    Trap& operator=(const Trap&) = delete;

    /// For setjmp, in the frame that holds the trap: 0 the first time, then 1 whenever an assert
    /// fails.
    std::jmp_buf& place() { return place_; }
    [[nodiscard]] std::string text() const;

private:
    friend void spring_trap(const char* condition, const char* file, int line);
    std::jmp_buf place_;
    const char* condition_ = "";
    const char* file_ = "";
    int line_ = 0;
    Trap* outer_;
};

/// For the program's assert handler: leaps if a trap is set on this thread, returns if there is
/// none.
void spring_trap(const char* condition, const char* file, int line);

}  // namespace paxos::sim
