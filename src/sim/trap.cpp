// See trap.h. The traps of a thread form a stack: a failed assertion jumps to the innermost one.
#include "sim/trap.h"

namespace paxos::sim {
namespace {

thread_local Trap* innermost = nullptr;

}  // namespace

Trap::Trap() : outer_(innermost) { innermost = this; }
Trap::~Trap() { innermost = outer_; }

std::string Trap::text() const {
    return std::string("assert: ") + condition_ + " at " + file_ + ":" + std::to_string(line_);
}

void spring_trap(const char* condition, const char* file, int line) {
    if (!innermost) return;
    innermost->condition_ = condition;
    innermost->file_ = file;
    innermost->line_ = line;
    std::longjmp(innermost->place_, 1);
}

}  // namespace paxos::sim
