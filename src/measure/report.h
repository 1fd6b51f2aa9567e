// Everything about a run that is reported: settings, machine, results. The program fills in this
// plain data, and the summary and the result file read it. The summary and the result file thus
// depend neither on options nor on the launcher.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "language/language.h"
#include "measure/environment.h"
#include "measure/knee.h"
#include "measure/result.h"

namespace paxos::measure {

/// A setting as the run used it, and its origin.
struct Setting {
    using Value = std::variant<bool, std::uint64_t, std::string, std::vector<std::uint64_t>,
                               std::vector<std::string>>;
    std::string name;  ///< Without dashes, such as "log-rounds".
    Value value;
    std::string from;  ///< "flag", "environment", ".env:3" or "default".
    /// The assignment, such as "PAXOS_NODES=3", if `from` is the environment or .env. Otherwise
    /// empty.
    std::string assigned;
};

/// The host of one node of a cluster on several hosts.
struct Host {
    int node = 0;
    std::string name;
    std::string kernel;
    int cores_online = 0;
    /// File system of this host's --durable directory; empty: memory only.
    std::string file_system;
    /// Smallest MTU of the paths from this host to other nodes; 0: unknown.
    std::uint32_t mtu = 0;
    /// How far this host's clock was ahead of the clock of n0's host before the first run, and the
    /// maximum error of that offset. Both are zero for n0.
    std::int64_t clock_offset_ns = 0;
    std::uint64_t clock_error_ns = 0;
};

struct Report {
    Build build;
    Environment environment;
    std::string date;  ///< ISO 8601, with the zone.
    std::vector<Setting> settings;
    std::string protocol;  ///< "classic" or "multi".
    bool thrifty = false;
    std::size_t accept_quorum = 0;  ///< As requested; 0: a majority.
    bool authenticated = false;
    bool explained = false;        ///< --explain.
    bool runs_on_the_wire = true;  ///< --runs: one message may cover a run of slots.
    int nodes = 0;
    std::uint64_t warmup = 0;      ///< Slots before the first round of each run.
    int repetitions = 0;           ///< Repetitions as requested.
    Bilingual placement;           ///< Nodes on cores: "n0 on 0; n1 n2 share 1 (yield)".
    int cores_used = 0;            ///< Cores that the nodes run on.
    std::string faults;            ///< As given; empty: none.
    std::string durable;           ///< Directory of the nodes' files; empty: memory only.
    std::vector<Bilingual> notes;  ///< Notes of the caller. note_texts() adds more.
    FloorResult floor;
    std::vector<RunResult> runs;  ///< The repetitions that were run.
    /// Only with `paxos_fast knee`, where each run has one row, at one rate.
    std::optional<Knee> knee;
    std::vector<Host> hosts;  ///< By node, n0 first; empty: all nodes are on one host.
};

}  // namespace paxos::measure
