// Lists the cores that a process may use, and binds a thread to a core. Cores are numbered as in
// the kernel.
#pragma once

#include <string>
#include <vector>

namespace paxos::io {

/// The cores in the calling thread's affinity mask, ascending: what taskset, a container or a job
/// scheduler allows. Empty on failure: `error` says why. A `process` other than 0 selects the main
/// thread of that process instead.
[[nodiscard]] std::vector<int> affinity_mask(std::string& error, int process = 0);

/// Binds the calling thread to `core`. False: `error` says why.
[[nodiscard]] bool pin_to(int core, std::string& error);

/// Lets another thread run on this core. Costs half a microsecond if there is no other thread.
void yield();

}  // namespace paxos::io
