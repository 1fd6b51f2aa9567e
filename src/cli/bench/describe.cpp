// See describe.h.
#include "cli/bench/describe.h"

#include <algorithm>
#include <iterator>

#include "cli/probes.h"
#include "cli/text.h"
#include "cli/version.h"
#include "measure/result_file.h"
#include "paxos/variants.h"
#include "store/file.h"

namespace paxos::cli {

void describe(const Options& options, measure::Report& report) {
    const node::Plan& plan = options.plan;
    report.build = build_info();
    report.environment = measure::read_environment();
    probe_sockets(report.environment);
    if (!options.durable.empty()) probe_disk(options.durable, report.environment);
    report.date = measure::date_now();
    report.settings = options.settings;
    report.protocol = name_of(plan.protocol);
    report.thrifty = plan.thrifty;
    report.accept_quorum = plan.accept_quorum;
    report.authenticated = plan.auth == node::AuthKind::on;
    report.explained = plan.explain;
    report.runs_on_the_wire = plan.runs;
    report.nodes = static_cast<int>(plan.nodes);
    report.warmup = plan.warmup;
    report.repetitions = static_cast<int>(options.repetitions);
    report.faults = options.faults;
    std::ranges::move(build_warnings(), std::back_inserter(report.notes));
}

std::string tmpfs_warning(const measure::Report& report) {
    std::string place = store::file_system_of(report.durable) == "tmpfs"
                            ? " " + sanitized(report.durable) + ": the directory"
                            : "";
    // The directories on other hosts are known only to the launchers there, so the warning names
    // the node and the host instead.
    for (const measure::Host& host : report.hosts)
        if (host.node != 0 && host.file_system == "tmpfs" && place.empty())
            place = ": the directory of n" + std::to_string(host.node) + " on " + host.name;
    if (place.empty()) return "";
    return "warning: --durable" + place +
           " is on tmpfs, which is memory: a restart of the machine empties it";
}

}  // namespace paxos::cli
