// Processes with one UDP socket each, for the floor: forks, pins, kills and reaps them.
//
// 1. run_bare kills and reaps every process before it returns. If the caller's thread ends first,
//    the kernel kills them.
// 2. Process 0 measures and exits; the others answer until they are killed.
#pragma once

#include <netinet/in.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace paxos::measure {

/// The result of process 0, in shared memory.
struct BareOutcome {
    std::atomic<std::uint32_t> ready{0};  ///< Processes that are ready to answer.
    std::atomic<bool> done{false};
    double median_ns = 0;
    double rate = 0;                          ///< Per second.
    std::atomic<std::uint32_t> refused{0};    ///< Refused sends of all processes.
    std::atomic<std::int32_t> send_error{0};  ///< The errno of one of them.
};

/// The figures of one measurement.
struct BareFigures {
    double median_ns = 0;
    double rate = 0;            ///< Per second.
    std::uint64_t dropped = 0;  ///< Sends dropped because a socket's queue was full.
    std::uint64_t refused = 0;  ///< Sends that the kernel refused.
};

/// What one process of the floor works with.
struct BareNode {
    std::size_t id = 0;
    int socket = -1;
    bool alone = false;                               ///< No other process is on its core.
    const std::vector<sockaddr_in>* peers = nullptr;  ///< By node.
    BareOutcome* outcome = nullptr;

    /// Waits until all others are ready. False: they were not ready within a second.
    [[nodiscard]] bool others_are_ready() const;
    /// Lets another process on the same core run.
    void idle() const;
    /// Counts a send that failed.
    void note_refused(int error) const;
};

struct BarePlan {
    std::vector<int> core_of;                      ///< By node.
    bool coalesce = false;                         ///< UDP_GRO: a receive may bring many datagrams.
    std::uint64_t time_limit_ns = 0;               ///< After this all processes are killed.
    std::function<void(const BareNode&)> measure;  ///< In process 0: fills in the outcome.
    std::function<void(const BareNode&)> answer;   ///< In the others: never returns.
};

enum class BareEnd : std::uint8_t { measured, stopped, failed };

/// Runs the plan. Stops when `stop_fd`, unless -1, becomes readable. Sets `figures` only with
/// BareEnd::measured. With BareEnd::failed `problem` says why.
[[nodiscard]] BareEnd run_bare(const BarePlan& plan, int stop_fd, BareFigures& figures,
                               std::string& problem);

/// CLOCK_MONOTONIC, in nanoseconds.
[[nodiscard]] std::uint64_t bare_now();

}  // namespace paxos::measure
