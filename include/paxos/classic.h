// `classic`: every slot goes through both phases of "Paxos Made Simple", with PREPARE, PROMISE,
// ACCEPT, ACCEPTED and DECIDE. Several proposers may compete for the same slots (duel).
//
// A variant of the protocol defines how a proposer performs phase 1. It is a class in a file of its
// own, with the public interface of Classic; it has a line in variants.h and a name in options.h.
#pragma once

#include "paxos/replica.h"

namespace paxos {

template <class Limits>
class Classic {
public:
    static constexpr PromiseScope scope = PromiseScope::slot;  ///< A promise covers one slot.
    static constexpr unsigned phases = 2;                      ///< Phases that each slot needs.
    static constexpr bool duels = true;                        ///< See Election.

    using Node = Shared<Limits, scope>;
    using Own = Proposer<Limits, Classic>;
    using Out = Output<Limits>;
    using Piece = typename Window<Limits>::Piece;

    explicit Classic(const Options&) {}

    void on_prepare(const Run& run, Own& own, Node& node, Out& output);
    void on_promise(const Run& run, Own& own, Node& node, Out& output);

    /// Called when a ballot begins. There is no phase 1 for the log: every slot has its own.
    void begin(Own& own, Node&, Out&) { own.election.lead_log(); }
    /// Called in each step until phase 1 for the log is done. In classic it is never called.
    void prepare(Own&, Node&, Out&) {
        PAXOS_UNREACHABLE("classic has no phase 1 for the whole log");
    }
    /// Sends the first request for `slots`, which were just opened. Returns false if the proposer
    /// was preempted.
    [[nodiscard]] bool open(Own& own, SlotRange slots, Node& node, Out& output);
    /// Sends a DECIDE for the slots of `chosen`. The DECIDE names the nodes that accepted in these
    /// slots.
    void announce(Own& own, const Piece& chosen, Node& node, Out& output);
    /// Sends the DECIDE that announce() has held back, if any. Classic holds none back.
    void flush(Node&, Out&) {}
    /// Asserts the invariants of phase 1, at the end of a step.
    void check(const Own& own) const { PAXOS_ASSERT(own.election.lead() != Lead::preparing); }

private:
    bool on_quorum(Own& own, const Piece& promised, Node& node, Out& output);
};

extern template class Replica<limits::Standard, Classic>;
extern template class Replica<limits::Small, Classic>;
extern template class Replica<limits::Tiny, Classic>;
extern template class Replica<limits::Pair, Classic>;

}  // namespace paxos
