// Everything about a run that is reported: settings, machine, results. Plain data, filled by the
// program, read by summary and result file, which thus depend neither on options nor on the
// launcher.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "measure/environment.h"
#include "measure/result.h"

namespace paxos::measure {

/// A setting as the run used it, and its origin.
struct Setting {
    using Value = std::variant<bool, std::uint64_t, std::string, std::vector<std::uint64_t>,
                               std::vector<std::string>>;
    std::string name;  ///< "log-rounds".
    Value value;
    std::string from;      ///< "flag", "environment", ".env:3" or "default".
    std::string assigned;  ///< "PAXOS_NODES=3" if from the environment or .env.
};

struct Report {
    Build build;
    Environment environment;
    std::string date;  ///< ISO 8601, with the zone.
    std::vector<Setting> settings;
    std::string protocol;  ///< "classic", "multi".
    bool thrifty = false;
    int nodes = 0;
    std::uint64_t warmup = 0;        ///< Slots before the first round of each run.
    int repetitions = 0;             ///< Requested.
    std::string placement;           ///< "n0 on 0; n1 n2 n3 n4 share 1 (yield)".
    int cores_used = 0;              ///< Cores that the nodes run on.
    std::string faults;              ///< As given; empty: none.
    std::vector<std::string> notes;  ///< For the reader of the figures.
    FloorResult floor;
    std::vector<RunResult> runs;  ///< The repetitions that were run.
};

}  // namespace paxos::measure
