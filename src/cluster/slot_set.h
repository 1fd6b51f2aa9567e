// A set of slots, kept as ranges that may overlap.
#pragma once

#include <algorithm>
#include <vector>

#include "paxos/step.h"

namespace paxos::cluster {

class SlotSet {
public:
    void add(SlotRange range) {
        if (range.first >= range.end) return;
        if (!ranges_.empty() && ranges_.back().first <= range.first &&
            range.first <= ranges_.back().end)
            ranges_.back().end = std::max(ranges_.back().end, range.end);
        else
            ranges_.push_back(range);
    }
    void add(const SlotSet& other) {
        for (const SlotRange& range : other.ranges_) add(range);
    }
    [[nodiscard]] std::uint64_t size() const {
        std::vector<SlotRange> sorted = ranges_;
        std::ranges::sort(sorted, {}, &SlotRange::first);
        std::uint64_t size = 0;
        Slot end = 0;
        for (const SlotRange& range : sorted) {
            if (range.end <= end) continue;
            size += range.end - std::max(range.first, end);
            end = range.end;
        }
        return size;
    }

private:
    std::vector<SlotRange> ranges_;
};

}  // namespace paxos::cluster
