// Writes the sentences about what the nodes run on: hosts, files, the floor.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "measure/summary_lines.h"
#include "measure/text.h"

namespace paxos::measure {
namespace {

/// The clocks of all hosts except n0's, compared with the clock of n0's host. A host has one entry,
/// or several if nodes that report the same host name have different clocks.
std::vector<Host> other_clocks(const std::vector<Host>& hosts) {
    std::vector<Host> clocks;
    for (const Host& host : hosts) {
        const auto is_same = [&](const Host& other) {
            const std::int64_t apart_ns = host.clock_offset_ns - other.clock_offset_ns;
            return host.name == other.name && static_cast<std::uint64_t>(std::abs(apart_ns)) <=
                                                  host.clock_error_ns + other.clock_error_ns;
        };
        const auto known = std::ranges::find_if(clocks, is_same);
        if (known == clocks.end())
            clocks.push_back(host);
        else if (host.clock_error_ns < known->clock_error_ns)
            *known = host;
    }
    clocks.erase(clocks.begin());  // The clock of n0.
    return clocks;
}

/// The file systems of the directories of all hosts, each once: "ext4, xfs".
std::string file_systems(const Report& report) {
    std::string text = report.environment.file_system;
    for (const Host& host : report.hosts)
        if ((", " + text + ",").find(", " + host.file_system + ",") == std::string::npos)
            text += ", " + host.file_system;
    return text;
}

}  // namespace

std::string continued_text(const Report& report, const Language& language) {
    if (report.runs.empty() || !report.runs.front().storage) return "";
    const std::uint64_t first_slot = report.runs.front().storage->first_slot;
    if (first_slot == 0) return "";
    return language.text("at slot {0} of the log in {1}, after earlier runs", first_slot,
                         report.durable);
}

Wordings storage_text(const Report& report, const Language& language) {
    if (report.durable.empty()) return {};
    Histogram flush;
    std::uint64_t batches = 0, bytes = 0, learned = 0;
    for (const RunResult& run : report.runs) {
        if (!run.storage) continue;
        flush.merge(*run.storage->flush);
        batches += run.storage->batches;
        bytes += run.storage->bytes;
        learned += run.storage->learned;
    }
    if (flush.samples() == 0) return {language.text("nothing was written")};
    const auto time_of = [&](double fraction) {
        return time_text(static_cast<double>(flush.percentile(fraction)));
    };
    const double floor = report.floor.flush_ns_p50;
    const std::string place = language.text("on {0}", file_systems(report));
    // The write caches of other hosts are not known.
    const std::string cache = report.hosts.empty() ? report.environment.write_cache : "";
    const std::string cached = cache.empty() ? "" : language.text(", {0} cache", cache);
    const std::string flushes = floor > 0
                                    ? language.text(": flush p50 {0} (bare {1}), p99 {2}; ",
                                                    time_of(0.5), time_text(floor), time_of(0.99))
                                    : language.text(": flush p50 {0}, p99 {1}; ", time_of(0.5),
                                                    time_of(0.99));
    const std::string size = language.text(
        "{0:.0f} bytes a round",
        learned == 0 ? 0 : static_cast<double>(bytes) / static_cast<double>(learned));
    const std::string count = language.text("{0} batches, ",
                                            scaled_text(static_cast<double>(batches)));
    return {place + cached + flushes + count + size, place + flushes + count + size,
            place + flushes + size};
}

std::string hosts_text(const Report& report, const Language& language) {
    if (report.hosts.empty()) return "";
    // Each kind of host, with the names of its hosts.
    std::vector<std::pair<std::string, std::string>> kinds;
    for (const Host& host : report.hosts) {
        std::string kind = "Linux " + host.kernel + ", " +
                           language.count(static_cast<std::uint64_t>(host.cores_online), "{0} core",
                                          "{0} cores");
        if (host.mtu != 0) kind += ", MTU " + std::to_string(host.mtu);
        auto it = std::ranges::find(kinds, kind, &std::pair<std::string, std::string>::first);
        if (it == kinds.end()) it = kinds.emplace(it, kind, "");
        // Names a host with several nodes once, even if its nodes are not neighbours in the list.
        const std::string padded = " " + it->second + " ";
        if (padded.find(" " + host.name + " ") == std::string::npos)
            it->second += (it->second.empty() ? "" : " ") + host.name;
    }
    std::string text;
    for (const auto& [kind, names] : kinds)
        text += (text.empty() ? "" : "; ") + names + ": " + kind;
    std::string clocks;
    for (const Host& host : other_clocks(report.hosts)) {
        const auto offset_ns = static_cast<double>(host.clock_offset_ns);
        clocks += (clocks.empty() ? "" : ", ") + host.name + (offset_ns < 0 ? " -" : " +") +
                  time_text(std::abs(offset_ns)) + " +-" +
                  time_text(static_cast<double>(host.clock_error_ns));
    }
    if (clocks.empty()) return text;
    return text + language.text("; clocks vs {0}: {1}", report.hosts.front().name, clocks);
}

std::string floor_text(const Report& report, const Language& language) {
    const FloorResult& floor = report.floor;
    if (floor.round_ns_p50 <= 0 && floor.decisions_per_second <= 0)
        return language.text("not measured");
    const std::string none = language.text("n/a");
    const std::string time = floor.round_ns_p50 > 0 ? time_text(floor.round_ns_p50) : none;
    const std::string rate = floor.decisions_per_second > 0
                                 ? scaled_text(floor.decisions_per_second)
                                 : none;
    return report.hosts.empty()
               ? language.text("on these cores, without Paxos: {0} a round, {1} rounds/s", time,
                               rate)
               : language.text("over these addresses, without Paxos: {0} a round, {1} rounds/s",
                               time, rate);
}

}  // namespace paxos::measure
