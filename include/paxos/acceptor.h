// The acceptor: promises ballots and accepts values. It sends nothing but answers to requests.
//
// Invariants
// 1. A promised ballot never decreases (S01, S05). The promise for a slot is kept in the log
//    until the slot is learned; a promise for the whole log is kept once, here.
// 2. accepted <= promised, in each slot that is not learned.
// 3. A promise or acceptance is recorded before its answer is sent (S06): see outbox.h.
#pragma once

#include <algorithm>

#include "paxos/log.h"
#include "paxos/options.h"
#include "paxos/step.h"

namespace paxos {

/// The scope of a promise: one slot (`classic`) or all slots of the log (`multi`).
enum class PromiseScope : std::uint8_t { slot, whole_log };

/// An acceptor's response to a request.
enum class Answer : std::uint8_t {
    yes,
    refused,     ///< A higher ballot was promised; see promised().
    decided,     ///< This node has learned the slot, and answers with a DECIDE.
    outside,     ///< Outside the ring, and not among the older decisions that History keeps.
    two_values,  ///< Another value was accepted in this slot at the same ballot (S11).
};

/// An answer about `slots`, a part of the requested slots: the longest prefix in which all slots
/// share one state (S44). `state` is this state after the request, or an empty state if the slots
/// are outside the ring. With `two_values`, `slots` is only the slot that has two values.
struct Answered {
    Answer answer;
    SlotRange slots;
    SlotState state;
    bool is_repeat = false;  ///< The request was granted but changed nothing; no record was made.
};

template <class Limits, PromiseScope scope>
class Acceptor {
public:
    explicit Acceptor(NodeId self) : self_(self) {}

    /// "Paxos Made Simple", phase 1(b): "If an acceptor receives a prepare request with number n
    /// greater than that of any prepare request to which it has already responded, then it responds
    /// to the request with a promise not to accept any more proposals numbered less than n and with
    /// the highest-numbered proposal (if any) that it has accepted." S01: a PREPARE at the promised
    /// ballot itself is granted too, but changes nothing: it is a repetition, or an ACCEPT at its
    /// ballot came first. The answer reports what is accepted at this moment.
    [[nodiscard]] Answered prepare(Log<Limits>& log, SlotRange asked, Ballot ballot,
                                   Records<Limits>& records)
        requires(scope == PromiseScope::slot)
    {
        Answered answered = find(log, asked);
        if (answered.answer != Answer::yes) return answered;
        SlotState& state = answered.state;
        if (ballot < state.promised) return refusal(answered);  // S01
        answered.is_repeat = ballot == state.promised;
        if (answered.is_repeat) return answered;
        state.promised = ballot;  // S06
        state.set_recorded(records.next());
        log.set(answered.slots, state);
        records.promised(answered.slots, ballot, self_);  // S06, S23
        return answered;
    }

    /// Phase 2(b): "If an acceptor receives an accept request for a proposal numbered n, it accepts
    /// the proposal unless it has already responded to a prepare request having a number greater
    /// than n." S02, S03: a ballot above the promised one is accepted too, and raises the promise
    /// in the same step.
    [[nodiscard, gnu::always_inline]] Answered accept(Log<Limits>& log, SlotRange asked,
                                                      Ballot ballot, const Values& values,
                                                      Records<Limits>& records) {
        Answered answered = find(log, asked);
        if (answered.answer != Answer::yes) return answered;
        SlotState& state = answered.state;
        Ballot& promised = promise_of(state);
        if (ballot < promised) return refusal(answered);  // S02, S03
        if (ballot == state.accepted) {
            for (Slot slot = answered.slots.first; slot < answered.slots.end; ++slot)
                if (values.of(slot) != log.value_of(slot))
                    return {Answer::two_values, {slot, slot + 1}, state};  // S11
            answered.is_repeat = true;
            return answered;
        }
        if constexpr (scope == PromiseScope::whole_log)
            if (ballot > promised_) promise_recorded_ = records.next();
        promised = ballot;        // S02
        state.accepted = ballot;  // S06
        state.set_recorded(records.next());
        log.set(answered.slots, state);
        log.store(answered.slots, values);
        records.accepted(answered.slots, ballot, values, self_);  // S06, S23
        accepted_end_ = std::max(accepted_end_, answered.slots.end);
        PAXOS_ASSERT(state.accepted <= promise_of(state));
        return answered;
    }

    /// Promises `ballot` for the whole log. Returns false if a higher ballot was promised.
    [[nodiscard]] bool prepare_log(Ballot ballot, Records<Limits>& records)
        requires(scope == PromiseScope::whole_log)
    {
        if (ballot < promised_) return false;  // S01
        if (ballot == promised_) return true;
        promised_ = ballot;  // S06
        promise_recorded_ = records.next();
        records.promised_log(ballot, self_);  // S06, S23
        return true;
    }
    /// The number of the record that last raised the promise for the log.
    [[nodiscard]] Sequence promise_recorded() const { return promise_recorded_; }

