// The assertion handler of the test programs. If a sim::Trap is set on this thread, the handler
// jumps to the trap (longjmp). Otherwise it prints the assertion and aborts, as death tests expect.
#include <cstdio>
#include <cstdlib>

#include "paxos/assert.h"
#include "sim/trap.h"

namespace paxos {

[[noreturn]] void assert_failed(const char* condition, const char* file, int line) {
    sim::spring_trap(condition, file, line);
    std::fprintf(stderr, "%s:%d: assert failed: %s\n", file, line, condition);
    std::fflush(stderr);
    std::abort();
}

}  // namespace paxos
