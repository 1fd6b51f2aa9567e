// A trap for failed assertions. While a trap is set on a thread, a failed assertion on this thread
// jumps back to the trap (longjmp). Thus the assertion ends only the simulated world, not the
// program.
//
// The jump runs no destructors. The skipped stack frames and the nodes of the world need none.
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

    /// The argument of setjmp, which must be called in the frame that owns the trap. setjmp returns
    /// 0 at first, and 1 after a failed assertion.
    std::jmp_buf& place() { return place_; }
    /// The failed assertion, with its file and line.
    [[nodiscard]] std::string text() const;

private:
    friend void spring_trap(const char* condition, const char* file, int line);
    std::jmp_buf place_;
    const char* condition_ = "";
    const char* file_ = "";
    int line_ = 0;
    Trap* outer_;
};

/// For the program's assert handler. Jumps if a trap is set on this thread; otherwise returns.
void spring_trap(const char* condition, const char* file, int line);

}  // namespace paxos::sim
