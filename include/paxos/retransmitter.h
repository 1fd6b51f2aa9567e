// A proposer's retransmissions: of requests whose timeout has expired, and of requests that answers
// for later slots have overtaken.
//
// Fast retransmission (compare RFC 5681): requests of one phase are sent and answered in slot
// order. If an acceptor has answered for a later slot but not for this one, the request for this
// slot or the answer to it was probably lost. The proposer notices this after about one round trip.
// The timeout is eight round trips, because an acceptor that shares its core answers late.
// Reordering, for example between two teams (targets.h) of different speed, costs an unneeded
// retransmission.
//
// Congestion (multiplicative decrease): if requests time out although no answer has overtaken them,
// more is in flight than the peers can handle. The budget, which is the number of slots that one
// scan may retransmit, is then halved; it grows by one for each slot learned. The lowest slots are
// retransmitted first.
#pragma once

#include <algorithm>
#include <array>

#include "paxos/targets.h"
#include "paxos/window.h"

namespace paxos {

template <class Limits>
class Retransmitter {
public:
    /// Called when `from` has sent a message of `kind` about slots below `slot_end`. If the message
    /// is an answer, it overtakes the requests of its phase to `from` for lower slots.
    void note(NodeId from, MessageKind kind, Slot slot_end) {
        if (kind != MessageKind::promise && kind != MessageKind::accepted) return;
        const bool is_promise = kind == MessageKind::promise;
        Slot& end = answered_end_[index_of(is_promise ? ProposerPhase::prepare
                                                      : ProposerPhase::accept)][from];
        end = std::max(end, slot_end);
    }

    /// Calls `retransmit(slots, missing)` for the requests of `window` that are due. All of `slots`
    /// have the same state, and `missing` are the nodes to send to. Nodes that were asked and have
    /// not answered in time leave their team (Targets). This node has learned every slot below
    /// `learned`.
    template <class Retransmit>
    void scan(Window<Limits>& window, const RoundTrip& round_trip, NodeMask others, Slot learned,
              Tick now, Targets& targets, Retransmit&& retransmit) {
        if (now < scan_at_ || window.empty()) return;
        const Tick timeout = round_trip.fast_retransmit_timeout_ns();
        scan_at_ = now + timeout / 2;
        budget_ = std::min<std::uint64_t>(budget_ + learned - learned_then_, Limits::window_max);
        learned_then_ = learned;
        found_count_ = found_slots_ = group_count_ = 0;
        groups_.fill(NodeMask{});
        bool is_any_overdue = false;
        late_ = NodeMask{};
        for (SlotRange rest{window.first(), window.next()};
             !rest.empty() && found_slots_ < budget_;) {
            const auto [slots, asked] = window.piece(rest);
            rest.first = slots.end;
            if (asked.phase == ProposerPhase::done) continue;
            const std::uint32_t waited_us = microseconds(now) - asked.sent_us;
            if (waited_us < microseconds(timeout)) continue;
            const NodeMask silent = others - asked.votes;
            if (waited_us >= microseconds(timeout_ns(asked, round_trip))) {
                // A fast-retransmitted request was probably lost. Only the timeout of a request
                // that was not overtaken is a sign of congestion.
                is_any_overdue = is_any_overdue || (!silent.empty() && !asked.fast_retransmitted);
                find(window, {slots, asked}, silent, true, now, targets);
            } else if (!asked.fast_retransmitted) {
                find_overtaken(window, {slots, asked}, silent & targets.of(asked.team), now,
                               targets);
            }
        }
        if (is_any_overdue) budget_ = std::max(budget_ / 2, budget_min);
        targets.miss(late_, found_slots_);
        for (std::size_t i = 0; i < found_count_; ++i)
            retransmit(found_[i].slots, groups_[found_[i].group]);
    }

private:
    using Piece = typename Window<Limits>::Piece;
    struct Found {
        SlotRange slots;
        std::size_t group;
    };

    /// Marks the slots of `asked` for retransmission to `missing`, as many of them as the budget
    /// allows.
    void find(Window<Limits>& window, Piece asked, NodeMask missing, bool is_overdue, Tick now,
              const Targets& targets) {
        SlotRange& slots = asked.slots;
        slots.end = std::min(slots.end, slots.first + (budget_ - found_slots_));
        if (missing.empty() || slots.empty()) return;
        late_ = late_ | (missing & targets.of(asked.state.team));
        asked.state.sent_us = microseconds(now);
        // The timeout backs off only if it has expired. A slot is fast-retransmitted only once. The
        // reason is that a fast retransmission restarts the timeout, and goes only to nodes that
        // have answered for later slots. If such a node died, repeated fast retransmissions would
        // go to the dead node forever, and the timeout would never expire. When the timeout does
        // expire, the request goes to all silent nodes.
        if (is_overdue)
            asked.state.resent = static_cast<std::uint8_t>(std::min(asked.state.resent + 1, 255));
        else
            asked.state.fast_retransmitted = true;
        window.set(slots, asked.state);
        found_slots_ += slots.size();
        found_[found_count_++] = {slots, group_of(missing)};
    }
    /// Marks the slots of `asked` for which some node of `silent` has not answered although it has
    /// answered for later slots. Divides these slots into parts, in each of which the same nodes
    /// are missing.
    void find_overtaken(Window<Limits>& window, const Piece& asked, NodeMask silent, Tick now,
                        const Targets& targets) {
        const auto& answered_end = answered_end_[index_of(asked.state.phase)];
        for (SlotRange rest = asked.slots; !rest.empty();) {
            const NodeMask missing = overtaken(rest.first, asked.state.phase, silent);
            if (missing.empty()) return;
            SlotRange part = rest;
            missing.for_each(
                [&](NodeId node) { part.end = std::min(part.end, answered_end[node] - 1); });
            find(window, {part, asked.state}, missing, false, now, targets);
            rest.first = part.end;
        }
    }

    static Tick timeout_ns(const Asked& asked, const RoundTrip& round_trip) {
        return asked.fast_retransmitted ? round_trip.repeated_fast_timeout_ns(asked.resent)
                                        : round_trip.retransmit_timeout_ns(asked.resent);
    }
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
    /// A group is a set of nodes to which one scan retransmits slots. Returns the index of a group
    /// that contains `nodes`. Each group needs a send of its own and the number of sends in a step
    /// is bounded, so the number of groups is bounded too. If all groups are in use, `nodes` joins
    /// the last group.
    std::size_t group_of(NodeMask nodes) {
        std::size_t group = 0;
        while (group < group_count_ && groups_[group] != nodes) ++group;
        group = std::min(group, groups_.size() - 1);
        group_count_ = std::max(group_count_, group + 1);
        groups_[group] = groups_[group] | nodes;
        return group;
    }

    /// The budget is not halved below this: three datagrams full of messages about one slot each,
    /// or a whole window if that is less.
    static constexpr std::uint64_t budget_min = std::min<std::uint64_t>(63, Limits::window_max);

    Tick scan_at_ = 0;
    std::uint64_t budget_ = Limits::window_max;  // Slots that one scan may retransmit.
    Slot learned_then_ = 0;
    std::array<std::array<Slot, limits::nodes_max>, 2> answered_end_{};  // By phase.
    std::size_t group_count_ = 0;
    std::array<NodeMask, limits::retransmit_groups> groups_{};
    NodeMask late_;                  // Nodes that were asked and have not answered in time.
    std::uint64_t found_slots_ = 0;  // At most `budget_`.
    std::size_t found_count_ = 0;
    std::array<Found, Limits::window_max> found_{};
};

}  // namespace paxos
