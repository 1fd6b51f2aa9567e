// Connects a node's loop to the peers: the communicator, the order of sends, and injected faults.
#pragma once

#include <memory>
#include <span>

#include "io/communicator.h"
#include "node/fault_injector.h"
#include "node/plan.h"
#include "node/send_order.h"

namespace paxos::node {

class Transport {
public:
    static constexpr std::size_t arrivals_max = limits::receives_per_turn *
                                                (65536 / limits::header_size + 1);

    Transport(std::unique_ptr<io::Communicator> communicator, const Plan& plan, NodeId self)
        : communicator_(std::move(communicator)),
          datagram_size_(plan.datagram_size),
          order_(plan.nodes),
          unreached_(plan.faults.unreached_by(self, plan.nodes)) {
        if (plan.faults.touch_datagrams())
            injector_ = std::make_unique<FaultInjector>(plan.faults, mix(plan.seed + self),
                                                        datagram_size_);
    }

    std::size_t exchange() { return communicator_->exchange(); }
    void send_only() { communicator_->send_only(); }
    [[nodiscard]] std::span<const io::Received> received() const {
        return communicator_->received();
    }
    void note_heard(NodeId node) { order_.note_heard(node); }
    void send(std::span<const Send> sends, NodeMask ended, Tick now) {
        if (injector_) [[unlikely]]
            return send_through_injector(sends, ended, now);
        for (const Send& send : sends)
            order_.for_each(send.to, [&](NodeId to) { queue(to, send.bytes, send.size(), ended); });
    }

    [[nodiscard]] io::Communicator& communicator() { return *communicator_; }
    [[nodiscard]] const io::Communicator& communicator() const { return *communicator_; }
    [[nodiscard]] FaultInjector::Counters injected() const {
        FaultInjector::Counters counters = injector_ ? injector_->counters()
                                                     : FaultInjector::Counters{};
        counters.lost += lost_to_cuts_;
        return counters;
    }

private:
    void send_through_injector(std::span<const Send> sends, NodeMask ended, Tick now) {
        injector_->take(sends, now);
        for (const FaultInjector::Batch& batch : injector_->due(now))
            queue(batch.to, batch.bytes, batch.size, ended);
    }
    /// Every send of this node goes through this function. Drops sends to ended nodes (S41) and
    /// over paths that --faults cuts.
    void queue(NodeId to, const std::byte* bytes, std::size_t size, NodeMask ended) {
        if ((ended | unreached_).has(to)) [[unlikely]] {
            if (!ended.has(to)) lost_to_cuts_ += (size + datagram_size_ - 1) / datagram_size_;
            return;
        }
        communicator_->queue(to, bytes, size, datagram_size_);
    }

    std::unique_ptr<io::Communicator> communicator_;
    const std::size_t datagram_size_;
    SendOrder order_;
    const NodeMask unreached_;  // Nodes to which --faults cuts the path.
    std::unique_ptr<FaultInjector> injector_;
    std::uint64_t lost_to_cuts_ = 0;  // Datagrams not sent, because their path is cut.
};

}  // namespace paxos::node
