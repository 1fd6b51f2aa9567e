// Making the board. A memfd begins as zeros, which is what every Word begins as; what begins
// otherwise is set here.
#include "cluster/shared_board.h"

#include <cerrno>
#include <cstring>
#include <new>

#include <fcntl.h>
#include <sys/mman.h>

#include "cluster/fd.h"

namespace paxos::cluster {
namespace {

/// Says in `error` that `call` failed, by errno. Always false.
bool fail(const char* call, std::size_t size, std::string& error) {
    const int reason = errno;
    error = std::string("shared memory for the nodes: ") + call + " of " +
            std::to_string(size >> 10) + " KiB: " + std::strerror(reason);
    if (reason == EMFILE || reason == ENFILE)
        error += ": raise the limit of open files (ulimit -n)";
    return false;
}

}  // namespace

bool SharedBoard::map(const node::Plan& plan, std::string& error) {
    const std::size_t size = sizeof(node::Board) -
                             (limits::nodes_max - plan.nodes) * sizeof(node::NodeBoard);
    const Fd memory{::memfd_create("paxos_fast board", MFD_CLOEXEC | MFD_ALLOW_SEALING)};
    if (!memory.is_open()) return fail("memfd_create", size, error);
    if (::ftruncate(memory.get(), static_cast<off_t>(size)) != 0)
        return fail("ftruncate", size, error);
    if (::fcntl(memory.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
        return fail("F_ADD_SEALS", size, error);
    void* const address = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, memory.get(),
                                 0);
    if (address == MAP_FAILED) return fail("mmap", size, error);

    board_ = static_cast<node::Board*>(address);
    size_ = size;
    for (std::size_t i = 0; i < plan.nodes; ++i) {
        node::NodeBoard& node = board_->nodes[i];
        node.plan_end.set(~std::uint64_t{0});
        // Not the whole NodeBoard: its trace ring alone would be megabytes to touch.
        for (std::size_t row = 0; row < plan.row_count; ++row)
            new (&node.rows[row].latency) measure::Histogram;
    }
    return true;
}

SharedBoard::~SharedBoard() {
    // Unmapping what was mapped cannot fail (munmap(2)).
    if (board_ != nullptr) ::munmap(board_, size_);
}

}  // namespace paxos::cluster
