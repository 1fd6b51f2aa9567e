// One node of the protocol: an acceptor, a learner and a proposer that share one log. Dispatches
// every message by its kind. A variant defines how the proposer performs phase 1: see classic.h.
//
// Single-threaded. The caller supplies the time and the random seed. Outside this folder and
// src/core, the protocol calls only memcpy and the like, and the assertion handler.
#pragma once

#include "paxos/checkpoint.h"
#include "paxos/heartbeat.h"
#include "paxos/proposer.h"
#include "paxos/runs.h"

namespace paxos {

template <class Limits, template <class> class VariantOf>
class Replica {
public:
    using Sizes = Limits;
    /// Traits of the variant: whether a promise is for a slot or for the whole log, and how many
    /// phases each slot needs.
    static constexpr PromiseScope scope = VariantOf<Limits>::scope;
    static constexpr unsigned phases = VariantOf<Limits>::phases;

    explicit Replica(const Options& options)
        : node_(options), learner_(options), proposer_(options), heartbeat_(options) {}

    /// Handles the arrivals, opens slots, retransmits, and checks timers. Sends at most
    /// `reply_cells_per_step` cells with answers, `reports_per_step` messages to peers that prepare
    /// the whole log, `decisions_per_step` decisions to peers that lack them, two requests and two
    /// DECIDEs per slot of the window, LEARNs for the slots of the ring, and heartbeats. If losses
    /// are frequent, sends messages without values twice. Not inlined, so that the only copy is the
    /// one compiled in src/core.
    [[gnu::noinline]] void step(const Input& input, Output<Limits>& output) {
        begin_step(input, output);
        take(input.arrivals, output);
        proposer_.step(node_, input.proposals, output);
        end_step(output);
    }

    /// Every slot below this one is learned, or was skipped when this node was left behind.
    [[nodiscard]] Slot learned() const { return node_.log.learned(); }
    /// The decisions of the slots [retained_from(), learned()) are known here.
    [[nodiscard]] Slot retained_from() const { return node_.log.retained_from(); }
    /// The decisions of the slots [ring_begin(), learned()) are in the ring. They include all
    /// decisions that the last step has learned.
    [[nodiscard]] Slot ring_begin() const { return node_.log.ring_begin(); }
    /// The value decided in `slot`. REQUIRES: learned here and in the ring.
    [[nodiscard]] const Value& value_of(Slot slot) const { return node_.log.value_of(slot); }
    /// The slot with its state and value. REQUIRES: learned here and retained.
    [[nodiscard]] LogSlot slot_of(Slot slot) const { return node_.log.at(slot); }
    /// The values decided in [first, end). If the ring wraps around within this range, only the
    /// values before the wrap. REQUIRES: not empty; all are learned here and in the ring.
    [[nodiscard]] std::span<const Value> values_of(Slot first, Slot end) const {
        return node_.log.values_of(first, end);
    }
    [[nodiscard]] const Counters& counters() const { return node_.counters; }
    /// The contacts to put in the headers of the datagrams that the last step sends.
    [[nodiscard]] Contacts contacts() const {
        return {.heard = node_.peers.heard(),
                .leader = proposer_.election.announced_leader(node_.peers, node_.now)};
    }
    /// Whether this node sends its messages without values twice (losses.h). With Options::runs off
    /// it never does, because each message is then about one slot, so that the copies would be too
    /// many.
    [[nodiscard]] bool repeats_messages() const {
        return node_.losses.are_frequent() && node_.options.runs;
    }
    [[nodiscard]] bool is_proposing() const { return proposer_.election.is_active(); }
    /// Whether there is space to hold the answers of another step until their records are durable
    /// (HeldAnswers). If not, the caller stops receiving.
    [[nodiscard]] bool has_room() const {
        return node_.held.room() >= HeldAnswers<Limits>::capacity / 2;
    }
    /// Restores what this node recorded before it restarted: whole records, in order. Called any
    /// number of times before the first step. REQUIRES: the records of all calls together are a
    /// prefix of all records ever made, or of the records from a checkpoint on (S23, S25).
    void restore(std::span<const Message> records) {
        PAXOS_ASSERT(!begun_);
        Records<Limits>::for_each(records, [&](const Message& record) {
            restore_record(record, node_.log, node_.acceptor);
            proposer_.election.restore(record.ballot);
        });
    }
    /// Writes this node's state to `space` as records that restore() can apply without any earlier
    /// record. Returns the number of bytes. REQUIRES: checkpoint_bytes_max<Limits> bytes of space,
    /// 64-byte aligned.
    std::size_t checkpoint(std::span<std::byte> space) const {
        return write_checkpoint(space, node_.log, node_.acceptor, node_.options.self);
    }
    /// The slot that this node's proposer opens next, and the number of its slots in flight.
    [[nodiscard]] Slot next_slot() const { return proposer_.window.next(); }
    [[nodiscard]] std::uint64_t in_flight() const { return proposer_.window.in_flight(); }
    /// The window has space only for slots below this one, until some of its slots are decided. So
    /// the caller need not offer values for other slots in the next step.
    [[nodiscard]] Slot proposable_end() const {
        return std::max(proposer_.window.first(), node_.log.learned()) + Limits::window_max;
    }

