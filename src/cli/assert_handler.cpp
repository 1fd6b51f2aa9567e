// Handles a failed assertion in a node or the launcher: prints the assertion and aborts the
// process. The launcher reports a node that aborted.
//
// The handler is safe in any state of the process, because it uses no allocation, lock or stdio. A
// failed assertion in a simulated world ends only that world (sim/trap.h).
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>

#include "paxos/assert.h"
#include "sim/trap.h"

namespace paxos {

void assert_failed(const char* condition, const char* file, int line) {
    sim::spring_trap(condition, file, line);
    std::array<char, 12> digits{};
    std::size_t begin = digits.size();
    for (int rest = line; rest > 0; rest /= 10)
        digits[--begin] = static_cast<char>('0' + rest % 10);

    const auto part = [](const char* text, std::size_t size) {
        return iovec{const_cast<char*>(text), size};
    };
    const auto text = [&](const char* zero_ended) {
        return part(zero_ended, std::strlen(zero_ended));
    };
    const std::array<iovec, 7> parts{text("paxos_fast: assertion failed: "),
                                     text(condition),
                                     text(" at "),
                                     text(file),
                                     text(":"),
                                     part(digits.data() + begin, digits.size() - begin),
                                     text("\n")};
    // Aborts even if the message cannot be written.
    [[maybe_unused]] const ssize_t written = writev(STDERR_FILENO, parts.data(),
                                                    static_cast<int>(parts.size()));
    std::abort();
}

}  // namespace paxos
