// Forks, pins, kills and reaps the processes that measure the floor (floor.h). Each process has one
// UDP socket.
//
// 1. No process outlives its BareCluster. The kernel kills a process if the thread that started it
//    ends.
// 2. Process 0 measures and exits. The other processes answer its requests until they are killed.
// 3. With several hosts, each host has a BareCluster for its own processes.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "base/address.h"
#include "base/shared_memory.h"

namespace paxos::measure {

/// What the processes of one host share: the result of process 0, and counters.
struct BareOutcome {
    /// Processes that are ready to answer. Processes of other hosts count as ready from the start.
    std::atomic<std::uint32_t> ready{0};
    std::atomic<bool> done{false};            ///< Process 0 has measured.
    double median_ns = 0;                     ///< As in BareFigures.
    double rate = 0;                          ///< As in BareFigures.
    std::atomic<std::uint32_t> refused{0};    ///< Refused sends of this host's processes.
    std::atomic<std::int32_t> send_error{0};  ///< The errno of one of the refused sends.
};

/// The figures of one measurement.
struct BareFigures {
    /// The median time of a round, or of a round trip if that is measured (floor.cpp). 0 if many
    /// rounds were in flight.
    double median_ns = 0;
    double rate = 0;            ///< Rounds, or round trips, per second.
    std::uint64_t dropped = 0;  ///< Sends dropped because a receiver's queue was full.
    std::uint64_t refused = 0;  ///< Sends that the kernel refused.
};

/// One process of a BareCluster, as that process sees itself.
struct BareNode {
    std::size_t id = 0;
    int socket = -1;
    bool alone = false;                           ///< No other process is on its core.
    const std::vector<Address>* peers = nullptr;  ///< By node.
    BareOutcome* outcome = nullptr;

    /// Waits until all other processes are ready. Returns false if that takes more than a second.
    [[nodiscard]] bool others_are_ready() const;
    /// Lets another process on the same core run. Does nothing if this process is alone on its
    /// core.
    void idle() const;
    /// Counts a send that failed with the errno `error`.
    void note_refused(int error) const;
};

/// What the processes of one measurement do, and where they run.
struct BarePlan {
    std::vector<int> core_of;  ///< By node.
    /// By node: nodes with equal numbers are on one machine. Empty: all nodes are on this machine.
    std::vector<int> machine_of;
    /// Sets UDP_GRO, so that one receive may return many datagrams.
    bool coalesce = false;
    std::uint64_t time_limit_ns = 0;               ///< BareCluster::wait fails after this time.
    std::function<void(const BareNode&)> measure;  ///< Run by process 0. Sets the outcome.
    std::function<void(const BareNode&)> answer;   ///< Run by the others. Never returns.
};

enum class BareEnd : std::uint8_t { measured, stopped, failed };

class BareCluster {
public:
    /// `plan` must outlive this object.
    explicit BareCluster(const BarePlan& plan) : plan_(plan) {}
    /// Kills and reaps the processes.
    ~BareCluster();
    BareCluster(const BareCluster&) = delete;
    BareCluster& operator=(const BareCluster&) = delete;

    /// Binds the socket of node `first` to `address`, and the sockets of the next `count - 1` nodes
    /// to free ports of the same IP address. False: `problem` says why.
    [[nodiscard]] bool open(const Address& address, std::size_t first, std::size_t count,
                            std::string& problem);
    /// The addresses at which the nodes of this host receive.
    [[nodiscard]] const std::vector<Address>& own() const { return own_; }
    /// Starts the processes of this host. `peers` has the address of each node, in order.
    [[nodiscard]] bool start(const std::vector<Address>& peers, std::string& problem);
    /// Waits until process 0 has measured, or until `stop_fd` becomes readable. A `stop_fd` of -1
    /// is ignored. If the result is BareEnd::failed, `problem` says why. REQUIRES: process 0 runs
    /// on this host.
    [[nodiscard]] BareEnd wait(int stop_fd, std::string& problem);
    /// The result of process 0, with the drops and refusals of this host only.
    [[nodiscard]] BareFigures figures() const;

private:
    [[nodiscard]] bool bind_socket(Address& address, std::string& problem);
    [[nodiscard]] bool fork_node(std::size_t id, std::string& problem);
    void run_node(std::size_t id) const;
    [[nodiscard]] bool is_alone(std::size_t id) const;

    const BarePlan& plan_;
    SharedMemory memory_;
    BareOutcome* outcome_ = nullptr;  // In `memory_`.
    std::size_t first_ = 0;
    std::vector<Address> own_, peers_;
    std::vector<int> sockets_;  // One for each node of this host.
    std::vector<pid_t> processes_;
};

/// Runs the plan with all nodes on the loopback interface. Sets `figures` only if it returns
/// BareEnd::measured. `stop_fd` and `problem` are as in BareCluster::wait.
[[nodiscard]] BareEnd run_bare(const BarePlan& plan, int stop_fd, BareFigures& figures,
                               std::string& problem);

/// CLOCK_MONOTONIC, in nanoseconds.
[[nodiscard]] std::uint64_t bare_now();

}  // namespace paxos::measure
