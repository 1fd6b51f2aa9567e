// Cores: which ones this process may use, and how a thread binds itself to one. Cores are numbered
// as the kernel does.
#pragma once

#include <string>
#include <vector>

namespace paxos::io {

/// The cores of the calling thread's affinity mask, ascending: what taskset, a container or a job
/// scheduler has left to us. Empty where the kernel does not tell; `error` then says why. A
/// `process` other than 0 selects the main thread of that process instead.
[[nodiscard]] std::vector<int> affinity_mask(std::string& error, int process = 0);

/// Binds the calling thread to `core`. False: `error` says why.
[[nodiscard]] bool pin_to(int core, std::string& error);

/// Lets another thread of this core run. A system call of half a microsecond when there is none.
void yield();

}  // namespace paxos::io
