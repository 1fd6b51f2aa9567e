// `classic`: every slot goes through both phases of "Paxos Made Simple", all five messages.
// Proposers may duel.
//
// A variant of the protocol is the policy of a proposer's first phase: a class with this one's
// public face in a file of its own. Add a line for it in variants.h, its name in options.h.
#pragma once

#include "paxos/replica.h"

namespace paxos {

template <class Limits>
class Classic {
public:
    static constexpr PromiseScope scope = PromiseScope::slot;  ///< What a promise is for.
    static constexpr unsigned phases = 2;                      ///< Phases that each slot needs.
    static constexpr bool duels = true;  ///< A preempted designated proposer resumes.

    using Node = Shared<Limits, scope>;
    using Own = Proposer<Limits, Classic>;
    using Out = Output<Limits>;

    explicit Classic(const Options&) {}

    void on_prepare(std::span<const Message> run, Own& own, Node& node, Out& output);
    void on_promise(std::span<const Message> run, Own& own, Node& node, Out& output);

    /// A ballot begins. No phase 1 for the log: every slot has its own.
    void begin(Own& own, Node&, Out&) { own.election.lead_log(); }
    /// Phase 1 for the log, while the proposer is preparing.
    void prepare(Own&, Node&, Out&) { PAXOS_UNREACHABLE("classic leads from the start"); }
    /// The first request for the slot in `asked`. False: this proposer was preempted.
    [[nodiscard]] bool open(Own& own, ProposerSlot& asked, Node& node, Out& output);
    /// The request that `asked` waits for, once more.
    [[nodiscard]] Message request_of(const Own& own, const ProposerSlot& asked,
                                     const Node& node) const;
    /// The slots of `chosen` were decided by the quorum `by`: sends it.
    void announce(Own& own, SlotRange chosen, NodeMask by, Node& node, Out& output);
    /// Sends what announce() has held back.
    void flush(Node&, Out&) {}
    /// Asserts the invariants of phase 1, at the end of a step.
    void check(const Own& own) const { PAXOS_ASSERT(own.election.lead() != Lead::preparing); }

private:
    bool on_majority(Own& own, ProposerSlot& asked, Node& node, Out& output);
};

extern template class Replica<limits::Standard, Classic>;
extern template class Replica<limits::Small, Classic>;
extern template class Replica<limits::Tiny, Classic>;
extern template class Replica<limits::Pair, Classic>;

}  // namespace paxos
