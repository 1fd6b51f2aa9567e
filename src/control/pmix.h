// The part of PMIx that the bootstrap uses. The library is loaded at run time, because linking it
// would add 1.8 ms to every local start. Calls block and may hang, so they are made only in a child
// process that can be killed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace paxos::control {

class Pmix {
public:
    Pmix();
    ~Pmix();
    Pmix(const Pmix&) = delete;
    Pmix& operator=(const Pmix&) = delete;

    /// Joins the Slurm or Open MPI job in which this process was started. If false, `error` says
    /// why.
    [[nodiscard]] bool join(std::string& error);
    // To be called only after join() has succeeded:
    [[nodiscard]] std::uint32_t rank() const;
    [[nodiscard]] std::uint32_t size() const;
    /// Copies `bytes` of rank 0 to `bytes` of every other rank. Waits for all processes.
    [[nodiscard]] bool share(std::span<std::byte> bytes, std::string& error);
    void leave();

private:
    struct Library;
    std::unique_ptr<Library> library_;
};

}  // namespace paxos::control
