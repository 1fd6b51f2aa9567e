// Measures the floor: the cost of bare UDP between pinned processes, on the cores of a run, without
// a protocol and without validation. Figures of the run are reported relative to the floor.
//
// 1. The floor uses plain sockets and system calls, and nothing of src/io, so a fault of our I/O
//    code does not affect it.
// 2. The floor uses the same nodes, hosts and cores as the run. A process waits as a node does with
//    --idle auto: it spins if it is alone on its core, and yields otherwise.
// 3. No process outlives its measurement or the caller of measure_floor().
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "measure/bare_cluster.h"
#include "measure/result.h"

namespace paxos::measure {

/// Approximate maximum time of measure_floor on an idle machine.
inline constexpr std::uint64_t floor_ns_max = 400'000'000;

struct FloorPlan {
    std::size_t nodes = 0;
    unsigned phases = 2;  ///< Number of phases with answers in a round: 2 for classic, 1 for multi.
    std::vector<int> core_of;  ///< By node.
    /// By node: nodes with equal numbers are on one machine. Empty: all nodes are on this machine.
    std::vector<int> machine_of;
    bool runs = true;  ///< Whether one message may cover a run of slots.
};

/// The measurements that the floor consists of. `round_trip`: two processes exchange one request
/// and its answer at a time. `rounds`: all processes make one round at a time, with all its phases.
/// `pipeline`: all processes keep a window of rounds in flight.
enum class FloorPart : std::uint8_t { round_trip, rounds, pipeline };

/// The plan for the processes of one measurement.
[[nodiscard]] BarePlan bare_plan(const FloorPlan& plan, FloorPart part);

/// Runs one measurement, like run_bare.
using RunPart = std::function<BareEnd(FloorPart, const BarePlan&, BareFigures&, std::string&)>;

/// Measures the floor by running each part with `run`. If a part is stopped, the figures not yet
/// measured are zero. A single node has no peers, so all its figures are zero. `problem` says why a
/// figure could not be measured.
[[nodiscard]] FloorResult measure_floor(const FloorPlan& plan, const RunPart& run,
                                        std::string& problem);
/// Measures the floor with all nodes on the loopback interface. Stops when `stop_fd` becomes
/// readable. A `stop_fd` of -1 is ignored.
[[nodiscard]] FloorResult measure_floor(const FloorPlan& plan, int stop_fd, std::string& problem);

}  // namespace paxos::measure
