// Checks that decisions had a quorum (safety.md, S18). For a sample of slots, each node keeps
// evidence of what it accepted and learned (node::Evidence). The evidence of all nodes must show
// that the decision names a quorum, and that each node of that quorum accepted the slot.
//
// Rules 1 to 3 are checked. Points 4 and 5 limit what the evidence proves.
// 1. A decision names a quorum.
// 2. Each named node accepted the slot at the ballot of the decision or a higher one. A node that
//    learned the slot without accepting it is not named.
// 3. All nodes that learned the slot hold the same value. If two of their decisions have the same
//    ballot, both name the same quorum, because a ballot decides a slot only once.
// 4. A node writes its evidence about a slot when it learns the slot. A named node has no evidence
//    if it died before it learned the slot, or if it skipped the slot. Then the slot does not count
//    as verified.
// 5. A restarted node may have forgotten that it learned a slot, and may accept the slot again at a
//    higher ballot. The evidence of its earlier incarnation names the lower ballot. Evidence of an
//    incarnation that was followed by another one therefore proves that the node accepted at the
//    ballot in the evidence. It does not prove that the node accepted at no higher ballot, so it
//    cannot show that the node broke rule 2.
#pragma once

#include <span>
#include <string>

#include "node/board.h"

namespace paxos::cluster {

/// The evidence of one incarnation of a node. REQUIRES: no process writes it any more.
struct EvidenceOf {
    NodeId node = 0;
    const node::Evidence* evidence = nullptr;
    bool has_later_incarnation = false;
};

struct EvidenceCheck {
    std::uint64_t every = 1;     ///< The sample is one slot in `every`.
    std::uint64_t sampled = 0;   ///< Sampled slots that at least one node learned.
    std::uint64_t verified = 0;  ///< Sampled slots that every named node provably accepted.
    bool is_broken = false;
    Slot slot = 0;       ///< The first slot whose evidence contradicts rule 1, 2 or 3.
    std::string reason;  ///< How the evidence contradicts the rule.
};

[[nodiscard]] EvidenceCheck check_evidence(std::span<const EvidenceOf> all, const Quorum& quorum);

}  // namespace paxos::cluster
