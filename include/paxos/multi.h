// `multi`: phase 1 once for the whole log, then ACCEPT, ACCEPTED, DECIDE a slot. One leader;
// take-over when it is silent.
//
// Invariants
// 1. The leader proposes in slot s only after a quorum has said what it had accepted there, empties
//    included (S16). Each slot counts its own quorum: promises that name it, and promises that say
//    "nothing from slot t on", t <= s.
// 2. Slots are recovered in order: [first, next) of the window are in phase 2 or decided, from
//    `next` on in phase 1.
// 3. A deposed leader declares only what a quorum accepted under its ballot, and proposes nothing
//    more (S17).
#pragma once

#include "paxos/proposer.h"

namespace paxos {

template <class Limits>
class Multi : public Proposer<Limits, PromiseScope::whole_log> {
public:
    explicit Multi(const Options& options);

    /// As Classic::step; besides, at most `answers_per_step` PROMISEs for a candidate.
    void step(const Input& input, Output<Limits>& output);

    /// Phase 1 is done for every slot from next_slot() on.
    [[nodiscard]] bool is_leading() const { return leading_ && this->campaign_.is_active(); }

private:
    friend struct Essence;  // Reads what a search tells two states apart by.

    using Base = Proposer<Limits, PromiseScope::whole_log>;
    using typename Base::Out;
    friend Replica<Limits, PromiseScope::whole_log>;  // Which calls the handlers.

    /// What promises reported of a slot above the window's `next`, until it is this slot's turn.
    struct Report {
        Slot slot;
        NodeMask votes;
        Ballot accepted;
        Value value;
    };

    void on_prepare(std::span<const Message> run, Out& output);
    void report(const Message& prepare, Out& output);
    void on_promise(std::span<const Message> run, Out& output);
    void take_promise(const Message& promise, Out& output);
    void on_accepted(std::span<const Message> run, Out& output);
    void begin_phase_1(Out& output);
    void recover(Out& output);
    [[nodiscard]] bool recover_next(Out& output);
    [[nodiscard]] NodeMask silent_from(Slot slot) const;
    void propose(const Proposals& proposals, Out& output);
    void prepare_again(Out& output);
    void decided(SlotRange chosen, NodeMask by, Out& output);
    void tell_decided(Out& output);
    [[nodiscard]] Report& report_of(Slot slot) { return reports_[slot & (Limits::window_max - 1)]; }

    bool leading_ = false;
    Tick prepared_at_ = 0;
    // By node: it accepted nothing from this slot on.
    std::array<Slot, limits::nodes_max> silent_from_{};
    Message untold_{};    // A DECIDE growing while its slots are neighbours of one quorum.
    NodeMask untold_to_;  // Who was asked to accept in them.
    std::array<Report, Limits::window_max> reports_{};
};

extern template class Multi<limits::Standard>;
extern template class Multi<limits::Small>;
extern template class Multi<limits::Tiny>;
extern template class Multi<limits::Pair>;

}  // namespace paxos
