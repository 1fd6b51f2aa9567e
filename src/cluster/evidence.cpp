#include "cluster/evidence.h"

#include <algorithm>
#include <vector>

#include "trace/words.h"

namespace paxos::cluster {
namespace {

/// The evidence for one slot in one incarnation of a node.
struct Record {
    NodeId node = 0;
    bool has_later_incarnation = false;
    NodeMask decided_by;
    Ballot decided, accepted;
    std::uint64_t hash = 0;
};

std::string node_name(NodeId node) { return "n" + std::to_string(node); }

/// For example "n0 learned a decision at 1.n0 by n0 n1 n2".
std::string decision_text(const Record& record) {
    return node_name(record.node) + " learned a decision at " + trace::text_of(record.decided) +
           " by " + trace::names_of(record.decided_by);
}

std::string fault_of_pair(const Record& one, const Record& other) {
    if (one.hash != other.hash)
        return node_name(one.node) + " and " + node_name(other.node) + " learned different values";
    if (one.decided == other.decided && one.decided_by != other.decided_by)
        return decision_text(one) + ", and " + decision_text(other);
    const bool is_final = !other.has_later_incarnation;
    if (is_final && one.decided_by.has(other.node) && other.accepted < one.decided)
        return decision_text(one) + ", but " + node_name(other.node) +
               (other.accepted.is_none() ? " accepted no value"
                                         : " accepted only at " + trace::text_of(other.accepted));
    return "";
}

/// How the records of one slot contradict a rule. Empty if they contradict none.
std::string fault_of(const std::vector<Record>& records, const Quorum& quorum) {
    for (const Record& one : records) {
        if (!quorum.is_met(one.decided_by)) return decision_text(one) + ", which is not a quorum";
        for (const Record& other : records)
            if (std::string fault = fault_of_pair(one, other); !fault.empty()) return fault;
    }
    return "";
}

/// Whether the records prove that each node named by a record accepted the decided value.
bool is_verified(const std::vector<Record>& records) {
    return std::ranges::all_of(records, [&](const Record& one) {
        NodeMask unproved = one.decided_by;
        for (const Record& other : records)
            if (other.accepted >= one.decided) unproved.remove(other.node);
        return unproved.empty();
    });
}

class Sample {
public:
    Sample(std::span<const EvidenceOf> all) {
        for (const EvidenceOf& one : all) {
            const std::uint64_t log2_step = one.evidence->log2_step.seen();
            if (log2_step >= node::Evidence::doubling)
                continue;  // The node ended while it doubled its sampling step.
            used_.push_back({one, log2_step, one.evidence->end.seen()});
            log2_step_ = std::max(log2_step_, log2_step);
            end_ = std::max(end_, used_.back().end);
        }
    }
    [[nodiscard]] Slot step() const { return Slot{1} << log2_step_; }
    [[nodiscard]] Slot end() const { return end_; }
    [[nodiscard]] std::vector<Record> at(Slot slot) const {
        std::vector<Record> records;
        for (const Used& one : used_) {
            const Slot index = slot >> one.log2_step;
            if (slot >= one.end || index >= node::Evidence::entries_max) continue;
            const node::Evidence::Entry& entry = one.from.evidence->entry[index];
            const NodeMask decided_by{entry.decided_by.get()};
            if (decided_by.empty()) continue;  // There is no evidence.
            records.push_back({one.from.node, one.from.has_later_incarnation, decided_by,
                               Ballot::from_bits(entry.decided.get()),
                               Ballot::from_bits(entry.accepted.get()), entry.hash.get()});
        }
        return records;
    }

private:
    struct Used {
        EvidenceOf from;
        std::uint64_t log2_step;
        Slot end;
    };
    std::vector<Used> used_;
    std::uint64_t log2_step_ = 0;
    Slot end_ = 0;
};

}  // namespace

EvidenceCheck check_evidence(std::span<const EvidenceOf> all, const Quorum& quorum) {
    const Sample sample(all);
    EvidenceCheck check;
    check.every = sample.step();
    for (Slot slot = 0; slot < sample.end(); slot += sample.step()) {
        const std::vector<Record> records = sample.at(slot);
        if (records.empty()) continue;
        ++check.sampled;
        if (std::string fault = fault_of(records, quorum); !fault.empty()) {
            if (!check.is_broken) check.reason = std::move(fault);
            if (!check.is_broken) check.slot = slot;
            check.is_broken = true;
            continue;
        }
        check.verified += is_verified(records);
    }
    return check;
}

}  // namespace paxos::cluster
