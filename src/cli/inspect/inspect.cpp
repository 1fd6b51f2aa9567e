// See inspect.h.
#include "cli/inspect/inspect.h"

#include <algorithm>

#include "cli/print.h"
#include "cli/run_line.h"
#include "cli/subcommand_parser.h"
#include "cli/text.h"
#include "measure/result_json.h"
#include "measure/text.h"
#include "store/cluster_file.h"
#include "store/directory.h"
#include "store/file.h"
#include "trace/words.h"

namespace paxos::cli {
namespace {

constexpr std::size_t inspect_label_width = 9;

constexpr const char* inspect_head =
    "Shows the contents of the files of --durable DIR, and checks every batch.\n"
    "Changes nothing, so nodes may have the files open.\n";

constexpr const char* inspect_foot =
    "torn: the last batch was not written completely. No answer relied on it, so the\n"
    "node can start. corrupt: something that was durable is lost, so the node must\n"
    "not start with this file.\n"
    "\n"
    "Exit codes:\n"
    "  0  every file is intact, torn, or being written by a node   2  usage\n"
    "  3  a file is missing, corrupt, of another cluster, or cannot be read";

struct InspectLine {
    std::string directory;
    bool is_json = false;
    std::string help;   ///< The text of the help if requested, otherwise empty.
    std::string error;  ///< The complete message, or empty.
};

InspectLine read_inspect_line(const std::vector<std::string>& arguments) {
    SubcommandParser parser("inspect", inspect_head, inspect_foot);
    const CLI::Option* const directories = parser.list("DIR", "", "the directory of the cluster");
    const CLI::Option* const json = parser.flag("--json", "prints JSON");
    InspectLine line;
    if (parser.parse(arguments)) {
        line.is_json = json->count() != 0;
        if (directories->count() != 1)
            parser.refuse("needs one directory" +
                          (line.is_json ? "; " + std::string(json_remedy) : std::string()));
        else
            line.directory = directories->results().front();
    }
    line.help = parser.requested_help();
    line.error = parser.error();
    return line;
}

/// What a node's file contains, or why it cannot be read.
struct NodeReport {
    NodeId node = 0;
    store::Inspected inspected;
    std::string error;

    /// Whether the check failed although the file may be intact: while a node writes batches, parts
    /// of the file that are read at different times may contradict each other.
    [[nodiscard]] bool is_undecided() const {
        return inspected.is_in_use && inspected.recovered.verdict == store::Verdict::corrupt;
    }
    [[nodiscard]] bool has_contents() const {
        return error.empty() && store::is_usable(inspected.recovered.verdict);
    }
    [[nodiscard]] bool is_usable() const {
        return has_contents() || (error.empty() && is_undecided());
    }
};

struct DirectoryReport {
    std::string directory;
    std::string file_system;
    store::Cluster cluster;
    std::vector<NodeReport> nodes;
    NodeMask elsewhere;  ///< The nodes of this cluster whose files are on other hosts.

