// Calls the option parser with made-up inputs.
#pragma once

#include <initializer_list>
#include <string>

#include "cli/bench/options.h"
#include "cli/commands.h"

namespace paxos::cli {

/// The inputs on a machine with two cores, without `.env` and with an empty environment.
inline ProcessInputs inputs_of(std::initializer_list<const char*> arguments) {
    ProcessInputs inputs;
    inputs.arguments.assign(arguments.begin(), arguments.end());
    inputs.commands = commands();
    inputs.cores = {0, 1};
    inputs.random_seed = 4711;
    return inputs;
}

/// Like inputs_of(), but for the command `knee`.
inline ProcessInputs knee_inputs_of(std::initializer_list<const char*> arguments) {
    ProcessInputs inputs = inputs_of(arguments);
    inputs.is_for_knee = true;
    return inputs;
}

inline ProcessInputs with_dotenv(std::string text,
                                 std::initializer_list<const char*> arguments = {}) {
    ProcessInputs inputs = inputs_of(arguments);
    inputs.dotenv = std::move(text);
    return inputs;
}

/// The error in the arguments; empty if there is none.
inline std::string error_of(std::initializer_list<const char*> arguments) {
    return parse(inputs_of(arguments)).text;
}

/// The setting `name` as the result file shows it. An empty setting if `name` does not exist.
inline const measure::Setting& setting(const Options& options, const std::string& name) {
    static const measure::Setting none;
    for (const measure::Setting& one : options.settings)
        if (one.name == name) return one;
    return none;
}

}  // namespace paxos::cli
