// See restarts.h.
#include "cluster/restarts.h"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace paxos::cluster {

void clear_incarnation(node::NodeBoard& board) {
    static const auto no_digests = std::make_unique<node::Digests>();
    static const auto no_evidence = std::make_unique<node::Evidence>();
    board.state.set(static_cast<std::uint64_t>(node::NodeState::starting));
    board.learned.set(0);
    for (node::Word* word : {&board.skipped, &board.skipped_first, &board.skipped_end})
        word->set(0);
    board.incarnation = node::IncarnationBoard{};
    board.digests = *no_digests;
    board.checkpoints.sum_count.set(0);
    board.evidence = *no_evidence;
    board.error.front() = '\0';
}

void Restarts::begin(node::Board& board, Tick started_at, Processes processes) {
    board_ = &board;
    started_at_ = started_at;
    processes_ = std::move(processes);
}

void Restarts::step(Tick now) {
    if (board_ == nullptr || !plan_.faults.restarts) return;
    note_starting(now);
    (processes_.ended() - pending_ - given_up_).for_each([&](NodeId node) {
        starting_.remove(node);
        if (may_restart(processes_.ending(node)))
            note_killed(node, now);
        else
            given_up_.add(node);
    });
    pending_.for_each([&](NodeId node) {
        Restart& restart = last_of(node);
        if (now >= restart.killed_at + plan_.faults.restart_ns) start(restart, now);
    });
}

bool Restarts::may_restart(const Ending& ending) const {
    return ending.signal != 0 && !ending.is_crash() && !ending.with_launcher &&
           restarts_.size() < restarts_max;
}

void Restarts::note_killed(NodeId node, Tick now) {
    keep_incarnation(node);
    clear_incarnation(board_->nodes[node]);
    pending_.add(node);
    restarts_.push_back({.node = node, .killed_at = now, .incarnation = {}});
    processes_.on_killed(node, now,
                         "killed by signal " + std::to_string(processes_.ending(node).signal));
}

void Restarts::keep_incarnation(NodeId node) {
    const node::NodeBoard& board = board_->nodes[node];
    if (started_again_.has(node)) {
        last_of(node).incarnation = board.incarnation;
        last_of(node).was_left_behind = board.skipped.get() != 0;
    }
    // An incarnation that was never ready has learned nothing that could be compared.
    if (board.incarnation.ready_at.get() == 0) return;
    ended_incarnations_.push_back(
        {.node = node,
         .skipped = board.skipped.get(),
         .skipped_range = {board.skipped_first.get(), board.skipped_end.get()},
         .begin = board.incarnation.begin.get(),
         .digests = std::make_unique<node::Digests>(board.digests),
         .checkpoints = std::make_unique<node::Checkpoints>(board.checkpoints),
         .evidence = std::make_unique<node::Evidence>(board.evidence)});
}

void Restarts::start(Restart& restart, Tick now) {
    const NodeId node = restart.node;
    pending_.remove(node);
    started_again_.add(node);
    std::string error;
    if (processes_.start(node, recorded_end(node), error)) {
        restart.forked_at = now;
        starting_.add(node);
        return;
    }
    given_up_.add(node);
    std::array<char, 1024>& text = board_->nodes[node].error;
    std::snprintf(text.data(), text.size(), "%s", error.c_str());
}

void Restarts::note_starting(Tick now) {
    starting_.for_each([&](NodeId node) {
        const Tick ready_at = board_->nodes[node].incarnation.ready_at.get();
        if (ready_at != 0) {
            starting_.remove(node);
            processes_.on_ready(node, ready_at);
        } else if (now >= last_of(node).forked_at + start_timeout_ns) {
            given_up_.add(node);
            starting_.remove(node);
            processes_.kill(node);
        }
    });
}

void Restarts::stop() {
    if (board_ == nullptr) return;
    starting_.for_each([&](NodeId node) {
        if (board_->nodes[node].incarnation.ready_at.get() == 0) processes_.kill(node);
    });
    starting_ = pending_ = NodeMask{};
}

Restarts::Restart& Restarts::last_of(NodeId node) {
    const auto last = std::find_if(restarts_.rbegin(), restarts_.rend(),
                                   [&](const Restart& one) { return one.node == node; });
    PAXOS_ASSERT(last != restarts_.rend());
    return *last;
}

Slot Restarts::recorded_end(NodeId node) const {
    Slot end = 0;
    for (const EndedIncarnation& incarnation : ended_incarnations_)
        if (incarnation.node == node) end = std::max(end, incarnation.end());
    return end;
}

std::vector<measure::RestartResult> Restarts::results() {
    started_again_.for_each([&](NodeId node) {
        last_of(node).incarnation = board_->nodes[node].incarnation;
        last_of(node).was_left_behind = board_->nodes[node].skipped.get() != 0;
    });
    std::vector<measure::RestartResult> results;
    for (const Restart& restart : restarts_) {
        const auto since_kill = [&](const node::Word& at) -> std::optional<std::uint64_t> {
            if (at.get() == 0) return std::nullopt;
            return at.get() - std::min(at.get(), restart.killed_at);
        };
        if (restart.forked_at == 0) continue;  // The run ended first, or the start failed.
        results.push_back({.node = restart.node,
                           .killed_at_ns = restart.killed_at - started_at_,
                           .started_ns = restart.forked_at - restart.killed_at,
                           .ready_ns = since_kill(restart.incarnation.ready_at),
                           .took_part_ns = since_kill(restart.incarnation.took_part_at),
                           .caught_up_ns = since_kill(restart.incarnation.caught_up_at),
                           .behind = restart.incarnation.behind.get(),
                           .was_left_behind = restart.was_left_behind});
    }
    return results;
}

}  // namespace paxos::cluster
