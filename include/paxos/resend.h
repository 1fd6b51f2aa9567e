// What a proposer says again: requests that have waited too long, and those that later answers have
// overtaken.
//
// Requests of a phase are sent in the order of their slots, and answered in order. So whoever has
// answered for a later slot will not answer for this one any more: the request was lost, or the
// answer. That shows within a round trip, where mere silence may be a neighbour's turn and has to
// be borne for several. An order that is broken, as by two teams of which one is quicker, costs a
// repeat too many.
//
// Where everything is overdue, more is under way than the others can take, and all of it said again
// would be more yet: each time half as much is, the lowest slots first, and as many slots more as
// were learned meanwhile.
#pragma once

#include <algorithm>
#include <array>

#include "paxos/targets.h"
#include "paxos/window.h"

namespace paxos {

template <class Limits>
class Resend {
public:
    /// `from` has said something of `kind` about `slot`. An answer is one for whatever it was asked
    /// before, too.
    void note(NodeId from, MessageKind kind, Slot slot) {
        if (kind != MessageKind::promise && kind != MessageKind::accepted) return;
        const bool is_promise = kind == MessageKind::promise;
        Slot& end = answered_end_[index_of(is_promise ? ProposerPhase::prepare
                                                      : ProposerPhase::accept)][from];
        end = std::max(end, slot + 1);
    }

    /// Calls `say(asked, missing)` for each request of `window` that is to be said again, to the
    /// nodes `missing`. Who is late in this, though asked, leaves its team. Slots below `learned`
    /// are learned here.
    template <class Say>
    void look(Window<Limits>& window, const RoundTrip& round_trip, NodeMask others, Slot learned,
              Tick now, Targets& targets, Say&& say) {
        if (now < look_at_ || window.empty()) return;
        const Tick patience = round_trip.patience_overtaken_ns();
        look_at_ = now + patience / 2;
        room_ = std::min<std::uint64_t>(room_ + learned - learned_then_, Limits::window_max);
        learned_then_ = learned;
        found_count_ = group_count_ = 0;
        groups_.fill(NodeMask{});
        bool is_any_overdue = false;
        NodeMask late;
        for (Slot slot = window.first(); slot < window.next() && found_count_ < room_; ++slot) {
            ProposerSlot& asked = window.at(slot);
            if (asked.phase == ProposerPhase::done) continue;
            const std::uint32_t waited_us = microseconds(now) - asked.sent_us;
            if (waited_us < microseconds(patience)) continue;
            const NodeMask silent = others - asked.votes;
            const bool is_overdue = waited_us >= microseconds(round_trip.patience_ns(asked.resent));
            if (asked.hurried && !is_overdue) continue;
            const NodeMask missing = is_overdue ? silent
                                                : overtaken(slot, asked.phase,
                                                            silent & targets.of(asked.team));
            if (missing.empty()) continue;
            late = late | (missing & targets.of(asked.team));
            is_any_overdue = is_any_overdue || is_overdue;
            asked.sent_us = microseconds(now);
            // Only where nothing came at all does patience grow: what has been overtaken is lost,
            // not late. But only once before all the silent are asked: who answered for a later
            // slot and died would be asked alone for ever.
            asked.hurried = !is_overdue;
            if (is_overdue)
                asked.resent = static_cast<std::uint8_t>(std::min(asked.resent + 1, 255));
            found_[found_count_++] = {slot, group_of(missing)};
        }
        if (is_any_overdue) room_ = std::max(room_ / 2, room_min);
        targets.miss(late, found_count_);
        for (std::size_t i = 0; i < found_count_; ++i)
            say(window.at(found_[i].slot), groups_[found_[i].group]);
    }

private:
    struct Found {
        Slot slot;
        std::size_t group;
    };

    static std::size_t index_of(ProposerPhase phase) {
        return phase == ProposerPhase::accept ? 1 : 0;
    }
    /// Those of `silent` that have answered for slots above `slot`.
    [[nodiscard]] NodeMask overtaken(Slot slot, ProposerPhase phase, NodeMask silent) const {
        NodeMask overtaken;
        silent.for_each([&](NodeId node) {
            if (answered_end_[index_of(phase)][node] > slot + 1) overtaken.add(node);
        });
        return overtaken;
    }
    /// A send goes to one set of nodes and the outbox has a bound on sends, so there are few such
    /// sets: who comes when all are taken joins the last.
    std::size_t group_of(NodeMask nodes) {
        std::size_t group = 0;
        while (group < group_count_ && groups_[group] != nodes) ++group;
        group = std::min(group, groups_.size() - 1);
        group_count_ = std::max(group_count_, group + 1);
        groups_[group] = groups_[group] | nodes;
        return group;
    }

    /// Three datagrams: as little as any window may shrink to, and never less than a tiny one.
    static constexpr std::uint64_t room_min = std::min<std::uint64_t>(63, Limits::window_max);

    Tick look_at_ = 0;
    std::uint64_t room_ = Limits::window_max;  // Slots that may be asked again at once.
    Slot learned_then_ = 0;
    std::array<std::array<Slot, limits::nodes_max>, 2> answered_end_{};  // By phase.
    std::size_t group_count_ = 0;
    std::array<NodeMask, limits::resend_groups> groups_{};
    std::size_t found_count_ = 0;
    std::array<Found, Limits::window_max> found_{};
};

}  // namespace paxos
