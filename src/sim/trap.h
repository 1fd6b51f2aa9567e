// A failed assertion of the code under test ends its world, not the program: while a trap is set on
// a thread, a failed assertion there jumps back to it (longjmp). The nodes of that world are
// abandoned.
//
// The jump skips only frames without destructors that matter.
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

/// For the program's assert handler: jumps if a trap is set on this thread, otherwise returns.
void spring_trap(const char* condition, const char* file, int line);

}  // namespace paxos::sim
