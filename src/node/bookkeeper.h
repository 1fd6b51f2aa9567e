// The bookkeeper of a node. After each step it writes to the board, the shared memory that the
// launcher reads: the measurements of the current row (one line of the result), the decisions with
// their digests and evidence, and the events for --log.
//
// 1. The bookkeeping of a step is done after the next exchange, so that the step's messages leave
//    first.
// 2. Everything that was learned is audited (S22) and digested before `learned` is published.
// 3. The first violation is kept, because it may be the cause of later ones.
// 4. Only slots of this run are on the board. They are numbered from the run's first slot, the base
//    (run_log.h).
// 5. A later incarnation of a node continues the counts on its board. Slots that an earlier
//    incarnation counted are audited and digested again, but not counted again.
#pragma once

#include <algorithm>
#include <csignal>
#include <memory>
#include <span>
#include <utility>

#include "io/clock.h"
#include "node/audit.h"
#include "node/checkpointer.h"
#include "node/digester.h"
#include "node/evidence_recorder.h"
#include "node/incarnation_recorder.h"
#include "node/learned_log.h"
#include "node/load.h"
#include "node/moment_recorder.h"
#include "node/recorder.h"
#include "node/run_log.h"
#include "node/turns.h"

namespace paxos::node {

template <class Protocol, class Limits>
class Bookkeeper {
public:
    /// `context` and `protocol` outlive the bookkeeper. `learned_log` may be null.
    Bookkeeper(const Context& context, const Protocol& protocol,
               std::unique_ptr<LearnedLog> learned_log)
        : context_(context),
          plan_(*context.plan),
          board_(*context.board),
          protocol_(protocol),
          log_(protocol, context.base()),
          load_(plan_, context.self, log_.base()),
          current_row_(load_.row()),
          digester_(board_.digests, board_.checkpoints.own),
          checkpointer_(board_.checkpoints),
          evidence_(board_.evidence, plan_.slot_end()),
          recorder_(board_),
          incarnation_recorder_(board_.incarnation),
          moments_(plan_.explain ? std::make_unique<MomentRecorder>(board_.moments, log_.base())
                                 : nullptr),
          learned_log_(std::move(learned_log)),
          kill_at_(kill_slot(plan_, context.self, board_.kills.get())),
          is_listing_(plan_.slot_end() - plan_.warmup <= board_.listed.size()) {}

    [[nodiscard]] Load& load() { return load_; }
    /// Why the run is not safe. Null if no violation was seen.
    [[nodiscard]] const char* violation() const { return violation_; }

