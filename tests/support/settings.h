// Calls the option parser with made-up inputs.
#pragma once

#include <initializer_list>
#include <string>

#include "cli/options.h"

namespace paxos::cli {

/// A machine with two cores, no `.env`, an empty environment.
inline Surroundings asked(std::initializer_list<const char*> arguments) {
    Surroundings surroundings;
    surroundings.arguments.assign(arguments.begin(), arguments.end());
    surroundings.cores = {0, 1};
    surroundings.random_seed = 4711;
    return surroundings;
}

inline Surroundings with_dotenv(std::string text,
                                std::initializer_list<const char*> arguments = {}) {
    Surroundings surroundings = asked(arguments);
    surroundings.dotenv = std::move(text);
    return surroundings;
}

/// The error in the arguments; empty if there is none.
inline std::string complaint(std::initializer_list<const char*> arguments) {
    return parse(asked(arguments)).text;
}

/// The setting `name` as the result file shows it.
inline const measure::Setting& setting(const Options& options, const std::string& name) {
    static const measure::Setting none;
    for (const measure::Setting& one : options.settings)
        if (one.name == name) return one;
    return none;
}

}  // namespace paxos::cli
