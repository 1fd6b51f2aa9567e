// The acceptor: promises ballots and accepts values. It sends nothing but answers to requests.
//
// Invariants
// 1. A promised ballot never decreases (S01, S05). The promise for a slot is kept in its ring place
//    until the slot is learned; a promise for the whole log is one record outside the ring.
// 2. accepted <= promised, in each place that is not learned.
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
    refused,     ///< A higher ballot was promised; see `promised()`.
    decided,     ///< The slot is learned here: the node answers with its DECIDE.
    outside,     ///< The slot is outside the ring.
    two_values,  ///< Another value was accepted in this slot at the same ballot (S11).
};

/// An answer and the place of the slot. The place is null if and only if the answer is `outside`.
struct Answered {
    Answer answer;
    LogSlot* place;
};

template <class Limits, PromiseScope scope>
class Acceptor {
public:
    /// "Paxos Made Simple", phase 1(b): "If an acceptor receives a prepare request with number n
    /// greater than that of any prepare request to which it has already responded, then it responds
    /// ..." S01: an equal ballot is the same request, retransmitted or duplicated by UDP, and is
    /// answered with what is accepted now.
    [[nodiscard]] Answered prepare(Log<Limits>& log, Slot slot, Ballot ballot)
        requires(scope == PromiseScope::slot)
    {
        LogSlot* place = log.find(slot);
        if (!place) {
            place = log.open(slot);  // The slot had no place, so nothing was promised.
            if (!place) return {Answer::outside, place};
        } else {
            if (place->is_learned()) return {Answer::decided, place};
            if (ballot < place->promised) return {Answer::refused, place};  // S01
        }
        place->promised = ballot;  // S06
        return {Answer::yes, place};
    }

    /// Phase 2(b): "If an acceptor receives an accept request for a proposal numbered n, it accepts
    /// the proposal unless it has already responded to a prepare request having a number greater
    /// than n." S02, S03: a ballot above the promised one is accepted too, and raises the promise
    /// in the same step.
    [[nodiscard]] Answered accept(Log<Limits>& log, Slot slot, Ballot ballot, const Value& value) {
        LogSlot* place = log.find(slot);
        const bool is_new = !place;  // The slot had no place, so nothing was accepted.
        if (is_new) place = log.open(slot);
        if (!place) return {Answer::outside, place};
        if (!is_new && place->is_learned()) return {Answer::decided, place};
        Ballot& promised = promise_of(*place);
        if (ballot < promised) return {Answer::refused, place};  // S02, S03
        if (!is_new && ballot == place->accepted && value != place->value)
            return {Answer::two_values, place};  // S11
        promised = ballot;                       // S02
        place->accepted = ballot;                // S06
        place->value = value;
        accepted_end_ = std::max(accepted_end_, slot + 1);
        PAXOS_ASSERT(place->accepted <= promise_of(*place));
        return {Answer::yes, place};
    }

    /// Promises `ballot` for the whole log. Returns false if a higher ballot was promised.
    [[nodiscard]] bool prepare_log(Ballot ballot)
        requires(scope == PromiseScope::whole_log)
    {
        if (ballot < promised_) return false;  // S01
        promised_ = ballot;                    // S06
        return true;
    }

    /// Asserts invariants 1 and 2 of every place that is not learned. Called at the end of a step.
    void check(const Log<Limits>& log) const {
        if constexpr (scope == PromiseScope::slot) PAXOS_ASSERT(promised_.is_none());
        if constexpr (scans<Limits>) {
            for (Slot slot = log.learned(); slot < log.end(); ++slot) {
                const LogSlot* place = log.find(slot);
                if (!place || place->is_learned()) continue;
                PAXOS_ASSERT(place->accepted <= promised(*place));
                PAXOS_ASSERT(place->accepted.is_none() || slot < accepted_end_);
                if constexpr (scope == PromiseScope::whole_log)
                    PAXOS_ASSERT(place->promised.is_none());  // S05
            }
        }
    }

    /// The ballot promised for the slot of `place`.
    [[nodiscard]] Ballot promised(const LogSlot& place) const {
        return scope == PromiseScope::whole_log ? promised_ : place.promised;  // S05
    }
    [[nodiscard]] Ballot promised_for_log() const
        requires(scope == PromiseScope::whole_log)
    {
        return promised_;
    }
    /// One above the highest slot in which this acceptor has accepted a value; 0 if none.
    [[nodiscard]] Slot accepted_end() const { return accepted_end_; }

private:
    friend struct CanonicalState;  // Reads the state that a search compares.

    Ballot& promise_of(LogSlot& place) {
        if constexpr (scope == PromiseScope::whole_log)
            return promised_;
        else
            return place.promised;
    }

    Ballot promised_;  // For the whole log; unused with PromiseScope::slot.
    Slot accepted_end_ = 0;
};

}  // namespace paxos
