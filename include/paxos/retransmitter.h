// A proposer's retransmissions: of requests whose timeout has expired, and of requests that answers
// for later slots have overtaken.
//
// Fast retransmission (compare RFC 5681): requests of one phase are sent and answered in slot
// order. If an acceptor has answered for a later slot, the request for this slot, or its answer,
// was lost. This is known after about one round trip; the timeout is several, because an acceptor
// that shares its core answers late. Reordering, for example between two teams of different speed,
// costs an unneeded retransmission.
//
// Congestion (multiplicative decrease): if requests time out, more is in flight than the peers can
// handle. The number of slots that one scan may retransmit is then halved; it grows by one for each
// slot learned. The lowest slots come first.
#pragma once

#include <algorithm>
#include <array>

#include "paxos/targets.h"
#include "paxos/window.h"

namespace paxos {

template <class Limits>
class Retransmitter {
public:
    /// `from` sent a message of `kind` about `slot`. If it is an answer, it overtakes all requests
    /// for lower slots.
    void note(NodeId from, MessageKind kind, Slot slot) {
        if (kind != MessageKind::promise && kind != MessageKind::accepted) return;
        const bool is_promise = kind == MessageKind::promise;
        Slot& end = answered_end_[index_of(is_promise ? ProposerPhase::prepare
                                                      : ProposerPhase::accept)][from];
        end = std::max(end, slot + 1);
    }

    /// Calls `retransmit(asked, missing)` for each request of `window` that is due, `missing` being
    /// the nodes to send it to. Nodes that were asked and have not answered leave their team. Every
    /// slot below `learned` is learned here.
    template <class Retransmit>
    void scan(Window<Limits>& window, const RoundTrip& round_trip, NodeMask others, Slot learned,
              Tick now, Targets& targets, Retransmit&& retransmit) {
        if (now < scan_at_ || window.empty()) return;
        const Tick timeout = round_trip.fast_retransmit_timeout_ns();
        scan_at_ = now + timeout / 2;
        budget_ = std::min<std::uint64_t>(budget_ + learned - learned_then_, Limits::window_max);
        learned_then_ = learned;
        found_count_ = group_count_ = 0;
        groups_.fill(NodeMask{});
        bool is_any_overdue = false;
        NodeMask late;
        for (Slot slot = window.first(); slot < window.next() && found_count_ < budget_; ++slot) {
            ProposerSlot& asked = window.at(slot);
            if (asked.phase == ProposerPhase::done) continue;
            const std::uint32_t waited_us = microseconds(now) - asked.sent_us;
            if (waited_us < microseconds(timeout)) continue;
            const NodeMask silent = others - asked.votes;
            const bool is_overdue = waited_us >=
                                    microseconds(round_trip.retransmit_timeout_ns(asked.resent));
            if (asked.fast_retransmitted && !is_overdue) continue;
            const NodeMask missing = is_overdue ? silent
                                                : overtaken(slot, asked.phase,
                                                            silent & targets.of(asked.team));
            if (missing.empty()) continue;
            late = late | (missing & targets.of(asked.team));
            is_any_overdue = is_any_overdue || is_overdue;
            asked.sent_us = microseconds(now);
            // The timeout backs off only if it has expired: an overtaken request is lost, not late.
            // A slot is fast-retransmitted once; then all silent nodes are asked. Otherwise a node
            // that answered for a later slot and died would be asked alone forever.
            asked.fast_retransmitted = !is_overdue;
            if (is_overdue)
                asked.resent = static_cast<std::uint8_t>(std::min(asked.resent + 1, 255));
            found_[found_count_++] = {slot, group_of(missing)};
        }
        if (is_any_overdue) budget_ = std::max(budget_ / 2, budget_min);
        targets.miss(late, found_count_);
        for (std::size_t i = 0; i < found_count_; ++i)
            retransmit(window.at(found_[i].slot), groups_[found_[i].group]);
    }

private:
    struct Found {
        Slot slot;
        std::size_t group;
    };

    static std::size_t index_of(ProposerPhase phase) {
        return phase == ProposerPhase::accept ? 1 : 0;
    }
    /// The nodes of `silent` that have answered for slots above `slot`.
    [[nodiscard]] NodeMask overtaken(Slot slot, ProposerPhase phase, NodeMask silent) const {
        NodeMask overtaken;
        silent.for_each([&](NodeId node) {
            if (answered_end_[index_of(phase)][node] > slot + 1) overtaken.add(node);
        });
        return overtaken;
    }
    /// The index of a group that contains `nodes`. A send goes to one set of nodes and the number
    /// of sends is bounded, so there are few groups. If all are in use, `nodes` joins the last one.
    std::size_t group_of(NodeMask nodes) {
        std::size_t group = 0;
        while (group < group_count_ && groups_[group] != nodes) ++group;
        group = std::min(group, groups_.size() - 1);
        group_count_ = std::max(group_count_, group + 1);
        groups_[group] = groups_[group] | nodes;
        return group;
    }

    /// Three full datagrams, or a whole window if that is less.
    static constexpr std::uint64_t budget_min = std::min<std::uint64_t>(63, Limits::window_max);

    Tick scan_at_ = 0;
    std::uint64_t budget_ = Limits::window_max;  // Slots that one scan may retransmit.
    Slot learned_then_ = 0;
    std::array<std::array<Slot, limits::nodes_max>, 2> answered_end_{};  // By phase.
    std::size_t group_count_ = 0;
    std::array<NodeMask, limits::retransmit_groups> groups_{};
    std::size_t found_count_ = 0;
    std::array<Found, Limits::window_max> found_{};
};

}  // namespace paxos
