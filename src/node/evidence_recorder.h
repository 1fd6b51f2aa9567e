// Keeps evidence for a sample of a node's decisions: the ballot at which the node accepted, the
// hash of the value, and the acceptors that the DECIDE names (safety.md, S18).
//
// Invariants
// 1. The sample is every 2^n-th slot, counted from slot 0, so that the evidence of different nodes
//    can be compared.
// 2. The entries of all sampled slots below `end` are written before `end` is published.
// 3. While the sampling step doubles, `log2_step` is `doubling`. If the node dies during that time,
//    its evidence is not used.
#pragma once

#include <span>

#include "node/board.h"
#include "node/digest.h"
#include "paxos/log.h"

namespace paxos::node {

class EvidenceRecorder {
public:
    /// `slot_end` is the end of the slots that will be learned, or `unbounded` if it is not known.
    /// If it is known, the initial step is so large that the step never doubles.
    explicit EvidenceRecorder(Evidence& evidence, Slot slot_end = unbounded) : evidence_(evidence) {
        while (slot_end != unbounded && slot_end > Slot{Evidence::entries_max} << log2_step_)
            ++log2_step_;
        evidence_.log2_step.set(log2_step_);
    }

    /// Call before add(). Slots below `restored_end` may have been restored from a checkpoint,
    /// which does not keep the ballot at which the node accepted a learned slot. The log may then
    /// have a lower accepted ballot for the slot, or none. If the accepted ballot of a slot below
    /// `restored_end` is below the ballot of the decision, add() writes no evidence for the slot.
    void begin(Slot restored_end) { restored_end_ = restored_end; }
    /// Writes the evidence for the sampled slots in `slots`. `slot_of(slot)` returns a slot's entry
    /// in the log. REQUIRES: all `slots` are learned.
    template <class SlotOf>
    void add(SlotRange slots, SlotOf&& slot_of) {
        if (slots.end > next_) record(slots, slot_of);
    }
    /// Publishes that the evidence for every learned slot of the sample below `end` is written.
    void complete(Slot end) { evidence_.end.publish(end); }

private:
    template <class SlotOf>
    [[gnu::noinline]] void record(SlotRange slots, SlotOf&& slot_of) {
        for (Slot slot = sampled_from(slots.first); slot < slots.end;
             slot = sampled_from(slot + 1)) {
            while (slot >> log2_step_ >= Evidence::entries_max) double_step();
            if (slot != sampled_from(slot)) continue;  // The doubled step leaves this slot out.
            const LogSlot place = slot_of(slot);
            if (slot < restored_end_ && place.state.accepted < place.state.promised) continue;
            Evidence::Entry& entry = evidence_.entry[slot >> log2_step_];
            entry.decided.set(place.state.promised.bits());
            entry.accepted.set(place.state.accepted.bits());
            entry.hash.set(digest_of(slot, place.value));
            entry.decided_by.set(place.state.decided_by().bits());
        }
        next_ = sampled_from(slots.end);
    }
    [[nodiscard]] Slot sampled_from(Slot slot) const {
        const Slot rest = (Slot{1} << log2_step_) - 1;
        return (slot + rest) & ~rest;
    }
    [[gnu::cold, gnu::noinline]] void double_step() {
        evidence_.log2_step.publish(Evidence::doubling);
        // Without this fence, a moved entry could become visible before `doubling`.
        std::atomic_thread_fence(std::memory_order_release);
        const auto move = [](const Evidence::Entry& from, Evidence::Entry& to) {
            to.decided.set(from.decided.get());
            to.accepted.set(from.accepted.get());
            to.hash.set(from.hash.get());
            to.decided_by.set(from.decided_by.get());
        };
        const Evidence::Entry none;
        for (std::size_t i = 0; i < Evidence::entries_max; ++i)
            move(i < Evidence::entries_max / 2 ? evidence_.entry[2 * i] : none, evidence_.entry[i]);
        evidence_.log2_step.publish(++log2_step_);
    }

    Evidence& evidence_;
    unsigned log2_step_ = 0;
    Slot next_ = 0;  // All sampled slots below this one are written or skipped.
    Slot restored_end_ = 0;
};

}  // namespace paxos::node
