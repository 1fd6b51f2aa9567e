// The acceptor: promises and accepts. It answers; it starts nothing.
//
// Invariants
// 1. What is promised never goes back (S01, S05): a slot's promise stands in its place until the
//    slot is learned, a promise for the whole log stands in one record outside the ring.
// 2. accepted <= promised, in each place.
// 3. Promise and acceptance are written before the answer is put in the outbox ("record, then
//    speak", S06). The outbox is therefore what a durable acceptor would hold back until its record
//    is on the disk.
#pragma once

#include <algorithm>

#include "paxos/log.h"
#include "paxos/options.h"
#include "paxos/step.h"

namespace paxos {

/// What a promise is for: one slot (`classic`), or every slot there will ever be (`multi`).
enum class PromiseScope : std::uint8_t { slot, whole_log };

/// What an acceptor says to a request.
enum class Answer : std::uint8_t {
    yes,
    refused,     ///< A higher ballot is promised; see `promised()`.
    decided,     ///< The slot is learned here: the answer is its DECIDE.
    outside,     ///< The slot has no place here.
    two_values,  ///< Another value was accepted in this slot at this very ballot (S11).
};

/// An answer and the place of the slot it is about; no place: null, with Answer::outside alone.
struct Answered {
    Answer answer;
    LogSlot* place;
};

template <class Limits, PromiseScope scope>
class Acceptor {
public:
    /// "Paxos Made Simple", phase 1(b): "If an acceptor receives a prepare request with number n
    /// greater than that of any prepare request to which it has already responded, then it responds
    /// ..." S01: an equal ballot is the same request again, because UDP repeats, and is answered
    /// with what is accepted now.
    [[nodiscard]] Answered prepare(Log<Limits>& log, Slot slot, Ballot ballot)
        requires(scope == PromiseScope::slot)
    {
        LogSlot* place = log.find(slot);
        if (!place) {
            place = log.open(slot);  // It had no place: nothing is promised there.
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
    /// than n." S02, S03: a higher ballot is as good as the promised one, and raises the promise in
    /// the same step.
    [[nodiscard]] Answered accept(Log<Limits>& log, Slot slot, Ballot ballot, const Value& value) {
        LogSlot* place = log.find(slot);
        const bool is_new = !place;  // It had no place: nothing is accepted there.
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

    /// A promise for the whole log. False: refused, a higher one is promised.
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
    /// Nothing was ever accepted here from this slot on.
    [[nodiscard]] Slot accepted_end() const { return accepted_end_; }

private:
    friend struct Essence;  // Reads what a search tells two states apart by.

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