    void begin(const Readings& readings, Tick now) {
        const SlotRange restored{log_.ring_begin(), log_.of(protocol_.learned())};
        context_.control.touch();
        incarnation_recorder_.begin(restored, context_.control.learned_max(),
                                    context_.is_later_incarnation);
        if (context_.is_later_incarnation) resume(restored, now);
        recorder_.begin_row(readings);
        recorder_.restart_wait(now);
        incarnation_recorder_.note_ready(now);
    }
    /// Call when the node can receive.
    void note_ready() { publish_learned(digester_.total().end); }
    /// Does the bookkeeping of a step at `now` with the result `output`. `readings()` returns the
    /// counters.
    template <class ReadingsOf>
    void record(const Output<Limits>& output, Tick now, ReadingsOf&& readings) {
        now_ = now;
        if (moments_) [[unlikely]]
            moments_->note_turn(readings());
        if (output.proposed.end > log_.base()) note_proposed(log_.part(output.proposed));
        if (output.quorum_count != 0) note_quorums(output);
        if (output.decisions.size() != 0 || output.skipped.size() != 0)
            note_decisions(log_.of(output.skipped), log_.of(output.decisions));
        while (load_.on_learned(protocol_.learned(), now_, protocol_.next_slot()))
            begin_next_row(readings());
        if (incarnation_recorder_.is_watching()) [[unlikely]]
            incarnation_recorder_.note(board_.learned.get(), protocol_.counters(), now_);
        if (output.event_count != 0) [[unlikely]]
            trace(output);
        if (now_ < publish_at_) return;
        publish_at_ = now_ + publish_every_ns;
        publish(readings());
    }
    /// `ended`: all nodes that are down. REQUIRES: record() was called for every step, so that the
    /// digests cover all that the protocol has learned.
    void note_ended(NodeMask ended) {
        if (checkpointer_.has_seen(ended)) [[likely]]
            return;
        const auto slot_of = [&](NodeId node) {
            return ended.has(node) ? context_.control.log_end_of(node)
                                   : context_.control.recovered_by(node);
        };
        checkpointer_.note_ended(ended, slot_of, digester_.total(), log_.ring_begin(), values());
    }
    /// Publishes the final results. Call when the node stops.
    void finish(const Readings& readings, NodeMask ended) {
        recorder_.publish(readings);
        if (load_.row() != rows_max) recorder_.end_row(readings, board_.rows[load_.row()]);
        note_ended(ended);
        checkpointer_.publish_retained(log_.ring_begin(), digester_.total().end, values());
    }
    void report(const Violation& violation) {
        if (violation_ != nullptr) return;
        describe(violation, std::span{board_.error});
        violation_ = board_.error.data();
    }

private:
    /// Continues the bookkeeping of a killed node, which has restored the learned slots `restored`.
    void resume(SlotRange restored, Tick now) {
        now_ = now;
        evidence_.begin(restored.end + Limits::ring_slots);
        digester_.begin(restored.first);
        for (const Slot slot : {restored.end, context_.recorded_end})
            if (slot > restored.first) checkpointer_.want(slot);
        if (restored.end > restored.first) record_learned(restored);
        load_.resume(protocol_.learned(),
                     [&](std::size_t row) { return context_.control.row_begun_at(row); });
        current_row_ = load_.row();
        for (std::size_t row = 0; row < plan_.row_count && load_.has_passed(row); ++row)
            note_row_learned(row);
    }
    /// If the plan kills this node at a slot up to `end`, the node dies before it publishes `end`.
    /// Otherwise the launcher could see the node as complete although the plan kills it.
    void publish_learned(Slot end) {
        if (end >= kill_at_) [[unlikely]]
            die();
        board_.learned.publish(end);
        if (end == plan_.slot_end()) announce(context_, NodeState::complete);
    }
    [[gnu::cold, gnu::noinline]] void die() {
        board_.kills.add(1);
        std::raise(SIGKILL);
    }
    void publish(const Readings& readings) {
        recorder_.publish(readings);
        board_.proposing.set(protocol_.is_proposing());
        const Contacts contacts = protocol_.contacts();
        board_.heard.set(contacts.heard.bits());
        board_.leader.set(contacts.leader);
        // `plan_end` is where the last row ended. Each call checks whether this node proposes,
        // because this node may become the proposer even after the end of that row.
        if (load_.is_over() && protocol_.is_proposing())
            board_.plan_end.publish(log_.of(load_.begin()));
    }
    void note_proposed(SlotRange proposed) {
        load_.on_proposed(proposed, now_);
        if (load_.row() == rows_max) return;
        RowBoard& row = board_.rows[load_.row()];
        if (row.first_proposal_at.get() == 0) row.first_proposal_at.set(now_);
    }
    void note_quorums(const Output<Limits>& output) {
        const std::uint64_t first = protocol_.counters().decided_first;
        const std::uint64_t at_first = first - std::exchange(decided_first_, first);
        std::uint64_t decided = 0;
        for (std::size_t i = 0; i < output.quorum_count; ++i) {
            const SlotRange run = log_.part(output.quorums[i]);
            note_quorum(run);
            decided += run.size();
        }
        // `at_first` also counts slots below the base, `decided` does not.
        if (load_.row() != rows_max)
            board_.rows[load_.row()].decided_first.add(std::min(at_first, decided));
    }
    void note_quorum(SlotRange run) {
        if (load_.row() == rows_max || run.empty()) return;
        // A node without peers proposes and decides a slot in one step. With `now_` the latency
        // would be zero, so the clock is read again.
        const Tick now = plan_.nodes == 1 ? io::now() : now_;
        load_.on_quorum(run, now, board_.rows[load_.row()]);
        if (moments_) [[unlikely]]
            moments_->note_quorum(run, now, load_);
    }
    void note_decisions(SlotRange skipped, SlotRange learned) {
        if (skipped.size() != 0) note_skipped(skipped);
        if (learned.end == 0) return;  // No decision is in a slot of this run.
        record_learned(learned);
        if (load_.row() != rows_max)
            recorder_.on_progress(learned.first, now_, board_.rows[load_.row()]);
        publish_learned(learned.end);
    }
    void record_learned(SlotRange learned) {
        for (Slot slot = learned.first; slot < learned.end;) {
            const Slot end = std::min(
                {learned.end, digester_.interval_end(slot), checkpointer_.next()});
            const std::span<const Value> values = learned_in(slot, end);
            const Audit audited = audit(values, slot, load_.values());
            if (!audited.is_proposed) [[unlikely]]
                report_foreign(slot, values);
            if (audited.no_ops != 0) [[unlikely]]
                count_no_ops(slot, values);
            digester_.add(slot, audited.digest, values.size());
            evidence_.add({slot, slot + values.size()}, [&](Slot sampled) {
                LogSlot place = log_.slot_of(sampled);
                place.value = values[sampled - slot];  // The value that was audited.
                return place;
            });
            slot += values.size();
            if (slot == checkpointer_.next()) [[unlikely]]
                checkpointer_.reach(digester_.total());
        }
        digester_.complete(learned.end);
        evidence_.complete(learned.end);
        if (is_listing_) [[unlikely]]
            list(learned);
        if (learned_log_) [[unlikely]]
            log(learned);
    }
    void note_skipped(SlotRange skipped) {
        board_.skipped.add(skipped.size());
        if (board_.skipped_end.get() == 0) board_.skipped_first.set(skipped.first);
        board_.skipped_end.set(skipped.end);
        digester_.complete(skipped.end);
        if (digester_.total().end >= checkpointer_.next()) checkpointer_.reach(digester_.total());
    }
    /// Counts the no-ops in `values`. Leaves out slots of the warm-up, which are not rounds, and
    /// slots that an earlier incarnation has counted.
    void count_no_ops(Slot first, std::span<const Value> values) {
        const Slot counted_from = std::max(plan_.warmup, context_.recorded_end);
        for (std::size_t i = 0; i < values.size(); ++i)
            if (first + i >= counted_from && values[i].is_no_op()) board_.no_ops.add(1);
    }
    /// The values of [first, end), or of its first part if the ring wraps around in memory.
    [[nodiscard]] std::span<const Value> learned_in(Slot first, Slot end) {
        return log_.values_of(first, end);
    }
    [[nodiscard]] auto values() {
        return [this](Slot first, Slot end) { return learned_in(first, end); };
    }
    void list(SlotRange learned) {
        const Slot listed_from = std::max(plan_.warmup, context_.recorded_end);
        for (Slot slot = std::max(learned.first, listed_from); slot < learned.end; ++slot) {
            const std::uint64_t count = board_.listed_count.get();
            if (count == board_.listed.size()) return;
            board_.listed[count] = ListedDecision{slot, log_.slot_of(slot).state.promised,
                                                  learned_in(slot, slot + 1).front()};
            board_.listed_count.publish(count + 1);
        }
    }
    void log(SlotRange learned) {
        for (Slot slot = learned.first; slot < learned.end; ++slot)
            learned_log_->add(slot, log_.slot_of(slot).state.promised,
                              learned_in(slot, slot + 1).front());
    }
    void begin_next_row(const Readings& readings) {
        if (current_row_ != rows_max) {
            recorder_.end_row(readings, board_.rows[current_row_]);
            note_row_learned(current_row_);
        }
        current_row_ = load_.row();
        recorder_.begin_row(readings);
        recorder_.restart_wait(now_);
    }
    /// Stores the time when this node learned all of `row`, unless an earlier incarnation did so.
    void note_row_learned(std::size_t row) {
        Word& learned_at = board_.rows[row].learned_at;
        if (learned_at.get() == 0) learned_at.set(now_);
    }
    void trace(const Output<Limits>& output) {
        for (std::size_t i = 0; i < output.event_count; ++i) {
            Event event = output.events[i];
            const Slot first = log_.base() + plan_.warmup;
            if (event.message.slot < first + plan_.log_first ||
                event.message.slot - first >= plan_.log_end)
                continue;
            event.message.slot -= log_.base();
            // If the ring of trace records is full, it counts this record as lost.
            static_cast<void>(board_.trace.push({now_, event}));
        }
    }
    /// Reports the first slot with a value that no node proposed. `values` has the values of the
    /// slots from `slot` on. REQUIRES: at least one of them was not proposed.
    void report_foreign(Slot slot, std::span<const Value> values) {
        while (may_be_decided(values.front(), slot, load_.values())) {
            values = values.subspan(1);
            PAXOS_ASSERT(!values.empty());
            ++slot;
        }
        Violation foreign;
        foreign.slot = slot;
        foreign.value_there = values.front();
        report(foreign);
    }

    static constexpr Tick publish_every_ns = 5'000'000;

    const Context& context_;
    const Plan& plan_;
    NodeBoard& board_;
    const Protocol& protocol_;
    const RunLog<Protocol> log_;
    Load load_;
    std::size_t current_row_;  // The row that `recorder_` counts for; rows_max if none.
    Digester digester_;
    Checkpointer checkpointer_;
    EvidenceRecorder evidence_;
    Recorder recorder_;
    IncarnationRecorder incarnation_recorder_;
    std::unique_ptr<MomentRecorder> moments_;  // Null without --explain.
    std::unique_ptr<LearnedLog> learned_log_;  // Null unless a test turns it on.
    std::uint64_t decided_first_ = 0;          // Counters::decided_first at the last quorum.
    Tick now_ = 0;
    Tick publish_at_ = 0;
    const Slot kill_at_;
    const bool is_listing_;  // Whether so few slots are measured that each one is printed.
    const char* violation_ = nullptr;
};

}  // namespace paxos::node
