// The part of a node's state that distinguishes two states in a search: everything that affects
// what the node will do and send, and nothing else.
//
// What affects only timers and statistics is left out. In the search, timers are explicit choices
// ("takes over", "retransmits"), so the following never decides anything:
// 1. times (of peers, of the leader, of requests sent, of timers), smoothed round trips, back-off
//    and its randomness;
// 2. counters and watermarks: headers in the search contain 0, and no node catches up by LEARN;
// 3. scratch data of a step, and places of the window and of reports without a slot in flight;
// 4. the counter of the next ballot at a node that begins no more ballots.
// `audit` in search_nodes.h verifies this: it compares states that were taken for equal.
#pragma once

#include "paxos/classic.h"
#include "paxos/multi.h"
#include "wire/xxh3.h"

namespace paxos {

/// A 128-bit hash stands for a state: among 10^8 states the chance of a collision is below 10^-22.
struct Fingerprint {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    bool operator==(const Fingerprint&) const = default;
};
[[nodiscard]] inline Fingerprint fingerprint(const void* bytes, std::size_t size) {
    const XXH128_hash_t hash = XXH3_128bits(bytes, size);
    return {hash.low64, hash.high64};
}

struct Essence {
    template <class Limits>
    [[nodiscard]] static Fingerprint of(const Classic<Limits>& node, bool will_begin) {
        Words words;
        add_replica(words, node, will_begin);
        return words.sum();
    }
    template <class Limits>
    [[nodiscard]] static Fingerprint of(const Multi<Limits>& node, bool will_begin) {
        Words words;
        add_replica(words, node, will_begin);
        words.add(node.is_leading());
        words.add(node.untold_.slot_count);
        if (!node.campaign_.is_active() || node.leading_) return words.sum();
        for (std::size_t peer = 0; peer < node.options_.nodes; ++peer)
            words.add(node.silent_from_[peer]);
        for (const auto& known : node.reports_) {
            const bool counts = known.slot >= node.window_.next() && known.slot != ~Slot{0};
            words.add(counts ? known.slot : ~Slot{0});
            if (!counts) continue;
            words.add(known.votes.bits());
            words.add(known.accepted.bits());
            words.add(known.value);
        }
        return words.sum();
    }

    /// Has the effect of Replica::end_step when the learner gives up the slots below `to` (S05,
    /// S20).
    template <class Limits, PromiseScope scope>
    static void skip(Replica<Limits, scope>& node, Slot to, Tick now) {
        node.log_.begin_step();
        node.log_.skip_to(to);
        if constexpr (mutant == Mutant::S05_being_left_behind_resets_promises)
            node.acceptor_.forget_promises(node.log_);
        node.campaign_.step_down(now);
        node.window_.restart(node.log_.learned());
    }

private:
    class Words {
    public:
        void add(std::uint64_t word) {
            PAXOS_ASSERT(count_ < words_.size());
            words_[count_++] = word;
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

    template <class Limits, PromiseScope scope>
    static void add_replica(Words& words, const Replica<Limits, scope>& node, bool will_begin) {
        add_log(words, node.log_);
        words.add(node.acceptor_.promised_.bits());
        words.add(node.acceptor_.accepted_end_);
        const Campaign& campaign = node.campaign_;
        words.add(static_cast<std::uint64_t>(campaign.mode_));
        words.add(campaign.ballot_.bits());
        words.add(will_begin ? campaign.counter_seen_ : 0);
        add_window(words, node.window_);
    }
    template <class Limits>
    static void add_log(Words& words, const Log<Limits>& log) {
        words.add(log.learned_);
        words.add(log.retained_from_);
        for (const LogSlot& place : log.places_) {
            words.add(place.slot);
            words.add(place.decided_by.bits());
            words.add(place.promised.bits());
            words.add(place.accepted.bits());
            words.add(place.value);
        }
    }
    template <class Limits>
    static void add_window(Words& words, const Window<Limits>& window) {
        words.add(window.first_);
        words.add(window.next_);
        for (Slot slot = window.first_; slot < window.next_; ++slot) {
            const ProposerSlot& place = window.places_[slot & (Limits::window_max - 1)];
            words.add(static_cast<std::uint64_t>(place.phase));
            if (place.phase == ProposerPhase::done) continue;
            words.add(place.votes.bits());
            words.add(place.value);
            if (place.phase == ProposerPhase::prepare) words.add(place.reported.bits());
        }
    }
};

}  // namespace paxos