    /// Whether this node's proposer is active, and in which phase of its ballot.
    [[nodiscard]] Lead lead() const { return proposer_.election.lead(); }

private:
    friend struct CanonicalState;  // Reads the state that the exhaustive search compares.
    using Out = Output<Limits>;

    void begin_step(const Input& input, Out& output) {
        const bool is_kept = input.durable_up_to != everything;
        output.begin(node_.options.runs);
        output.records.begin(is_kept, input.record_space, recorded_);
        PAXOS_ASSERT(input.arrivals.empty() || output.records.has_space());
        const Tick pause = input.now - node_.now;
        node_.begin_step(input, output);
        proposer_.targets.set_down(input.down);
        proposer_.targets.begin_step();
        proposer_.begin_step();
        learned_before_ = node_.log.learned();
        if (!begun_) {
            begun_ = true;
            node_.peers.begin(node_.now);
            proposer_.election.begin(node_.now, input.down);
            catch_up_at_ = node_.now + node_.options.timing.catch_up_ns;
            heartbeat_.begin(node_.now);
        } else if (pause > node_.options.timing.heartbeat_ns) {
            // This node was not scheduled, so the pause is not counted as silence of its peers.
            // One heartbeat interval of each pause is still counted: otherwise a node whose turns
            // are always far apart would never detect a silent peer.
            const Tick excluded = pause - node_.options.timing.heartbeat_ns;
            node_.peers.exclude_pause(excluded);
            proposer_.election.exclude_pause(excluded);
            learner_.exclude_pause(excluded);
        }
    }
    /// Passes the arrived messages to the handlers of their kinds, run by run.
    void take(std::span<const Arrival> arrivals, Out& output) {
        const Arrival* last = nullptr;
        for (const Arrival& arrival : arrivals) {
            // The datagrams that a sender sends in one step carry the same watermarks and contacts,
            // which are processed once.
            if (last == nullptr || !arrival.has_same_header(*last)) hear(arrival);
            last = &arrival;
            for_each_run(arrival, [&](const Run& run) {
                const MessageKind kind = run.message->kind;
                node_.counters.received[static_cast<std::size_t>(kind)] += run.size();
                handle(run, output);
                proposer_.retransmitter.note(arrival.from, kind, run.slots.end);
            });
        }
        node_.peers.expire(node_.now);
    }
    void hear(const Arrival& arrival) {
        const Incarnation before = node_.peers.incarnation_of(arrival.from);
        if (!node_.peers.hear(arrival, node_.now)) [[unlikely]]
            return;
        if (arrival.incarnation != before) [[unlikely]]
            pushed_[arrival.from] = Pushed{};
        proposer_.election.hear(arrival.from, arrival.contacts.leader, node_.peers, node_.now);
        if (arrival.contacts.heard.has(node_.options.self)) [[likely]]
            proposer_.targets.hear(arrival.from);
    }
    // Inlined into its only caller, because a call for each run would save and restore registers.
    [[gnu::always_inline]] void handle(const Run& run, Out& output) {
        switch (run.message->kind) {
            case MessageKind::prepare:
                return proposer_.variant.on_prepare(run, proposer_, node_, output);
            case MessageKind::promise:
                return proposer_.variant.on_promise(run, proposer_, node_, output);
            case MessageKind::accept: return on_accept(run, output);
            case MessageKind::accepted: return proposer_.on_accepted(run, node_, output);
            case MessageKind::decide: return on_decide(run, output);
            case MessageKind::nack: return proposer_.on_nack(run, node_, output);
            case MessageKind::learn: return on_learn(run, output);
            case MessageKind::none: PAXOS_UNREACHABLE("src/wire rejects messages of unknown kind");
        }
    }
    /// Runs the timers, outputs the decisions of this step, and sends heartbeats.
    void end_step(Out& output) {
        if (node_.now >= catch_up_at_) {
            catch_up_at_ = node_.now + node_.options.timing.catch_up_ns;
            learner_.catch_up(node_.log, node_.peers, node_.now, output,
                              [&](NodeId holder, Slot first, std::uint32_t count) {
                                  node_.losses.note_again(count);
                                  node_.template send<MessageKind::learn>(
                                      output, NodeMask::of(holder), [&] {
                                          return question_of(first, count, node_.options.self);
                                      });
                              });
            // Being left behind does not affect the acceptor: it keeps its promises and goes on
            // voting. But the proposer steps down, because slots of its window may be among the
            // skipped ones.
            if (output.skipped.size() != 0) {
                node_.counters.skipped += output.skipped.size();
                proposer_.election.step_down(node_.now);
                proposer_.window.restart(node_.log.learned());
            }
        }
        const Slot first = output.skipped.size() != 0 ? output.skipped.end : learned_before_;
        output.decisions = SlotRange{first, node_.log.learned()};  // S21
        keep_contact(output);
        node_.losses.note_learned(output.decisions.size());
        if (repeats_messages()) [[unlikely]]
            node_.counters.copies += output.outbox.repeat();
        recorded_ = output.records.sequence();
        for (const Send& send : output.outbox.sends())
            node_.counters.cells += send.cell_count() * send.to.count();
        check();
    }
    /// Asserts the invariants of every role.
    void check() const {
        node_.log.check();
        node_.acceptor.check(node_.log);
        node_.peers.check();
        learner_.check(node_.log);
        proposer_.check(node_);
    }
    /// Sends heartbeats. A peer that this node does not hear cannot request missing decisions from
    /// this node, but may still hear it. Each periodic datagram to such a peer therefore carries
    /// the next decisions.
    void keep_contact(Out& output) {
        const NodeMask audience = proposer_.election.audience() - node_.peers.down();
        const NodeMask contacts = heartbeat_.next_contacts(node_.now) - node_.peers.down();
        push_due_ = (push_due_ | contacts) - node_.peers.heard() - node_.peers.down();
        if (!push_due_.empty()) {
            // Pushes to one peer per step, because each peer needs a send of its own. The other
            // peers remain due. Takes the peers round robin, so that each gets its push even if the
            // node's turns are long and several peers are due in each step.
            const NodeMask next = push_due_ - NodeMask::first(pushed_last_ + 1U);
            pushed_last_ = (next.empty() ? push_due_ : next).lowest();
            push_due_.remove(pushed_last_);
            push_decisions(pushed_last_, output);
        }
        heartbeat_.note_sent(output.outbox);
        if (const NodeMask others = contacts - audience; !others.empty())
            heartbeat_.greet(output.outbox, others);
        if (!heartbeat_.is_due(node_.log.learned(), node_.now)) return;
        const NodeMask relayed = node_.peers.deaf_to(
            proposer_.election.leader());  // This node's headers show them the leader.
        heartbeat_.beat(output.outbox, audience | relayed, node_.log.learned(), node_.now);
    }
    [[gnu::noinline]] void push_decisions(NodeId peer, Out& output) {
        Pushed& pushed = pushed_[peer];
        if (pushed.again_at != 0 && node_.now >= pushed.again_at)
            pushed = Pushed{.is_repeated = true};
        // A peer with storage may have restarted unnoticed, with a shorter log than it reported.
        const bool may_lack_more = pushed.is_repeated && output.records.is_kept();
        const Slot known = may_lack_more ? 0 : node_.peers.learned_of(peer);
        pushed.end = std::max({pushed.end, node_.log.retained_from(), known});
        const Slot end = std::min<Slot>(node_.log.learned(), pushed.end + pushed_at_once);
        pushed.end = node_.send_decided(output, NodeMask::of(peer),
                                        {pushed.end, std::max(pushed.end, end)});
        if (pushed.end == node_.log.learned() && pushed.again_at == 0)
            pushed.again_at = node_.now + 4 * node_.options.timing.silence_ns;
    }

