#include "cluster/watch.h"

#include <algorithm>

#include "paxos/variants.h"
#include "trace/words.h"

namespace paxos::cluster {
namespace {

using node::unbounded;
using trace::names_of;

std::string in_seconds(Tick ns) {
    const Tick tenths = ns / (Watch::second / 10);
    return std::to_string(tenths / 10) +
           (tenths % 10 != 0 ? "." + std::to_string(tenths % 10) : "") + " s";
}

}  // namespace

Watch::Watch(const node::Plan& plan, Tick started_at)
    : plan_(plan),
      quorum_(plan.quorums().of_slot(traits_of(plan.protocol).phases)),
      started_at_(started_at),
      observed_at_(started_at),
      progress_at_(started_at),
      slot_end_(plan.slot_end()) {
    turned_at_.fill(started_at);
}

Outcome Watch::observe(const node::Board& board, NodeMask live, Tick clock, NodeMask starting) {
    if (clock - observed_at_ > second) paused_ns_ += clock - observed_at_;
    observed_at_ = clock;
    const Tick now = clock - paused_ns_;

    note_progress(board, live, starting, now);
    find_end(board, live, now);
    const NodeMask waiting = unfinished(board, live);
    if (waiting.empty() && !live.empty()) return Outcome::complete;
    if (!quorum_.is_met(live)) {
        reason_ = std::string(plan_.accept_quorum == 0 ? "no majority" : "no quorum") +
                  " remains: " + std::to_string(live.count()) + " of " +
                  std::to_string(plan_.nodes) + " nodes are alive and " +
                  std::to_string(quorum_.size()) + " are needed; " + decided_so_far();
        return Outcome::no_quorum;
    }
    const Tick still_for = now - progress_at_;
    if (still_for >= give_up_after_ns) {
        // The run is complete if all unfinished nodes are silent or cut off, and the other live
        // nodes are a quorum.
        if ((waiting - silent_ - cut_off_).empty() && quorum_.is_met(live - waiting))
            return Outcome::complete;
        reason_ = "no decision for " + in_seconds(give_up_after_ns) + ": " + awaited(board, live);
        return Outcome::stalled;
    }
    if (now - started_at_ >= plan_.timeout_ns) {
        reason_ = "out of time after " + in_seconds(plan_.timeout_ns) +
                  " (--timeout): " + awaited(board, live);
        return Outcome::timed_out;
    }
    if (still_for >= warn_after_ns && !warned_) {
        warned_ = true;
        warning_ = "no decision for " + in_seconds(warn_after_ns) + ": " + awaited(board, live);
    }
    return Outcome::running;
}

void Watch::note_progress(const node::Board& board, NodeMask live, NodeMask starting, Tick now) {
    std::uint64_t sum = 0;
    silent_ = deaf_ = NodeMask{};
    live.for_each([&](NodeId node) {
        const std::uint64_t learned = board.nodes[node].learned.seen();
        sum += learned;
        learned_max_ = std::max(learned_max_, learned);
        const std::uint64_t turns = board.nodes[node].turns.get();
        if (turns != turns_[node]) {
            turns_[node] = turns;
            turned_at_[node] = now;
        } else if (now - turned_at_[node] >= silent_after_ns) {
            silent_.add(node);
        }
        if (plan_.nodes > 1 && board.nodes[node].heard.get() == 0) deaf_.add(node);
    });
    deaf_ = deaf_ - silent_;
    find_cut_off(board, live);
    if (sum > learned_sum_ || !starting.empty()) {
        progress_at_ = now;
        warned_ = false;
    }
    learned_sum_ = sum;  // The sum is lower than before if a node has died.
}

void Watch::find_cut_off(const node::Board& board, NodeMask live) {
    NodeMask reached, before;
    live.for_each([&](NodeId node) {
        if (board.nodes[node].learned.seen() >= learned_max_) reached.add(node);
    });
    while (reached != before) {
        before = reached;
        live.for_each([&](NodeId node) {
            if (!(NodeMask{board.nodes[node].heard.get()} & before).empty()) reached.add(node);
        });
    }
    cut_off_ = live - reached - silent_;
}

/// In a run with a duration, the end is known when every proposer has published the slot at which
/// it ended.
void Watch::find_end(const node::Board& board, NodeMask live, Tick now) {
    if (plan_.duration_ns == 0) return;
    const Tick rows_ns = plan_.duration_ns * plan_.row_count;
    near_end_ = now - started_at_ >= rows_ns;
    Slot furthest = 0;
    bool any = false, pending = false;
    live.for_each([&](NodeId node) {
        const Slot end = board.nodes[node].plan_end.seen();
        if (end == unbounded) {
            pending = pending || board.nodes[node].proposing.get() != 0;
        } else {
            any = true;
            furthest = std::max(furthest, end);
        }
    });
    // A proposer that dies before it publishes its end never publishes one. The end is learned_max_
    // if the time of all rows has been up for a second, no proposer has published an end, and
    // nothing was learned for a second.
    const bool nobody_says = !any && now - started_at_ >= rows_ns + second &&
                             now - progress_at_ >= second;
    if (nobody_says) furthest = learned_max_;
    if ((any || nobody_says) && !pending) slot_end_ = std::min(plan_.slot_end(), furthest);
}

NodeMask Watch::unfinished(const node::Board& board, NodeMask live) const {
    NodeMask waiting;
    live.for_each([&](NodeId node) {
        const node::NodeBoard& one = board.nodes[node];
        const bool says_so = static_cast<node::NodeState>(one.state.seen()) ==
                             node::NodeState::complete;
        if (!says_so && one.learned.seen() < slot_end_) waiting.add(node);
    });
    return waiting;
}

std::string Watch::decided_so_far() const {
    const std::uint64_t rounds = learned_max_ > plan_.warmup ? learned_max_ - plan_.warmup : 0;
    const std::string all = slot_end_ == unbounded
                                ? ""
                                : " of " + std::to_string(slot_end_ - plan_.warmup);
    return std::to_string(rounds) + all + " rounds are decided";
}

std::string Watch::awaited(const node::Board& board, NodeMask live) const {
    std::string text = decided_so_far();
    const NodeMask waiting = unfinished(board, live);
    const NodeMask dead = quorum_.everyone() - live;
    if (learned_max_ >= slot_end_ && !waiting.empty())
        text += ", not yet learned by " + names_of(waiting);
    if (!dead.empty())
        text += "; " + names_of(dead) + (dead.count() == 1 ? " is dead" : " are dead");
    if (!silent_.empty())
        text += "; " + names_of(silent_) + (silent_.count() == 1 ? " makes" : " make") +
                " no turns (stopped, not scheduled, or on a silent host)";
    return text + broken_contacts(board, live);
}

/// Names the live nodes that do not hear some other live node, and states if there is no leader.
std::string Watch::broken_contacts(const node::Board& board, NodeMask live) const {
    std::string text;
    NodeMask with_leader;
    live.for_each([&](NodeId node) {
        const NodeMask unheard = live - NodeMask{board.nodes[node].heard.get()} -
                                 NodeMask::of(node);
        if (board.nodes[node].leader.get() != no_node) with_leader.add(node);
        if (deaf_.has(node))
            text += "; n" + std::to_string(node) + " hears no other node";
        else if (!silent_.has(node) && !(unheard - silent_).empty())
            text += "; n" + std::to_string(node) + " does not hear " + names_of(unheard - silent_);
    });
    if (with_leader.empty()) text += "; there is no leader";
    return text;
}

std::string Watch::take_warning() {
    std::string taken;
    taken.swap(warning_);
    return taken;
}

}  // namespace paxos::cluster
