// Measures the floor of the disk: how long a durable write of 4 KiB takes. One process for each
// node writes one block after another. All processes write at the same time, without a protocol, a
// journal or the nodes' I/O code.
//
// 1. The processes write as the nodes do: with RWF_DSYNC, into blocks that were written before, and
//    without the page cache if the file system supports that.
// 2. When measure_disk_floor() returns, all its processes have ended. If the process that called it
//    dies, the kernel kills them. No file outlives the call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace paxos::measure {

/// The median duration of a write in ns. If it could not be measured, returns 0, and `problem` says
/// why. Takes 0.3 s on an idle machine. The files are made in `directory`, 1 MiB for each process.
[[nodiscard]] double measure_disk_floor(const std::string& directory, std::size_t processes,
                                        std::string& problem);

}  // namespace paxos::measure
