// One node as a proposer of `classic`, for tests of what it sends.
#pragma once

#include "support/subject.h"

namespace paxos::test {

using ProposerNode = Subject<Classic>;

/// Node 0 of a cluster of `nodes`, after its first step. It proposes in the slots below `end`, in
/// at most `window` slots at a time.
inline ProposerNode proposer(std::size_t nodes, Slot end = 1, std::uint32_t window = 1,
                             Options options = {}) {
    options.self = 0;
    options.runs = false;  // One slot per message.
    options.nodes = nodes;
    ProposerNode node(options);
    node.offer(end, window);
    node.step();
    return node;
}
/// Plays up to 60 rounds, one after another. `node` is node 0 of three nodes. Node 1 answers the
/// requests of `node`, and node 2 is silent.
inline void run_to_the_end(ProposerNode& node) {
    const Ballot ballot{1, 0};
    for (int i = 0; i < 60; ++i) {
        const Slot slot = node.node().learned();
        node.step({promise(1, ballot, slot)});
        node.step({accepted(1, ballot, slot, ProposerNode::own_value(slot))});
        node.header(1, node.node().learned());
    }
}

}  // namespace paxos::test
