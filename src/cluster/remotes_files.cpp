// What rank 0, the launcher of n0, does with the files of a durable cluster before the first run.
#include <algorithm>
#include <chrono>
#include <future>

#include "cluster/remotes.h"
#include "measure/disk_floor.h"

namespace paxos::cluster {

void Remotes::beside(const std::function<void()>& work) {
    const std::future<void> done = std::async(std::launch::async, work);
    while (done.wait_for(std::chrono::milliseconds(2)) != std::future_status::ready) step();
}

bool Remotes::open_files(const std::string& directory, const node::Plan& plan,
                         node::LogFiles& files, int signals, FilesFault& fault) {
    are_durable_ = !directory.empty();
    for (const Remote& remote : remotes_)
        if (remote.card.is_durable != are_durable_) {
            fault = {.text = (are_durable_ ? "n0 has --durable, and " + remote.name + " does not"
                                           : remote.name + " has --durable, and n0 does not") +
                             "; give every process a directory on its own host",
                     .is_contradicted = true};
            return false;
        }
    if (!are_durable_) return true;
    HostFiles own(directory, 0);
    if (!agree_on_files(plan, own, signals, fault)) return false;
    files = *own.opened();
    return true;
}

bool Remotes::agree_on_files(const node::Plan& plan, HostFiles& own, int signals,
                             FilesFault& fault) {
    FilesOrder order{.step = FilesStep::examine,
                     .protocol = plan.protocol,
                     .nodes = plan.nodes,
                     .accept_quorum = recorded_accept_quorum(plan)};
    std::vector<FilesReport> reports;
    if (!order_files(order, own, reports, signals, fault)) return false;
    const FilesAgreement agreement = agree(reports);
    fault = agreement.fault;
    if (!fault.text.empty()) {
        fault.text = name_of(agreement.node) + ": " + fault.text;
        return false;
    }
    order.step = FilesStep::open;
    order.cluster = agreement.cluster;
    if (agreement.is_new && !store::draw_id(order.cluster, fault.text)) return false;
    bool are_open = order_files(order, own, reports, signals, fault);
    for (std::size_t i = 0; i < reports.size() && are_open; ++i) {
        const std::string error = text_of(reports[i].error);
        if (error.empty()) continue;
        fault.text = name_of(static_cast<NodeId>(i)) + ": " + error;
        are_open = false;
    }
    if (!are_open) {
        order.step = FilesStep::undo;
        FilesFault ignored;  // The failure of FilesStep::open is reported instead.
        static_cast<void>(order_files(order, own, reports, signals, ignored));
        return false;
    }
    for (std::size_t i = 0; i < nodes(); ++i)
        hosts_[i].file_system = text_of(reports[i].file_system);
    return true;
}

bool Remotes::order_files(const FilesOrder& order, HostFiles& own,
                          std::vector<FilesReport>& reports, int signals, FilesFault& fault) {
    for (Remote& remote : remotes_) {
        remote.files.reset();
        static_cast<void>(send(remote.channel, Order::files, order));
    }
    reports.assign(1, FilesReport{});
    beside([&] { reports.front() = own.obey(order); });
    await_answers(
        remotes_, [](const Remote& remote) { return remote.files.has_value(); }, files_timeout_ns,
        signals);
    for (const Remote& remote : remotes_) {
        if (remote.files)
            reports.push_back(*remote.files);
        else if (fault.text.empty())
            fault.text = remote.absence();
    }
    return reports.size() == nodes();
}

double Remotes::measure_disk_floor(const std::string& directory, int signals,
                                   std::string& problem) {
    for (Remote& remote : remotes_) {
        remote.disk_floor.reset();
        static_cast<void>(send(remote.channel, Order::disk_floor));
    }
    std::vector<double> times(1);
    beside([&] { times.front() = measure::measure_disk_floor(directory, 1, problem); });
    await_answers(
        remotes_, [](const Remote& remote) { return remote.disk_floor.has_value(); },
        files_timeout_ns, signals);
    for (const Remote& remote : remotes_) {
        if (!problem.empty()) break;
        if (!remote.disk_floor)
            problem = remote.absence();
        else if (const std::string why = text_of(remote.disk_floor->problem); !why.empty())
            problem = remote.name + ": " + why;
        else
            times.push_back(remote.disk_floor->flush_ns_p50);
    }
    if (!problem.empty()) return 0;
    std::ranges::nth_element(times, times.begin() + std::ssize(times) / 2);
    return times[times.size() / 2];
}

}  // namespace paxos::cluster
