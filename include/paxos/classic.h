// `classic`: every slot goes through both phases of "Paxos Made Simple", all five messages.
// Proposers may duel.
//
// A variant of the protocol is a class with this one's public face. To add one: derive from
// Proposer, write its file, name it in variants.h.
#pragma once

#include "paxos/proposer.h"

namespace paxos {

template <class Limits>
class Classic : public Proposer<Limits, PromiseScope::slot> {
public:
    explicit Classic(const Options& options);

    /// Takes what has arrived, says what follows from it, opens what may be opened. At most one
    /// answer a message, `answers_per_step` DECIDEs for those who catch up, and two requests a slot
    /// of the window.
    void step(const Input& input, Output<Limits>& output);

private:
    using Base = Proposer<Limits, PromiseScope::slot>;
    using typename Base::Out;
    friend Replica<Limits, PromiseScope::slot>;  // Which calls the handlers.

    void on_prepare(std::span<const Message> run, Out& output);
    void on_promise(std::span<const Message> run, Out& output);
    void on_accepted(std::span<const Message> run, Out& output);
    void propose(const Proposals& proposals, Out& output);
    [[nodiscard]] Message prepare_of(const ProposerSlot& asked) const;
    void promised_by_majority(ProposerSlot& asked, Out& output);
    void decide_and_tell(SlotRange chosen, NodeMask by, Out& output);
};

extern template class Classic<limits::Standard>;
extern template class Classic<limits::Small>;
extern template class Classic<limits::Tiny>;
extern template class Classic<limits::Pair>;

}  // namespace paxos
