// Compares logs in the three ways of agreement.h. Each way groups the nodes by the content of their
// logs.
#include "cluster/agreement.h"

#include <algorithm>
#include <map>
#include <optional>

#include "cluster/slot_set.h"

namespace paxos::cluster {
namespace {

constexpr unsigned log2_size_max = 62;

/// What is known of a node's log: its digests and sums.
struct Log {
    NodeId node = 0;
    bool stopped_cleanly = false;
    Slot end = 0;  // The end of the intervals; 0 if no interval can be compared.
    unsigned log2_size =
        0;  // log2 of the intervals' size. compare_intervals() makes it the same for all logs.
    std::vector<std::uint64_t> entry, slots;
    Slot begin = 0;
    node::PrefixSum prefix{};  // The sum of the whole log.
    // The published sums, and the sums at both ends of the log; ordered by `end`.
    std::vector<node::PrefixSum> sums;
    const node::Checkpoints* checkpoints = nullptr;
    SlotRange skipped{};
};

void read_intervals(const node::Digests& from, Log& log) {
    const std::uint64_t log2_size = from.log2_size.seen();
    if (log2_size > log2_size_max) return;  // The node ended while it doubled the intervals' size.
    const Slot end = from.complete_end.seen();
    const Slot intervals = (end + (Slot{1} << log2_size) - 1) >> log2_size;
    if (intervals > node::Digests::entries_max) return;
    log.end = end;
    log.log2_size = static_cast<unsigned>(log2_size);
    for (std::size_t i = 0; i < intervals; ++i) {
        log.entry.push_back(from.entry[i].get());
        log.slots.push_back(from.slots[i].get());
    }
}

void read_sums(const node::Checkpoints& from, Log& log) {
    log.sums.push_back({log.begin, 0, 0});
    const std::uint64_t count = std::min(from.sum_count.seen(), std::uint64_t{from.sums.size()});
    for (std::size_t i = 0; i < count; ++i) {
        const node::Checkpoints::Sum& sum = from.sums[i];
        log.sums.push_back({sum.end.get(), sum.sum.get(), sum.slots.get()});
    }
    log.sums.push_back(log.prefix);
    std::ranges::stable_sort(log.sums, {}, &node::PrefixSum::end);
}

Log read(const LogOf& from) {
    Log log;
    log.node = from.node;
    log.stopped_cleanly = from.stopped_cleanly;
    log.checkpoints = from.checkpoints;
    log.prefix = from.checkpoints->own.get();
    log.skipped = from.skipped;
    log.begin = from.begin;
    read_sums(*from.checkpoints, log);
    read_intervals(*from.digests, log);
    return log;
}

/// Adds up the sums of each group of 2^by neighbouring intervals.
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

/// The slots of interval `index` that `log` holds. Empty if the interval cannot be compared,
/// because it may be incomplete, or because slots of it were skipped or precede the log.
SlotRange comparable(const Log& log, std::size_t index) {
    if (index >= log.entry.size()) return {};
    const Slot first = Slot{index} << log.log2_size;
    const Slot whole_end = first + (Slot{1} << log.log2_size);
    const Slot end = std::min(whole_end, log.end);
    if (end < whole_end && !log.stopped_cleanly) return {};
    return log.slots[index] == end - first ? SlotRange{first, end} : SlotRange{};
}

SlotRange retained(const Log& log) {
    return {log.checkpoints->retained_first.get(), log.checkpoints->retained_end.seen()};
}

std::uint64_t retained_hash(const Log& log, Slot slot) {
    return log.checkpoints->retained[slot % log.checkpoints->retained.size()].get();
}

/// The sum of the slots of `log` below `end`. None if the sum is unknown.
std::optional<node::PrefixSum> sum_below(const Log& log, Slot end) {
    const auto found = std::ranges::lower_bound(log.sums, end, {}, &node::PrefixSum::end);
    if (found != log.sums.end() && found->end == end) return *found;
    const SlotRange held = retained(log);
    if (end < held.first || held.end <= end || held.end != log.prefix.end) return std::nullopt;
    node::PrefixSum prefix = log.prefix;
    for (Slot slot = end; slot < held.end; ++slot) prefix.sum -= retained_hash(log, slot);
    return node::PrefixSum{end, prefix.sum, prefix.slots - (prefix.end - end)};
}

/// The sum of the slots of `range`. None if the sum is unknown, or if the log skipped some of these
/// slots.
std::optional<std::uint64_t> sum_of(const Log& log, SlotRange range) {
    if (range.first < log.begin || log.prefix.end < range.end) return std::nullopt;
    const std::optional<node::PrefixSum> first = sum_below(log, range.first);
    const std::optional<node::PrefixSum> end = sum_below(log, range.end);
    if (!first || !end || end->slots - first->slots != range.size()) return std::nullopt;
    return end->sum - first->sum;
}

/// Nodes, grouped by the content of their logs in one range of slots. The key is a hash of that
/// content, or 0 if there is only one group.
using Groups = std::map<std::uint64_t, NodeMask>;

class Comparison {
public:
    /// Notes that the logs of `groups` were compared over `range`. They differ if there is more
    /// than one group.
    void compare(const SlotRange& range, const Groups& groups) {
        NodeMask all;
        std::vector<NodeMask> by_size;
        for (const auto& [entry, nodes] : groups) {
            all = all | nodes;
            by_size.push_back(nodes);
        }
        if (all.count() > 1) all.for_each([&](NodeId node) { compared_[node].add(range); });
        if (groups.size() < 2) return;

        // Larger groups come first. Of two groups of the same size, the one with the lowest node
        // comes first, so that the report is deterministic.
        std::ranges::sort(by_size, [](NodeMask a, NodeMask b) {
            return a.count() != b.count() ? a.count() > b.count() : a.lowest() < b.lowest();
        });
        // A node may be in several groups, with a different incarnation in each.
        for (const NodeMask group : std::span{by_size}.subspan(1))
            result_.dissenters = result_.dissenters | group;
        if (result_.differs && range.end > result_.differs_first) return;
        result_.differs = true;
        result_.differs_first = range.first;
        result_.differs_end = range.end;
        result_.groups = by_size;
    }
    [[nodiscard]] Agreement result() && {
        SlotSet all;
        for (std::size_t node = 0; node < compared_.size(); ++node) {
            result_.compared[node] = compared_[node].size();
            all.add(compared_[node]);
        }
        result_.compared_total = all.size();
        return std::move(result_);
    }

private:
    Agreement result_;
    std::array<SlotSet, limits::nodes_max> compared_;
};

void compare_intervals(std::vector<Log>& logs, Comparison& comparison) {
    unsigned coarsest = 0;
    std::size_t intervals = 0;
    for (const Log& log : logs)
        if (log.end != 0) coarsest = std::max(coarsest, log.log2_size);
    for (Log& log : logs) {
        if (log.end == 0) continue;
        coarsen(log, coarsest);
        intervals = std::max(intervals, log.entry.size());
    }
    for (std::size_t index = 0; index < intervals; ++index) {
        // The last interval of a log may be incomplete, and may end at a different slot in each
        // log. Only entries with the same end are compared.
        std::map<Slot, Groups> groups_by_end;
        for (const Log& log : logs) {
            const SlotRange held = comparable(log, index);
            if (held.size() != 0) groups_by_end[held.end][log.entry[index]].add(log.node);
        }
        for (const auto& [end, groups] : groups_by_end)
            comparison.compare({Slot{index} << coarsest, end}, groups);
    }
}

/// REQUIRES: `holders` retain every slot of `range`.
void compare_retained(const std::vector<const Log*>& holders, SlotRange range,
                      Comparison& comparison) {
    NodeMask all;
    for (const Log* log : holders) all.add(log->node);
    Slot agreed_from = range.first;
    for (Slot slot = range.first; slot < range.end; ++slot) {
        const std::uint64_t hash = retained_hash(*holders.front(), slot);
        if (std::ranges::all_of(holders,
                                [&](const Log* log) { return retained_hash(*log, slot) == hash; }))
            continue;
        Groups groups;
        for (const Log* log : holders) groups[retained_hash(*log, slot)].add(log->node);
        comparison.compare({agreed_from, slot}, {{0, all}});
        comparison.compare({slot, slot + 1}, groups);
        agreed_from = slot + 1;
    }
    comparison.compare({agreed_from, range.end}, {{0, all}});
}

void compare_retained(const std::vector<Log>& logs, Comparison& comparison) {
    // The cuts are the slots at which the retained range of a log begins or ends. All slots between
    // two neighbouring cuts are retained by the same logs.
    std::vector<Slot> cuts;
    for (const Log& log : logs) {
        const SlotRange held = retained(log);
        if (held.size() != 0) cuts.insert(cuts.end(), {held.first, held.end});
    }
    std::ranges::sort(cuts);
    for (std::size_t i = 0; i + 1 < cuts.size(); ++i) {
        std::vector<const Log*> holders;
        for (const Log& log : logs)
            if (retained(log).first <= cuts[i] && cuts[i + 1] <= retained(log).end)
                holders.push_back(&log);
        if (holders.size() > 1) compare_retained(holders, {cuts[i], cuts[i + 1]}, comparison);
    }
}

/// Called if the sums of the slots below `end` differ between the logs of the nodes in `groups`.
/// Returns the first slot of the interval that contains slot `end` - 1. If that interval is
/// incomplete in a log, compare_intervals() has not compared it, but it has compared all intervals
/// before it. So a difference that is not reported yet is in the slots from the returned one on.
/// Returns 0 if the log of any of these nodes has no intervals.
Slot likely_first(const std::vector<Log>& logs, const Groups& groups, Slot end) {
    NodeMask nodes;
    for (const auto& [sum, group] : groups) nodes = nodes | group;
    Slot first = end;
    for (const Log& log : logs) {
        if (!nodes.has(log.node)) continue;
        if (log.end == 0) return 0;
        first = std::min(first, (end - 1) >> log.log2_size << log.log2_size);
    }
    return first;
}

/// The pieces whose sums are compared. Each whole log is a piece. The log of a restarted node may
/// begin at a slot at which the other nodes have published no sum. But both they and the restarted
/// node publish a sum at the slot from which this node catches up. So for each slot at which the
/// restarted node has published a sum, the part of its log from this slot on is a piece too.
std::vector<SlotRange> pieces_of(const std::vector<Log>& logs) {
    std::vector<SlotRange> pieces;
    for (const Log& log : logs)
        for (const node::PrefixSum& sum : log.sums)
            if (sum.end < log.prefix.end && (sum.end == log.begin || log.begin != 0))
                pieces.push_back({sum.end, log.prefix.end});
    const auto key = [](const SlotRange& piece) { return std::pair(piece.end, piece.first); };
    std::ranges::sort(pieces, {}, key);
    const auto repeated = std::ranges::unique(pieces, {}, key);
    pieces.erase(repeated.begin(), repeated.end());
    return pieces;
}

void compare_pieces(const std::vector<Log>& logs, Comparison& comparison) {
    for (const SlotRange piece : pieces_of(logs)) {
        Groups groups;
        for (const Log& log : logs)
            if (const std::optional<std::uint64_t> sum = sum_of(log, piece))
                groups[*sum].add(log.node);
        // A difference is reported for as few slots as possible. likely_first() requires that all
        // earlier intervals were compared. This holds only for pieces that begin at slot 0. Any
        // other piece is of a restarted node. The log of this node may begin inside an interval,
        // and this interval is then not compared.
        const bool is_narrowed = groups.size() > 1 && piece.first == 0;
        comparison.compare(
            {is_narrowed ? likely_first(logs, groups, piece.end) : piece.first, piece.end}, groups);
    }
}

bool has_learned(const Log& log, Slot slot) {
    const bool was_skipped = log.skipped.first <= slot && slot < log.skipped.end;
    return log.begin <= slot && slot < log.prefix.end && !was_skipped;
}

/// Counts the slots learned by each node, by at least one node, and by exactly one node.
void count_learned(const std::vector<Log>& logs, Agreement& result) {
    std::vector<Slot> cuts{0};
    for (const Log& log : logs)
        cuts.insert(cuts.end(), {log.begin, log.prefix.end, log.skipped.first, log.skipped.end});
    std::ranges::sort(cuts);
    for (std::size_t i = 0; i + 1 < cuts.size(); ++i) {
        if (cuts[i] == cuts[i + 1]) continue;
        NodeMask learners;
        for (const Log& log : logs)
            if (has_learned(log, cuts[i])) learners.add(log.node);
        const std::uint64_t slots = cuts[i + 1] - cuts[i];
        learners.for_each([&](NodeId node) { result.learned[node] += slots; });
        if (!learners.empty()) result.learned_total += slots;
        if (learners.count() == 1) result.learned_by_one += slots;
    }
}

}  // namespace

Agreement compare(std::span<const LogOf> from) {
    std::vector<Log> logs;
    for (const LogOf& one : from) logs.push_back(read(one));
    Comparison comparison;
    // Called first, because only this comparison finds the exact slot of a difference.
    compare_retained(logs, comparison);
    compare_intervals(logs, comparison);
    compare_pieces(logs, comparison);
    Agreement result = std::move(comparison).result();
    count_learned(logs, result);
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