    [[nodiscard]] bool is_usable() const {
        return !nodes.empty() && std::ranges::all_of(nodes, &NodeReport::is_usable);
    }
};

std::string ballot_text(Ballot ballot) {
    return std::to_string(ballot.counter()) + ".n" + std::to_string(ballot.node());
}

std::string size_text(std::uint64_t size) {
    constexpr std::uint64_t mebibyte = 1 << 20;
    if (size % mebibyte == 0 && size != 0) return std::to_string(size / mebibyte) + " MiB";
    return std::to_string(size / 1024) + " KiB";
}

std::string lines_of(const NodeReport& report) {
    const std::string margin(inspect_label_width, ' ');
    const store::Recovered& found = report.inspected.recovered;
    std::string text = measure::left_aligned("node-" + std::to_string(report.node),
                                             inspect_label_width);
    if (!report.error.empty()) return text + "missing or unreadable: " + report.error + "\n";
    if (report.is_undecided())
        return text + "in use by a running node, which was writing during the check; try again\n";
    text += std::string(name_of(found.verdict));
    if (!found.reason.empty()) text += ": " + found.reason;
    text += "\n";
    if (report.inspected.is_in_use)
        text += margin + "in use by a running node: the last batches may still change\n";
    if (!report.has_contents()) return text;
    text += margin + "incarnation " + std::to_string(found.superblock.incarnation) +
            ", incomplete last batches removed " + std::to_string(found.superblock.torn_tails) +
            ", learned " + std::to_string(found.learned);
    if (!found.ballot.is_none()) text += ", highest ballot " + ballot_text(found.ballot);
    text += "\n" + margin + "batches " + std::to_string(found.batches) + ", records " +
            std::to_string(found.records) + ", values " + std::to_string(found.values) + "; " +
            size_text(found.bytes) + " of " + size_text(found.superblock.file_size) +
            " in use; next batch " + std::to_string(found.next.sequence) + "\n";
    if (found.bad_superblock)
        text += margin + "superblock " + std::to_string(*found.bad_superblock) +
                " is damaged; the other one is intact, and the next start repairs it\n";
    return text;
}

std::string text_of(const DirectoryReport& report) {
    std::string text = measure::left_aligned("cluster", inspect_label_width) +
                       measure::counted(report.cluster.nodes, "node") + ", " +
                       std::string(name_of(report.cluster.protocol)) + ", values of " +
                       std::to_string(report.cluster.value_size) + " bytes, on " +
                       report.file_system + "\n" + std::string(inspect_label_width, ' ') + "id " +
                       store::text_of(report.cluster.id) + "\n";
    for (const NodeReport& node : report.nodes) text += lines_of(node);
    if (!report.elsewhere.empty())
        text += measure::left_aligned("not here", inspect_label_width) +
                trace::names_of(report.elsewhere) +
                ": the cluster spans several hosts, and each host has the files of its own nodes\n";
    return text;
}

measure::Json json_of(const NodeReport& report) {
    const store::Recovered& found = report.inspected.recovered;
    measure::Json json{{"node", report.node}};
    if (!report.error.empty()) {
        json["verdict"] = "unreadable";
        json["reason"] = report.error;
        return json;
    }
    json["verdict"] = report.is_undecided() ? "undecided" : name_of(found.verdict);
    if (!found.reason.empty() && !report.is_undecided()) json["reason"] = found.reason;
    json["in_use"] = report.inspected.is_in_use;
    if (!report.has_contents()) return json;
    if (found.bad_superblock) json["damaged_superblock"] = *found.bad_superblock;
    json["incarnations"] = found.superblock.incarnation;
    json["torn_tails"] = found.superblock.torn_tails;
    json["learned"] = found.learned;
    json["ballot"] = ballot_text(found.ballot);
    json["slot_end"] = found.end;
    json["batches"] = found.batches;
    json["checkpoints"] = found.checkpoints;
    json["records"] = found.records;
    json["values"] = found.values;
    json["bytes"] = found.bytes;
    json["file_size"] = found.superblock.file_size;
    json["next_batch"] = found.next.sequence;
    json["next_offset"] = found.next.offset;
    return json;
}

std::string json_of(const DirectoryReport& report) {
    measure::Json json{{"directory", report.directory},
                       {"file_system", report.file_system},
                       {"id", store::text_of(report.cluster.id)},
                       {"nodes", report.cluster.nodes},
                       {"protocol", name_of(report.cluster.protocol)},
                       {"value_size", report.cluster.value_size},
                       {"spans_hosts", report.cluster.spans_hosts}};
    json["files"] = measure::Json::array();
    for (const NodeReport& node : report.nodes) json["files"].push_back(json_of(node));
    return json.dump(2, ' ', false, measure::Json::error_handler_t::replace) + "\n";
}

int refuse_to_inspect(const std::string& text) {
    print_error(std::string(program_prefix) + "inspect: " + text);
    return exit_machine;
}

int inspect_directory(const InspectLine& line) {
    DirectoryReport report{.directory = line.directory,
                           .file_system = store::file_system_of(line.directory),
                           .cluster = {},
                           .nodes = {},
                           .elsewhere = {}};
    std::string error;
    switch (store::examine(line.directory, report.cluster, error)) {
        case store::Contents::missing:
            return refuse_to_inspect(line.directory + ": no such directory");
        case store::Contents::nothing:
            return refuse_to_inspect(line.directory +
                                     ": holds no cluster (there is no file named cluster)");
        case store::Contents::bad: return refuse_to_inspect(error);
        case store::Contents::cluster: break;
    }
    for (NodeId node = 0; node < report.cluster.nodes; ++node) {
        if (report.cluster.spans_hosts && !store::has_node_file(line.directory, node)) {
            report.elsewhere.add(node);
            continue;
        }
        NodeReport& added = report.nodes.emplace_back();
        added.node = node;
        static_cast<void>(
            store::inspect(line.directory, {report.cluster, node}, added.inspected, added.error));
    }
    const int printed = print(line.is_json ? json_of(report) : text_of(report));
    if (printed != 0) return printed;
    return report.is_usable() ? 0 : exit_machine;
}

}  // namespace

int inspect_command(const Invocation& invocation) {
    return run_line(read_inspect_line(invocation.arguments), inspect_directory);
}

}  // namespace paxos::cli
