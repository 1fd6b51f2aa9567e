// Comparing digests. Everything is brought to the coarsest interval size first, so that one index
// means one interval.
#include "cluster/agreement.h"

#include <algorithm>
#include <map>

namespace paxos::cluster {
namespace {

constexpr unsigned log2_size_max = 62;

/// A node's digests, copied out of the board.
struct Log {
    NodeId node = 0;
    bool stopped_in_order = false;
    Slot end = 0;  // 0: nothing of it can be compared.
    unsigned log2_size = 0;
    std::vector<std::uint64_t> entry, slots;
};

Log read(const DigestOf& from) {
    Log log{from.node, from.stopped_in_order, 0, 0, {}, {}};
    const std::uint64_t log2_size = from.digests->log2_size.seen();
    if (log2_size > log2_size_max) return log;  // It ended while it doubled its intervals.
    const Slot end = from.digests->complete_end.seen();
    const Slot intervals = (end + (Slot{1} << log2_size) - 1) >> log2_size;
    if (intervals > node::Digests::entries_max) return log;
    log.end = end;
    log.log2_size = static_cast<unsigned>(log2_size);
    for (std::size_t i = 0; i < intervals; ++i) {
        log.entry.push_back(from.digests->entry[i].get());
        log.slots.push_back(from.digests->slots[i].get());
    }
    return log;
}

/// Neighbouring intervals of `sums` added up, 2^by of them to one.
std::vector<std::uint64_t> folded(const std::vector<std::uint64_t>& sums, unsigned by) {
    std::vector<std::uint64_t> coarse(sums.empty() ? 0 : ((sums.size() - 1) >> by) + 1);
    for (std::size_t i = 0; i < sums.size(); ++i) coarse[i >> by] += sums[i];
    return coarse;
}

void coarsen(Log& log, unsigned log2_size) {
    log.entry = folded(log.entry, log2_size - log.log2_size);
    log.slots = folded(log.slots, log2_size - log.log2_size);
    log.log2_size = log2_size;
}

/// What `log` holds of interval `index`, as [first, end); empty if that cannot be compared.
SlotRange comparable(const Log& log, std::size_t index) {
    if (index >= log.entry.size()) return {};
    const Slot first = Slot{index} << log.log2_size;
    const Slot whole_end = first + (Slot{1} << log.log2_size);
    const Slot end = std::min(whole_end, log.end);
    if (end < whole_end && !log.stopped_in_order) return {};
    return log.slots[index] == end - first ? SlotRange{first, end} : SlotRange{};
}

/// Who says what of one interval, among the nodes that completed the same slots of it.
using Camps = std::map<std::uint64_t, NodeMask>;

/// Returns how many slots were compared.
std::uint64_t judge(const SlotRange& range, const Camps& camps, Agreement& result) {
    NodeMask all;
    std::vector<NodeMask> by_size;
    for (const auto& [entry, nodes] : camps) {
        all = all | nodes;
        by_size.push_back(nodes);
    }
    if (all.count() < 2) return 0;
    all.for_each([&](NodeId node) { result.compared[node] += range.size(); });
    if (camps.size() == 1) return range.size();

    // The larger camp first; of equal ones that of the lower node, so that the same boards give the
    // same words.
    std::ranges::sort(by_size, [](NodeMask a, NodeMask b) {
        return a.count() != b.count() ? a.count() > b.count() : a.lowest() < b.lowest();
    });
    result.dissenters = result.dissenters | (all - by_size.front());
    if (!result.differs) {
        result.differs = true;
        result.differs_first = range.first;
        result.differs_end = range.end;
        result.camps = by_size;
    }
    return range.size();
}

}  // namespace

Agreement compare(std::span<const DigestOf> from) {
    std::vector<Log> logs;
    unsigned coarsest = 0;
    std::size_t intervals = 0;
    for (const DigestOf& one : from) {
        logs.push_back(read(one));
        if (logs.back().end != 0) coarsest = std::max(coarsest, logs.back().log2_size);
    }
    for (Log& log : logs) {
        if (log.end == 0) continue;
        coarsen(log, coarsest);
        intervals = std::max(intervals, log.entry.size());
    }

    Agreement result;
    for (std::size_t index = 0; index < intervals; ++index) {
        // By where the interval ends: the last one may be unfinished, at one slot here and at
        // another there.
        std::map<Slot, Camps> camps_by_end;
        SlotRange range{Slot{index} << coarsest, 0};
        for (const Log& log : logs) {
            const SlotRange held = comparable(log, index);
            if (held.size() != 0) camps_by_end[held.end][log.entry[index]].add(log.node);
        }
        std::uint64_t compared = 0;
        for (const auto& [end, camps] : camps_by_end) {
            range.end = end;
            compared = std::max(compared, judge(range, camps, result));
        }
        result.compared_total += compared;
    }
    return result;
}

std::uint64_t digest_of_log(const node::Digests& digests) {
    std::uint64_t sum = 0;
    for (const node::Word& entry : digests.entry) sum += entry.get();
    return sum;
}

std::uint64_t slots_of_log(const node::Digests& digests) {
    std::uint64_t sum = 0;
    for (const node::Word& slots : digests.slots) sum += slots.get();
    return sum;
}

}  // namespace paxos::cluster
