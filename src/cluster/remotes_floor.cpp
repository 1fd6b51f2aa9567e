// Measures the floor, the cost of UDP without a protocol, between hosts. Each launcher starts a
// process for this. The process of the launcher with rank 0 measures, and the others answer.
#include <algorithm>
#include <span>

#include <poll.h>

#include "cluster/remotes.h"
#include "measure/bare_sender.h"

namespace paxos::cluster {
namespace {

bool is_readable(int fd) {
    pollfd watched{fd, POLLIN, 0};
    return ::poll(&watched, 1, 0) > 0;
}

}  // namespace

measure::FloorResult Remotes::measure_floor(const measure::FloorPlan& plan, std::uint16_t port,
                                            int signals, std::string& problem) {
    FloorOrder order;
    order.runs = plan.runs;
    order.phases = plan.phases;
    order.port = port;
    std::ranges::copy(plan.core_of, order.core_of.begin());
    std::ranges::copy(plan.machine_of, order.machine_of.begin());
    const measure::RunPart run = [&](measure::FloorPart part, const measure::BarePlan& bare,
                                     measure::BareFigures& figures, std::string& why) {
        if (part == measure::FloorPart::pipeline &&
            datagram_size_ < measure::BareSender::datagram_size) {
            why = "the MTU between the hosts is too small for the datagrams of this measurement";
            return measure::BareEnd::failed;
        }
        order.part = part;
        order.nodes = static_cast<std::uint32_t>(bare.core_of.size());
        return run_floor(order, bare, signals, figures, why);
    };
    return measure::measure_floor(plan, run, problem);
}

measure::BareEnd Remotes::run_floor(const FloorOrder& order, const measure::BarePlan& bare,
                                    int signals, measure::BareFigures& figures,
                                    std::string& problem) {
    const std::span<Remote> others = std::span(remotes_).first(order.nodes - 1);
    measure::BareCluster own(bare);
    const std::uint16_t port = order.port == 0 ? own_address_.port() : order.port;
    auto end = measure::BareEnd::failed;
    if (own.open(own_address_.at(port), 0, 1, problem) &&
        order_floor(others, Order::floor, order, signals, problem)) {
        Members members;
        members.receivers[0] = own.own().front();
        for (std::size_t i = 0; i < others.size(); ++i)
            members.receivers[i + 1] = others[i].floor->address;
        for (Remote& remote : others)
            static_cast<void>(send(remote.channel, Order::floor_start, members));
        const auto first = members.receivers.begin();
        if (own.start({first, first + order.nodes}, problem)) end = own.wait(signals, problem);
    }
    std::string why;  // Ignored. If a launcher has ended, the next run of the cluster reports it.
    const bool have_ended = order_floor(others, Order::floor_end, FloorOrder{}, signals, why);
    if (is_readable(signals)) return measure::BareEnd::stopped;
    if (end != measure::BareEnd::measured || !have_ended) return measure::BareEnd::failed;
    figures = own.figures();
    for (const Remote& remote : others) {
        figures.dropped += remote.floor->dropped;
        figures.refused += remote.floor->refused;
    }
    return end;
}

bool Remotes::order_floor(std::span<Remote> others, Order order, const FloorOrder& content,
                          int signals, std::string& problem) {
    for (Remote& remote : others) {
        remote.floor.reset();
        static_cast<void>(send(remote.channel, order, content));
    }
    await_answers(
        others, [](const Remote& remote) { return remote.floor.has_value(); }, answer_timeout_ns_,
        signals);
    for (const Remote& remote : others) {
        if (!remote.floor)
            problem = remote.absence();
        else if (remote.floor->error.front() != '\0')
            problem = remote.name + ": " + text_of(remote.floor->error);
        else
            continue;
        return false;
    }
    return true;
}

}  // namespace paxos::cluster