    void on_accept(const Run& run, Out& output) {
        const Ballot ballot = run.message->ballot;
        const NodeMask asker = NodeMask::of(run.message->from);
        bool has_voted = false;
        for (SlotRange rest = run.slots; !rest.empty();) {
            const SlotRange asked = node_.answerable(rest);
            if (asked.empty()) break;
            const Answered answered = node_.acceptor.accept(node_.log, asked, ballot, run.values(),
                                                            output.records);
            const auto& [answer, slots, state, is_repeat] = answered;
            rest.first = slots.end;
            switch (answer) {
                case Answer::yes: break;
                case Answer::refused:
                    node_.refuse(output, run, slots, node_.acceptor.promised(state));
                    continue;
                case Answer::decided: node_.send_decided(output, asker, slots); continue;
                case Answer::outside: node_.ignore_outside(output, run, slots); continue;
                case Answer::two_values:
                    return Learner<Limits>::violate(output, ViolationKind::two_values_at_a_ballot,
                                                    run.at(slots.first), node_.log.at(slots.first));
            }
            has_voted = true;
            node_.template answer_run<MessageKind::accepted>(
                output, asker, answered, [&](Slot slot) {
                    return yes_to(*run.message, MessageKind::accepted, slot, run.value_of(slot),
                                  node_.options.self);
                });
        }
        if (has_voted) proposer_.election.vote_for(ballot, node_.peers, node_.now);
    }
    void on_decide(const Run& run, Out& output) {
        const Message& first = *run.message;
        if (!learner_.is_quorum(first.quorum()))
            return Learner<Limits>::violate(output, ViolationKind::decided_without_quorum, first,
                                            LogSlot{});
        if (first.slot < node_.log.end() && first.ballot.node() == first.from)
            proposer_.election.follow(first.ballot, node_.now);
        const Slot end = std::clamp(node_.log.end(), run.slots.first, run.slots.end);
        const SlotRange slots{run.slots.first, end};
        if (first.value_count() != 0)
            learner_.on_decide(node_.log, run, slots, output);
        else
            learner_.on_decide(node_.log, first, slots, output);
        node_.ignore_outside(output, run, {end, run.slots.end});
        node_.log.advance();
        if (!proposer_.window.empty()) finish_learned(slots);
    }
    /// Removes the learned slots of `slots` from the window, because they are no longer in flight.
    [[gnu::noinline]] void finish_learned(SlotRange slots) {
        while (!slots.empty()) {
            const auto [alike, are_learned] = proposer_.alike(node_.log, slots);
            slots.first = alike.end;
            if (are_learned) proposer_.window.finish_all(alike);
        }
    }
    [[gnu::noinline]] void on_learn(const Run& learn, Out& output) {
        const Slot end = std::min(learn.slots.end, node_.log.end());
        for (Slot slot = std::max(learn.slots.first, node_.log.retained_from()); slot < end;) {
            const auto [alike, are_learned] = proposer_.alike(node_.log, {slot, end});
            slot = alike.end;
            if (!are_learned) continue;
            node_.send_decided(output, NodeMask::of(learn.message->from), alike);
            if (node_.decisions_left == 0) return;
        }
    }

    Shared<Limits, scope> node_;  // Contains the acceptor and the log.
    Learner<Limits> learner_;
    Proposer<Limits, VariantOf> proposer_;
    Heartbeat<Limits> heartbeat_;

    // At most one full send of messages, because pushes are periodic and their receipt is unknown.
    static constexpr std::size_t pushed_at_once = std::min(Limits::decisions_per_step,
                                                           limits::messages_per_send);

    bool begun_ = false;
    Sequence recorded_ = 0;  // The number of the last step that made records.
    Slot learned_before_ = 0;
    Tick catch_up_at_ = 0;
    struct Pushed {
        Slot end = 0;       // Decisions below this slot were sent.
        Tick again_at = 0;  // When to send all decisions again; 0 until all were sent once.
        bool is_repeated = false;
    };
    // What was pushed to peers that are not heard.
    std::array<Pushed, limits::nodes_max> pushed_{};
    NodeMask push_due_;  // Peers that are not heard, and to which a push is due.
    NodeId pushed_last_ = 0;
};

}  // namespace paxos