    /// Restores an acceptance at `ballot` in the longest prefix of `slots` in which all slots share
    /// one state, unless these slots are learned. Returns the end of this prefix.
    [[gnu::noinline]] Slot restore_accepted(Log<Limits>& log, SlotRange slots, Ballot ballot,
                                            const Values& values) {
        auto [alike, state] = log.open(slots);
        if (state.is_learned()) return alike.end;
        PAXOS_ASSERT(state.accepted <= ballot);  // S23
        state.accepted = ballot;
        promise_of(state) = std::max(promise_of(state), ballot);
        log.set(alike, state);
        log.store(alike, values);
        restore_accepted_end(alike.end);
        return alike.end;
    }
    /// Raises accepted_end() to at least `slot`. Called when a restarted node restores a record
    /// that says that slots below `slot` are learned. Before the restart, this acceptor may have
    /// accepted in these slots even if its records contain no such acceptance, because a checkpoint
    /// replaces older records and has no acceptances in learned slots. A PROMISE must not report
    /// that nothing was accepted in these slots (S16).
    void restore_accepted_end(Slot slot) { accepted_end_ = std::max(accepted_end_, slot); }

    /// Called at the end of a step. With PromiseScope::slot, asserts that nothing is promised for
    /// the whole log. If scans<Limits> (log.h), also asserts for the slots that are not learned:
    /// - invariant 2;
    /// - nothing was accepted from accepted_end() on;
    /// - with PromiseScope::whole_log, nothing is promised for a single slot.
    void check(const Log<Limits>& log) const {
        if constexpr (scope == PromiseScope::slot) PAXOS_ASSERT(promised_.is_none());
        if constexpr (scans<Limits>) {
            for (SlotRange rest{log.learned(), log.end()}; !rest.empty();) {
                const auto [slots, state] = log.piece(rest);
                rest.first = slots.end;
                if (state.is_learned()) continue;
                PAXOS_ASSERT(state.accepted <= promised(state));
                PAXOS_ASSERT(state.accepted.is_none() || slots.end <= accepted_end_);
                if constexpr (scope == PromiseScope::whole_log)
                    PAXOS_ASSERT(state.promised.is_none());  // S05
            }
        }
    }

    /// The ballot promised for a slot in `state`.
    [[nodiscard]] Ballot promised(const SlotState& state) const {
        return scope == PromiseScope::whole_log ? promised_ : state.promised;  // S05
    }
    [[nodiscard]] Ballot promised_for_log() const
        requires(scope == PromiseScope::whole_log)
    {
        return promised_;
    }
    /// One above the highest slot in which this acceptor has accepted a value; 0 if there is none.
    /// After a restart it may be higher: see restore_accepted_end().
    [[nodiscard]] Slot accepted_end() const { return accepted_end_; }

private:
    friend struct CanonicalState;  // For the exhaustive search (src/sim).

    /// Answers for the longest prefix of `asked` in which all slots share one state: `decided` if
    /// they are learned, otherwise `yes`. Assigns a place in the ring to each slot of `asked` that
    /// is below log.end(). Slots from log.end() on are `outside`; for slots below the ring see
    /// below_ring().
    [[nodiscard]] static Answered find(Log<Limits>& log, SlotRange asked) {
        if (asked.first < log.ring_begin()) [[unlikely]]  // S20
            return below_ring(log, asked);
        if (asked.first >= log.end()) return {Answer::outside, asked, {}};
        const auto [slots, state] = log.open({asked.first, std::min(asked.end, log.end())});
        return {state.is_learned() ? Answer::decided : Answer::yes, slots, state};
    }
    /// Answers for a prefix of `asked` that is below the ring. A durable node keeps decisions that
    /// left the ring in a History. If the History has the first slot of `asked`, the answer is
    /// `decided`, for the slots in the History. Otherwise it is `outside`, for the slots below
    /// log.retained_from().
    [[nodiscard, gnu::noinline]] static Answered below_ring(const Log<Limits>& log,
                                                            SlotRange asked) {
        const Slot retained = log.retained_from();
        const bool is_known = asked.first >= retained;
        const Slot end = is_known ? log.ring_begin() : retained;
        return {is_known ? Answer::decided : Answer::outside,
                {asked.first, std::min(asked.end, end)},
                {}};
    }
    [[nodiscard]] static Answered refusal(Answered answered) {
        answered.answer = Answer::refused;
        return answered;
    }
    Ballot& promise_of(SlotState& state) {
        if constexpr (scope == PromiseScope::whole_log)
            return promised_;
        else
            return state.promised;
    }

    NodeId self_;
    Ballot promised_;  // The promise for the whole log; unused with PromiseScope::slot.
    Sequence promise_recorded_ = 0;  // The number of the record of promised_.
    Slot accepted_end_ = 0;
};

}  // namespace paxos
