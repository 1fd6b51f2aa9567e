// See host_files.h.
#include "cluster/host_files.h"

#include <algorithm>

#include "store/file.h"

namespace paxos::cluster {

bool HostFiles::is_valid(const FilesOrder& order, NodeId self) {
    return self < order.nodes && order.nodes <= limits::nodes_max &&
           order.accept_quorum <= order.nodes &&
           static_cast<std::size_t>(order.protocol) < variant_names.size();
}

FilesReport HostFiles::obey(const FilesOrder& order) {
    FilesReport report;
    set_text(report.path, store::node_path(files_.directory, self_));
    const store::Cluster cluster{.id = order.cluster,
                                 .nodes = order.nodes,
                                 .protocol = order.protocol,
                                 .accept_quorum = order.accept_quorum,
                                 .spans_hosts = true};
    switch (order.step) {
        case FilesStep::examine: examine(cluster, report); break;
        case FilesStep::open: open(cluster, report); break;
        case FilesStep::undo:
            store::undo_create_node(files_.directory, self_, made_);
            made_ = {};
            is_open_ = false;
            break;
    }
    set_text(report.file_system, store::file_system_of(files_.directory));
    return report;
}

void HostFiles::examine(const store::Cluster& wanted, FilesReport& report) {
    std::string error;
    const store::Contents contents = store::examine(files_.directory, files_.cluster, error);
    report.has_cluster = contents == store::Contents::cluster;
    if (report.has_cluster) {
        report.cluster = files_.cluster.id;
        error = contradiction(files_.directory, files_.cluster, wanted);
        report.is_contradicted = !error.empty();
        report.has_file = store::has_node_file(files_.directory, self_);
    }
    store::Recovered found;
    if (error.empty() && report.has_file && check_file(files_, self_, found, error))
        report.incarnation = found.superblock.incarnation;
    set_text(report.error, error);
}

void HostFiles::open(const store::Cluster& cluster, FilesReport& report) {
    std::string error;
    files_.cluster = cluster;
    is_open_ = store::has_node_file(files_.directory, self_) ||
               create_file(files_, self_, made_, error);
    set_text(report.error, error);
}

FilesAgreement agree(std::span<const FilesReport> reports) {
    FilesAgreement result;
    const auto refuse = [&](std::size_t node, const std::string& text, bool is_contradicted) {
        if (!result.fault.text.empty()) return;
        result.node = static_cast<NodeId>(node);
        result.fault = {.text = text, .is_contradicted = is_contradicted};
    };
    for (std::size_t i = 0; i < reports.size(); ++i)
        if (const std::string error = text_of(reports[i].error); !error.empty())
            refuse(i, error, reports[i].is_contradicted);

    const auto first = std::ranges::find_if(reports, &FilesReport::has_cluster);
    result.is_new = first == reports.end();
    if (result.is_new) return result;
    result.cluster = first->cluster;
    for (std::size_t i = 0; i < reports.size(); ++i)
        if (reports[i].has_cluster && reports[i].cluster != first->cluster)
            refuse(i,
                   text_of(reports[i].path) +
                       ": belongs to a different cluster than the file of n" +
                       std::to_string(first - reports.begin()),
                   false);

    const bool is_used = std::ranges::any_of(
        reports, [](const FilesReport& report) { return report.incarnation != 0; });
    for (std::size_t i = 0; i < reports.size() && is_used; ++i)
        if (!reports[i].has_file)
            refuse(i,
                   text_of(reports[i].path) +
                       ": is missing. It held what this node promised and accepted, so the node "
                       "must not take part again (S24); start each node where its file is, restore "
                       "the file, or remove the directories of all hosts",
                   false);
    return result;
}

}  // namespace paxos::cluster
