// A fixture with the board (the memory that the launcher shares with the nodes) of a finished run.
// In this run, all nodes learned 10 warm-up rounds and 200 measured rounds. Tests change the parts
// of the board that belong to single nodes.
#pragma once

#include <csignal>
#include <cstdio>
#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cluster/run_record.h"
#include "cluster/shared_board.h"
#include "node/digest.h"
#include "node/digester.h"
#include "node/load.h"

namespace paxos::cluster {

class FinishedRun : public testing::Test {
protected:
    static constexpr Slot warmup = 10;
    static constexpr Slot rounds = 200;
    static constexpr Slot slot_end = warmup + rounds;

    void SetUp() override { begin(5); }
    void begin(std::size_t nodes) {
        plan_ = node::Plan{};
        plan_.nodes = nodes;
        plan_.warmup = warmup;
        plan_.row_count = 1;
        plan_.rows[0].rounds = rounds;
        plan_.rows[0].saturated = true;
        board_ = std::make_unique<SharedBoard>();
        std::string error;
        ASSERT_TRUE(board_->map(plan_, error)) << error;
        placement_.core_of.assign(nodes, 0);
        placement_.idle_of.assign(nodes, node::IdleKind::yield);
        record_ = RunRecord{};
        record_.plan = &plan_;
        record_.placement = &placement_;
        record_.has_started = true;
        record_.outcome = Outcome::complete;
        record_.slot_end = slot_end;
        for (std::size_t i = 0; i < nodes; ++i) {
            Ending ending;
            ending.has_ended = true;
            ending.exit_code = 0;
            record_.endings.push_back(ending);
            record_.pids.push_back(static_cast<int>(1000 + i));
            learn(static_cast<NodeId>(i), slot_end);
            set_state(static_cast<NodeId>(i), node::NodeState::stopped);
        }
    }
    node::NodeBoard& at(NodeId node) { return board_->get().nodes[node]; }
    void set_state(NodeId node, node::NodeState state) {
        at(node).state.publish(static_cast<std::uint64_t>(state));
    }
    /// Fills the board of `node` as if its current incarnation had learned all slots below `end`,
    /// beginning with its first slot (0 unless restart() was called). In slot `odd` the node has
    /// another value than all other nodes.
    void learn(NodeId node, Slot end, Slot odd = ~Slot{0}) {
        for (node::Word& entry : at(node).digests.entry) entry.set(0);
        for (node::Word& slots : at(node).digests.slots) slots.set(0);
        node::Digester digester(at(node).digests, at(node).checkpoints.own);
        const ValueSource source = node::value_source(plan_);
        const Slot begin = at(node).incarnation.begin.get();
        digester.begin(begin);
        for (Slot slot = begin; slot < end; ++slot)
            digester.add(slot, node::digest_of(slot, source.value_of(slot == odd ? 1 : 0, slot)),
                         1);
        digester.complete(end);
        at(node).learned.publish(end);
    }
    void learn_all(Slot end) {
        for (NodeId node = 0; node < plan_.nodes; ++node) learn(node, end);
    }
    /// Makes each node except `dead` publish the sum of the hashes of its own slots below `end`, as
    /// nodes do when `dead` has died and the log of `dead` ends at `end`.
    void survive(NodeId dead, Slot end) {
        const ValueSource source = node::value_source(plan_);
        std::uint64_t sum = 0;
        for (Slot slot = 0; slot < end; ++slot)
            sum += node::digest_of(slot, source.value_of(0, slot));
        for (NodeId node = 0; node < plan_.nodes; ++node) {
            if (node == dead) continue;
            node::Checkpoints& checkpoints = at(node).checkpoints;
            node::Checkpoints::Sum& below = checkpoints.sums[checkpoints.sum_count.get()];
            below.end.set(end);
            below.sum.set(sum);
            below.slots.set(end);
            checkpoints.sum_count.add(1);
        }
    }
    /// Sets the boards as if `node` had been killed after it learned the slots [0, end), and had
    /// been restarted. Its new incarnation has learned all slots from `begin` on, with another
    /// value in slot `odd`.
    void restart(NodeId node, Slot end, Slot begin, Slot odd = ~Slot{0}) {
        learn(node, end);
        record_.ended_incarnations.push_back(
            {.node = node,
             .digests = std::make_unique<node::Digests>(at(node).digests),
             .checkpoints = std::make_unique<node::Checkpoints>(at(node).checkpoints),
             .evidence = std::make_unique<node::Evidence>(at(node).evidence)});
        record_.restarts.emplace_back().node = node;
        at(node).incarnation.begin.set(begin);
        at(node).incarnation.ready_at.set(1);
        learn(node, slot_end, odd);
    }
    /// Makes `node` publish the hashes of the slots [first, end), as a node does when the launcher
    /// stops it.
    void retain(NodeId node, Slot first, Slot end) {
        node::Checkpoints& checkpoints = at(node).checkpoints;
        const ValueSource source = node::value_source(plan_);
        for (Slot slot = first; slot < end; ++slot)
            checkpoints.retained[slot % checkpoints.retained.size()].set(
                node::digest_of(slot, source.value_of(0, slot)));
        checkpoints.retained_first.set(first);
        checkpoints.retained_end.publish(end);
    }
    /// Makes `node` record that the quorum `by` decided `slot` at the ballot `decided`, and that
    /// `node` itself accepted the value at the ballot `accepted`.
    void testify(NodeId node, Slot slot, NodeMask by, Ballot decided, Ballot accepted) {
        node::Evidence::Entry& entry = at(node).evidence.entry.at(slot);
        entry.decided_by.set(by.bits());
        entry.decided.set(decided.bits());
        entry.accepted.set(accepted.bits());
        at(node).evidence.end.publish(std::max(at(node).evidence.end.get(), slot + 1));
    }
    void kill(NodeId node, Slot learned, int signal = SIGKILL) {
        record_.endings[node].exit_code = -1;
        record_.endings[node].signal = signal;
        set_state(node, node::NodeState::running);
        learn(node, learned);
    }
    void leave(NodeId node, int exit_code, node::NodeState state, const char* error) {
        record_.endings[node].exit_code = exit_code;
        set_state(node, state);
        std::snprintf(at(node).error.data(), at(node).error.size(), "%s", error);
    }
    measure::RunResult result() { return gather(board_->get(), record_); }

    node::Plan plan_;
    Placement placement_;
    std::unique_ptr<SharedBoard> board_;
    RunRecord record_;
};

}  // namespace paxos::cluster
