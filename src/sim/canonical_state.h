// The canonical state of a node, by which the exhaustive search (search.h) distinguishes states:
// everything that affects what the node will do and send, and nothing else.
//
// The following has no effect on any step of the search and is left out:
// 1. times (of peers, of the leader, of requests sent, of timers), smoothed round trips, back-off
//    and its randomness, because in the search the expiry of a timer is an explicit choice ("takes
//    over", "retransmits");
// 2. counters, and the watermarks of peers, because in the search only the headers of the first
//    step report watermarks, and no node catches up by LEARN;
// 3. scratch data of a step, entries of the window whose slots are done, and reports (multi.h) that
//    phase 1 no longer needs;
// 4. the estimate of losses (losses.h), because it is first reviewed after more slots than a search
//    has;
// 5. the counter of the next ballot, at a node that begins no ballots.
// As a test of this, SearchNode::audit() takes some pairs of states that were merged as equal, and
// checks that every choice has the same effect on both.
#pragma once

#include "paxos/variants.h"
#include "sim/search_disk.h"
#include "wire/xxh3.h"

namespace paxos {

/// A 128-bit hash that stands for a state. Among 10^8 states the probability of a collision is
/// below 10^-22.
struct Fingerprint {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    bool operator==(const Fingerprint&) const = default;
};
[[nodiscard]] inline Fingerprint fingerprint(const void* bytes, std::size_t size) {
    const XXH128_hash_t hash = XXH3_128bits(bytes, size);
    return {hash.low64, hash.high64};
}

struct CanonicalState {
    /// `will_begin` is true if the node may begin ballots.
    template <class Limits, template <class> class VariantOf>
    [[nodiscard]] static Fingerprint of(const Replica<Limits, VariantOf>& node, bool will_begin) {
        Words words;
        add_log(words, node.node_.log);
        words.add(node.node_.acceptor.promised_.bits());
        words.add(node.node_.acceptor.accepted_end_);
        const Election& election = node.proposer_.election;
        words.add(static_cast<std::uint64_t>(election.lead_));
        words.add(election.is_backing_off_);
        words.add(election.ballot_.bits());
        words.add(will_begin ? election.counter_seen_ : 0);
        add_window(words, node.proposer_.window);
        PAXOS_ASSERT(!node.repeats_messages());
        if constexpr (requires { node.proposer_.variant.reports_; })
            add_phase_1(words, node.proposer_, node.node_.options.nodes);
        return words.sum();
    }
    /// Also includes the disk of the node, if `disk` is not null. `restored()` returns the
    /// fingerprint of the state that the node would have after a crash and a restart now.
    template <class Limits, template <class> class VariantOf, class Restored>
    [[nodiscard]] static Fingerprint of(const Replica<Limits, VariantOf>& node, bool will_begin,
                                        const sim::SearchDisk* disk, Restored&& restored) {
        const Fingerprint alive = of(node, will_begin);
        if (disk == nullptr) return alive;
        Words words;
        words.add(alive);
        words.add(restored());
        words.add(disk->incarnation);
        // A record number counts from the last durable record; it is 0 for a durable record.
        const auto pending = [&](Sequence after) {
            words.add(after - std::min(after, disk->durable_up_to));
        };
        for (const auto& cells : disk->waiting)
            words.add(fingerprint(cells.data(), cells.size() * sizeof(Message)));
        words.add(node.node_.held.size());
        for (std::size_t i = 0; i < node.node_.held.size(); ++i) {
            const auto& held = node.node_.held.at(i);
            pending(held.after);
            words.add(held.to.bits());
            words.add(fingerprint(&held.message, sizeof held.message));
        }
        pending(node.node_.acceptor.promise_recorded_);
        const auto& log = node.node_.log;
        const auto recorded = [&](Slot slot) {
            const SlotState state = log.at(slot).state;
            return state.is_learned() ? 0 : state.recorded();
        };
        for (Slot slot = log.ring_begin(); slot < log.opened_end(); ++slot) pending(recorded(slot));
        // The log keeps neighbouring slots in one run (slot_runs.h) only if their last records have
        // the same number. pending() does not show whether the numbers of two durable records are
        // the same, because it adds 0 for both.
        for (Slot slot = log.ring_begin(); slot + 1 < log.opened_end(); ++slot)
            words.add(recorded(slot) == recorded(slot + 1));
        return words.sum();
    }

    /// Has the effect of Replica::end_step when the learner skips the slots below `to` (S05,
    /// S20).
    template <class Limits, template <class> class VariantOf>
    static void skip(Replica<Limits, VariantOf>& node, Slot to, Tick now) {
        auto& log = node.node_.log;
        log.begin_step();
        log.skip_to(to);
        node.proposer_.election.step_down(now);
        node.proposer_.window.restart(log.learned());
    }

private:
    class Words {
    public:
        void add(std::uint64_t word) {
            PAXOS_ASSERT(count_ < words_.size());
            words_[count_++] = word;
        }
        void add(const Fingerprint& print) {
            add(print.low);
            add(print.high);
        }
        void add(const Value& value) {
            for (const std::uint64_t word : value.words) add(word);
        }
        [[nodiscard]] Fingerprint sum() const {
            return fingerprint(words_.data(), count_ * sizeof words_[0]);
        }

    private:
        std::array<std::uint64_t, 1024> words_;
        std::size_t count_ = 0;
    };

    /// Adds the state of phase 1 for the whole log: what the promises have reported.
    template <class Own>
    static void add_phase_1(Words& words, const Own& own, std::size_t nodes) {
        words.add(own.variant.unsent_.slot_count);
        if (own.election.lead() != Lead::preparing) return;
        for (std::size_t peer = 0; peer < nodes; ++peer)
            words.add(own.variant.accepted_end_of_[peer]);
        for (const auto& known : own.variant.reports_) {
            const bool counts = known.slot >= own.window.next() && known.slot != ~Slot{0};
            words.add(counts ? known.slot : ~Slot{0});
            if (!counts) continue;
            words.add(known.votes.bits());
            words.add(known.accepted.bits());
            words.add(known.value);
        }
    }
    template <class Limits>
    static void add_log(Words& words, const Log<Limits>& log) {
        words.add(log.learned_);
        words.add(log.ring_begin());
        // A slot that has no place in the ring yet counts as equal to a slot in which nothing was
        // promised.
        for (Slot slot = log.ring_begin(); slot < log.ring_begin() + Limits::ring_slots; ++slot) {
            const LogSlot place = log.at(slot);
            words.add(place.state.decided_by().bits());
            words.add(place.state.promised.bits());
            words.add(place.state.accepted.bits());
            words.add(place.value);
        }
    }
    template <class Limits>
    static void add_window(Words& words, const Window<Limits>& window) {
        words.add(window.first());
        words.add(window.next());
        for (Slot slot = window.first(); slot < window.next(); ++slot) {
            const Asked& place = window.at(slot);
            words.add(static_cast<std::uint64_t>(place.phase));
            if (place.phase == ProposerPhase::done) continue;
            words.add(place.votes.bits());
            words.add(window.value_of(slot));
            if (place.phase == ProposerPhase::prepare) words.add(place.reported.bits());
        }
    }
};

}  // namespace paxos
