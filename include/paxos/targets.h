// Whom a proposer asks: everyone, or with thrifty the nearest majority that answers in time. And how long it waits.
#pragma once

#include <algorithm>

#include "paxos/options.h"

namespace paxos {

class Targets {
public:
    explicit Targets(const Options& options) : options_(options) { choose(); }

    /// The peers to ask; with this node's own vote they make a quorum.
    [[nodiscard]] NodeMask get() const { return targets_; }

    /// `silent` have not answered in time: they leave the preferred majority until they are heard again.
    void miss(NodeMask silent) {
        if (!options_.thrifty || silent.empty()) return;
        late_ = late_ | silent;
        choose();
    }
    void hear(NodeId node) {
        if (!late_.has(node)) [[likely]]
            return;
        late_.remove(node);
        choose();
    }

private:
    void choose() {
        targets_ = options_.others();
        if (!options_.thrifty) return;
        targets_ = NodeMask{};
        take(options_.others() - late_);
        take(late_);
    }
    /// Takes nodes of `from`, next higher numbers first, until there are enough.
    void take(NodeMask from) {
        const std::size_t wanted = Quorum{options_.nodes}.size() - 1;
        for (std::size_t step = 1; step < options_.nodes && targets_.count() < wanted; ++step) {
            const auto node = static_cast<NodeId>((options_.self + step) % options_.nodes);
            if (from.has(node)) targets_.add(node);
        }
    }

    Options options_;
    NodeMask late_;
    NodeMask targets_;
};

/// Smoothed time from a request to its quorum (RFC 6298 without the variance), and the patience derived from it.
class RoundTrip {
public:
    explicit RoundTrip(const Timing& timing)
        : min_ns_(timing.retransmit_min_ns),
          max_ns_(timing.retransmit_max_ns),
          smoothed_ns_(timing.retransmit_max_ns / 8) {}

    void sample(std::uint32_t taken_us) {
        const Tick taken_ns = Tick{taken_us} * 1000;
        smoothed_ns_ = smoothed_ns_ - smoothed_ns_ / 8 + taken_ns / 8;
    }
    /// How long to wait before asking again: eight times the usual, because nodes that share a core answer in turns
    /// and a needless repeat costs everyone; within the bounds of Timing.
    [[nodiscard]] Tick patience_ns() const {
        return std::clamp(8 * smoothed_ns_, min_ns_, max_ns_);
    }
    /// The same for what was asked again `resent` times already: doubled each time, up to the most.
    [[nodiscard]] Tick patience_ns(unsigned resent) const {
        return std::min(patience_ns() << std::min(resent, 8U), max_ns_);
    }
    /// How long to wait for an answer that others have overtaken: half as long again as the usual, because the usual is
    /// a mean.
    [[nodiscard]] Tick patience_overtaken_ns() const {
        return std::clamp(smoothed_ns_ + smoothed_ns_ / 2, min_ns_ / 4, max_ns_);
    }

private:
    Tick min_ns_, max_ns_, smoothed_ns_;
};

}  // namespace paxos
