// The inputs from which the options are read and completed: arguments, environment, `.env` in the
// working folder, the affinity mask, the number of processes and a random seed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/command.h"

namespace paxos::cli {

struct ProcessInputs {
    bool is_for_knee = false;  ///< Whether the command is `knee`; otherwise it is `bench`.
    std::vector<std::string> arguments;
    std::span<const Command> commands;                             ///< For the help.
    std::vector<std::pair<std::string, std::string>> environment;  ///< Name, value.
    std::optional<std::string> dotenv;  ///< The text of `.env`, if it exists.
    std::string dotenv_error;           ///< Why an existing `.env` cannot be read.
    std::string dotenv_warning;         ///< Set if `.env` is not a regular file and is ignored.
    std::vector<int> cores;             ///< This process's affinity mask; empty if unknown.
    /// The number of processes that srun, mpirun or the like started; 1 if none did, or if unknown.
    std::uint32_t processes = 1;
    std::uint64_t random_seed = 1;  ///< The seed if --seed is not given.
};

[[nodiscard]] ProcessInputs read_process_inputs(const Invocation& invocation);

}  // namespace paxos::cli
