// `multi` performs phase 1 once for the whole log, then sends ACCEPT, ACCEPTED and DECIDE for each
// slot. There is one leader; another node takes over when the leader is silent.
//
// Invariants
// 1. The leader proposes in slot s only after every member of a quorum has reported what it had
//    accepted there, or that it had accepted nothing (S16). The quorum is counted for each slot: a
//    promise counts for s if it is for s, or if it reports "nothing accepted from slot t on" with
//    t <= s.
// 2. Slots are recovered in order. The window's slots [first, next) are in phase 2 or decided.
//    Until the log is recovered, slots from `next` on are in phase 1.
// 3. A deposed leader decides only what a quorum accepted at its ballot. It proposes nothing more
//    once its own acceptor has promised a higher ballot or a NACK has named one (S17).
#pragma once

#include "paxos/replica.h"

namespace paxos {

/// The public functions are documented in classic.h.
template <class Limits>
class Multi {
public:
    static constexpr PromiseScope scope = PromiseScope::whole_log;
    static constexpr unsigned phases = 1;
    static constexpr bool duels = false;

    using Node = Shared<Limits, scope>;
    using Own = Proposer<Limits, Multi>;
    using Out = Output<Limits>;
    using Piece = typename Window<Limits>::Piece;

    explicit Multi(const Options&) {}

    void on_prepare(const Run& run, Own& own, Node& node, Out& output);
    void on_promise(const Run& run, Own& own, Node& node, Out& output);
    void begin(Own& own, Node& node, Out& output);
    void prepare(Own& own, Node& node, Out& output);
    [[nodiscard]] bool open(Own& own, SlotRange slots, Node& node, Out& output) {
        return own.begin_accept(slots, node, output);
    }
    void announce(Own& own, const Piece& chosen, Node& node, Out& output);
    void flush(Node& node, Out& output);
    /// Asserts that no DECIDE remains unsent at the end of the step. If scans<Limits> (log.h) is
    /// true, also asserts that no slot of the window is in phase 1 (invariant 2).
    void check(const Own& own) const {
        PAXOS_ASSERT(unsent_.slot_count == 0);
        if constexpr (scans<Limits>)
            for (Slot slot = own.window.first(); slot < own.window.next(); ++slot)
                PAXOS_ASSERT(own.window.at(slot).phase != ProposerPhase::prepare);
    }

private:
    friend struct CanonicalState;  // For the exhaustive search (src/sim).

    /// What promises have reported for one slot, which is at or above own.window.next().
    struct Report {
        Slot slot;
        NodeMask votes;
        Ballot accepted;
        Value value;
    };

    void report(const Message& prepare, Node& node, Out& output);
    void take_promise(const Message& promise, Own& own, Node& node, Out& output);
    void ask_to_promise(Own& own, Node& node, Out& output);
    [[nodiscard]] bool recover_next(Own& own, Node& node, Out& output);
    void open_recovered(Own& own, const Report& known, NodeMask promised, Node& node, Out& output);
    [[nodiscard]] NodeMask accepted_nothing_from(Slot slot, const Node& node) const;
    [[nodiscard]] Report& report_of(Slot slot) { return reports_[slot & (Limits::window_max - 1)]; }

    Tick prepared_at_ = 0;
    // For each node, the slot from which on it has reported that it accepted nothing.
    std::array<Slot, limits::nodes_max> accepted_end_of_{};
    Message unsent_{};    // A DECIDE not sent yet. Adjacent slots of the same quorum join it.
    NodeMask unsent_to_;  // Who gets unsent_: the peers that were asked to accept in its slots.
    std::array<Report, Limits::window_max> reports_{};
};

extern template class Replica<limits::Standard, Multi>;
extern template class Replica<limits::Small, Multi>;
extern template class Replica<limits::Tiny, Multi>;
extern template class Replica<limits::Pair, Multi>;

}  // namespace paxos
