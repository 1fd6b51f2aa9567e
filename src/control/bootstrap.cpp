#include "control/bootstrap.h"

#include "control/bootstrap_parts.h"
#include "control/hash.h"

namespace paxos::control {
namespace {

/// Environment variables in which an engine (srun, mpirun) states the number of processes. If
/// several are set, the first one in this list is used. For example, if mpirun runs inside a step
/// of Slurm, the number that mpirun states is the right one. SLURM_NTASKS is not in the list,
/// because it is also set in a batch script, which is only one process.
constexpr const char* size_variables[] = {"OMPI_COMM_WORLD_SIZE", "SLURM_STEP_NUM_TASKS",
                                          "PMI_SIZE"};

}  // namespace

std::optional<std::uint32_t> processes_started(const Environment& environment) {
    for (const char* variable : size_variables)
        if (const char* const text = environment(variable)) return parse_number(text);
    return std::nullopt;
}

StartKind start_kind(const BootstrapOptions& options, const Environment& environment,
                     std::string& error) {
    if (!options.peers.empty() || options.id) return StartKind::peers;
    const std::optional<std::uint32_t> processes = processes_started(environment);
    if (processes && *processes <= 1) return StartKind::local;
    if (environment("PMIX_NAMESPACE") != nullptr && environment("PMIX_RANK") != nullptr)
        return StartKind::pmix;
    if (processes)
        error =
            "this is one of " + std::to_string(*processes) +
            " processes, but they were started without PMIx; use `srun --mpi=pmix`, Open MPI's " +
            "mpirun, or --peers and --id";
    return StartKind::local;
}

Secret secret_of(const std::optional<Secret>& key, const Token& token) {
    const Bytes none;
    return hash<sizeof(Secret)>("paxos_fast cluster", key ? Bytes{*key} : none, {token});
}

std::optional<Bootstrap> bootstrap(StartKind how, const BootstrapOptions& options,
                                   std::string& error) {
    switch (how) {
        case StartKind::peers: return bootstrap_peers(options, error);
        case StartKind::pmix: return bootstrap_pmix(options, error);
        case StartKind::local: break;
    }
    return Bootstrap{};
}

}  // namespace paxos::control
