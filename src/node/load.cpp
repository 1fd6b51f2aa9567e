#include "node/load.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace paxos::node {

ValueSource value_source(const Plan& plan) {
    if (plan.value_count == 0) return ValueSource{plan.seed, plan.nodes};
    std::array<Value, text_values_max> texts{};
    for (std::size_t i = 0; i < plan.value_count; ++i)
        std::memcpy(texts[i].words.data(), plan.values[i].data(), limits::value_size);
    return ValueSource{std::span<const Value>{texts.data(), plan.value_count}, plan.nodes};
}

Load::Load(const Plan& plan, NodeId self, Slot base)
    : self_(self),
      base_(base),
      slots_per_send_(limits::datagrams_per_send * (plan.runs
                                                        ? limits::values_in(plan.datagram_size)
                                                        : limits::cells_in(plan.datagram_size))),
      duration_ns_(plan.duration_ns),
      source_(value_source(plan)),
      begin_(base) {
    std::uint32_t widest = 1;
    for (std::size_t i = 0; i < plan.row_count; ++i) widest = std::max(widest, plan.rows[i].window);
    segments_[segment_count_++] = Segment{plan.warmup, widest, 0, false};
    for (std::size_t i = 0; i < plan.row_count; ++i)
        segments_[segment_count_++] = Segment{plan.rows[i].rounds, plan.rows[i].window,
                                              plan.rows[i].rate, plan.duration_ns != 0};
    if (plan.warmup == 0) segment_ = 1;
}

Slot Load::segment_end() const {
    if (is_over()) return begin_;
    const Slot by_rounds = std::min(limits::slot_max - begin_, segments_[segment_].rounds) + begin_;
    return std::min(by_rounds, timed_end_);
}

// Doubles are exact enough, because the error reaches a nanosecond only after months. The due time
// of a slot is rounded up and the number of due slots is rounded down, so that the two agree.
Tick Load::intended_at(Slot slot) const {
    const auto count = static_cast<double>(slot - std::min(slot, begin_));
    return segment_started_at_ + static_cast<Tick>(std::ceil(
                                     count * 1e9 / static_cast<double>(segments_[segment_].rate)));
}

Slot Load::due_end(Slot next, Tick now) {
    due_at_ = never;
    if (!is_at_a_rate()) return segment_end();
    if (segment_started_at_ == 0) segment_started_at_ = now;
    const double elapsed_s = static_cast<double>(now - segment_started_at_) / 1e9;
    const Slot due = begin_ +
                     static_cast<Slot>(elapsed_s * static_cast<double>(segments_[segment_].rate)) +
                     1;
    if (due >= segment_end()) return segment_end();
    due_at_ = intended_at(std::max(due, next));
    return due;
}

Slot Load::batch() const {
    const Slot window = is_over() ? 1 : segments_[segment_].window;
    const Slot batches = (window + slots_per_send_ - 1) / slots_per_send_;
    return (window + batches - 1) / batches;
}

Proposals Load::proposals(Slot next, Tick now) {
    if (next < base_) [[unlikely]]
        return {.end = base_, .values = &no_op_, .mask = 0, .window = segments_[0].window};
    const Slot end = std::min(due_end(next, now), next + batch());
    if (next < filled_first_ || next > filled_end_)
        filled_end_ = next;  // The proposer has restarted at another slot.
    filled_first_ = next;
    while (filled_end_ < end) {  // Two pieces if the range wraps around the ring.
        const std::size_t place = filled_end_ % values_ahead;
        const std::size_t count = std::min<std::size_t>(end - filled_end_, values_ahead - place);
        source_.fill(self_, filled_end_ - base_, std::span{values_}.subspan(place, count));
        filled_end_ += count;
    }
    return Proposals{.end = end,
                     .values = values_.data(),
                     .mask = values_ahead - 1,
                     .window = is_over() ? 1 : segments_[segment_].window};
}

void Load::on_proposed(SlotRange opened, Tick now) {
    if (segment_started_at_ == 0 && opened.size() != 0) segment_started_at_ = now;
    for (Slot slot = std::max(opened.first, started_end_); slot < opened.end; ++slot)
        started_at_[slot % started_at_.size()] = now;
    started_end_ = std::max(started_end_, opened.end);
}

void Load::on_quorum(SlotRange run, Tick now, RowBoard& row) {
    Histogram& from_proposal = is_at_a_rate() ? row.uncorrected : row.latency;
    // Slots proposed in one step have the same start time, so their samples are added together.
    for (Slot slot = run.first; slot < run.end;) {
        const Tick started_at = started_at_[slot % started_at_.size()];
        const Slot first = slot;
        while (slot < run.end && started_at_[slot % started_at_.size()] == started_at) ++slot;
        from_proposal.record(now - started_at, slot - first);
    }
    if (is_at_a_rate())
        for (Slot slot = run.first; slot < run.end; ++slot)
            row.latency.record(now - std::min(now, intended_at(slot)));
    row.decided.add(run.size());
    row.last_decision_at.set(now);
}

bool Load::on_learned(Slot learned, Tick now, Slot next) {
    if (is_over()) return false;
    if (segment_started_at_ == 0 && learned > begin_) segment_started_at_ = now;
    const bool out_of_time = segments_[segment_].timed && segment_started_at_ != 0 &&
                             timed_end_ == ~Slot{0} && now >= segment_started_at_ + duration_ns_;
    if (out_of_time)
        timed_end_ = std::max({learned, next, begin_});  // The row includes the slots in flight.
    const Slot end = segment_end();
    if (learned < end) return false;
    begin_ = end;
    timed_end_ = ~Slot{0};
    segment_started_at_ = 0;
    ++segment_;
    return true;
}

}  // namespace paxos::node
