// The program's settings: where they may come from, what they may be, and what they come to.
//
//   command line (command_line.h), environment, .env (dotenv.h)
//     -> Given: each setting read by itself (settings.h), with its Origin -> Options: checked
//     against each other and resolved (resolve.h); after that nothing is decided
//
// Flags beat the environment, the environment beats .env, .env beats the defaults. All of this is
// pure: what it reads of the world stands in Surroundings.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "measure/report.h"
#include "node/plan.h"

namespace paxos::cli {

/// When to do something that suits a terminal.
enum class When : std::uint8_t { automatic, always, never };

/// What the settings are read from.
struct Surroundings {
    std::vector<std::string> arguments;                            ///< Without the program's name.
    std::vector<std::pair<std::string, std::string>> environment;  ///< Name, value.
    std::optional<std::string> dotenv;  ///< The text of `.env`, if there is one.
    std::string dotenv_error;           ///< Why there is one that cannot be read.
    std::vector<int> cores;             ///< This process's affinity mask; empty: unknown.
    std::uint64_t random_seed = 1;      ///< The seed, unless one is given.
};

/// What a run does, complete.
struct Options {
    node::Plan plan;
    unsigned repetitions = 10;
    bool measures_floor = true;
    std::vector<int> cores;  ///< Cores for the nodes; empty: all of the affinity mask.
    std::string json;        ///< Result file; "-": standard output; empty: none.
    std::string faults;      ///< As given; empty: none.
    bool quiet = false;
    When color = When::automatic;
    When progress = When::automatic;
    std::vector<measure::Setting> settings;  ///< Every setting as resolved, in the order of --help.
    std::vector<std::string> warnings;       ///< For standard error, one line each.
};

/// What the arguments ask for.
struct Parsed {
    enum class Ask : std::uint8_t { run, help, version, version_json, nothing };
    Ask ask = Ask::nothing;
    Options options;    ///< With Ask::run.
    std::string text;   ///< With Ask::help the help; with Ask::nothing what is wrong.
    int exit_code = 0;  ///< With Ask::nothing: 2, or 3 if the machine lacks what was asked for.
};

[[nodiscard]] Parsed parse(const Surroundings& surroundings);

}  // namespace paxos::cli
