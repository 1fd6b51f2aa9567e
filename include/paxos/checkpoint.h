// Restores a node's state from its records, and writes the state as records (a checkpoint).
//
// A PROMISE record states a promise that the node once granted. Records are applied in the order in
// which they were made, so the acceptor must grant the promise again; this is asserted. In a
// checkpoint, the promise for the whole log comes before all acceptances, even those at lower
// ballots, which the node made earlier. So an acceptance is restored even if its ballot is below
// that promise.
#pragma once

#include "paxos/acceptor.h"
#include "paxos/records.h"

namespace paxos {

/// Maximum bytes of a checkpoint. It has at most two records for each slot of the ring, one for the
/// promise for the whole log, and one for all slots below learned().
template <class Limits>
inline constexpr std::size_t checkpoint_bytes_max = limits::message_size *
                                                    (2 * Limits::ring_slots + 2);

/// Marks slots as learned, in the longest prefix of `slots` in which all slots share one state.
/// Returns the end of this prefix.
template <class Limits>
[[gnu::noinline]] Slot restore_learned(const Message& record, SlotRange slots, Log<Limits>& log) {
    const auto alike = log.open(slots);
    if (alike.state.is_learned()) return alike.slots.end;
    if (record.carries_values != 0) log.store(alike.slots, Values::at(record.value, record.slot));
    log.learn(alike, record.ballot, record.quorum());
    return alike.slots.end;
}

/// Applies the next record. REQUIRES: the records applied so far give the state in which this
/// record was made.
template <class Limits, PromiseScope scope>
void restore_record(const Message& record, Log<Limits>& log, Acceptor<Limits, scope>& acceptor) {
    Records<Limits> none;  // What is restored is not recorded again.
    log.begin_step();
    if (record.kind == MessageKind::learn) {
        if (record.slot > log.learned()) log.skip_to(record.slot);
        return acceptor.restore_accepted_end(record.slot);
    }
    if constexpr (scope == PromiseScope::whole_log)
        if (record.kind == MessageKind::promise) {
            const bool is_granted = acceptor.prepare_log(record.ballot, none);
            PAXOS_ASSERT(is_granted);  // S23
            return;
        }
    for (SlotRange rest{record.slot, record.slot + record.slot_count}; !rest.empty();) {
        if (record.kind == MessageKind::decide) {
            rest.first = restore_learned(record, rest, log);
            continue;
        }
        if (record.kind == MessageKind::accept) {
            rest.first = acceptor.restore_accepted(log, rest, record.ballot,
                                                   Values::at(record.value, record.slot));
            continue;
        }
        if constexpr (scope == PromiseScope::slot) {
            const Answered granted = acceptor.prepare(log, rest, record.ballot, none);
            PAXOS_ASSERT(granted.answer == Answer::yes);  // S23
            rest.first = granted.slots.end;
        }
    }
    if (record.kind == MessageKind::decide)
        acceptor.restore_accepted_end(record.slot + record.slot_count);
    log.advance();
}

/// Writes the state as records to `space`. Returns the number of bytes written.
template <class Limits, PromiseScope scope>
[[nodiscard]] std::size_t write_checkpoint(std::span<std::byte> space, const Log<Limits>& log,
                                           const Acceptor<Limits, scope>& acceptor, NodeId self) {
    Records<Limits> records;
    records.begin(true, space, 0);
    records.learned_below(log.learned(), self);
    if constexpr (scope == PromiseScope::whole_log)
        if (!acceptor.promised_for_log().is_none())
            records.promised_log(acceptor.promised_for_log(), self);
    for (SlotRange rest{log.learned(), log.opened_end()}; !rest.empty();) {
        const auto [slots, state] = log.piece(rest);
        rest.first = slots.end;
        for (SlotRange part = slots; state.has_value() && !part.empty();) {
            const std::size_t count = log.values_of(part.first, part.end).size();
            const SlotRange now{part.first, part.first + count};
            const Values values = Values::at(log.value_of(now.first), now.first);
            if (state.is_learned())
                records.learned(now, state.promised, state.decided_by(), {}, values, self);
            else
                records.accepted(now, state.accepted, values, self);
            part.first = now.end;
        }
        if (scope == PromiseScope::slot && !state.is_learned() && state.promised > state.accepted)
            records.promised(slots, state.promised, self);
    }
    return records.bytes().size();
}

}  // namespace paxos
