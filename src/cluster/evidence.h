// Whether the decisions had their quorums: of a sample of slots, what each node says that it accepted, against what the
// decision names (safety.md, S18).
//
// 1. A decision names a quorum.
// 2. Each node that it names accepted the slot at the ballot of the decision, or at a higher one. One that learned the slot
//    without accepting it is not named.
// 3. All nodes hold the same value. A ballot decided a slot once: all that learned it at one ballot name one quorum.
// 4. A named node without a record cannot be asked: it died before it learned the slot, or skipped it. Then the slot is
//    not counted as verified.
#pragma once

#include <span>
#include <string>

#include "node/board.h"

namespace paxos::cluster {

/// One node's evidence. The node no longer writes it.
struct EvidenceOf {
    NodeId node = 0;
    const node::Evidence* evidence = nullptr;
};

struct EvidenceCheck {
    std::uint64_t every = 1;    ///< The sample: every so many slots, one.
    std::uint64_t sampled = 0;  ///< Slots of the sample that some node learned.
    std::uint64_t verified = 0;  ///< Of these, slots of which each named node showed that it accepted.
    bool is_broken = false;
    Slot slot = 0;       ///< The first slot whose evidence contradicts rule 1, 2 or 3, ...
    std::string reason;  ///< ... and how.
};

[[nodiscard]] EvidenceCheck check_evidence(std::span<const EvidenceOf> all, std::size_t nodes);

}  // namespace paxos::cluster
