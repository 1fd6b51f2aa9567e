// One node of the protocol: an acceptor, a learner and a proposer that share one log. Dispatches
// every message by its kind. A variant defines how the proposer performs phase 1: see classic.h.
//
// Single-threaded. The caller supplies the time and the random seed. The code calls nothing outside
// this folder except the assertion handler.
#pragma once

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

    /// Handles the arrivals, opens slots, retransmits, and checks timers. Sends at most one answer
    /// per message, `answers_per_step` messages to peers that catch up or prepare, and two requests
    /// per slot of the window. Not inlined, so that the only copy is the one compiled in src/core.
    [[gnu::noinline]] void step(const Input& input, Output<Limits>& output) {
        begin_step(input, output);
        take(input.arrivals, output);
        proposer_.step(node_, input.proposals, output);
        end_step(output);
    }

    /// Every slot below this one is learned, or was skipped when this node was left behind.
    [[nodiscard]] Slot learned() const { return node_.log.learned(); }
    [[nodiscard]] Slot retained_from() const { return node_.log.retained_from(); }
    /// The value decided in `slot`. REQUIRES: learned here and retained.
    [[nodiscard]] const Value& value_of(Slot slot) const { return node_.log.find(slot)->value; }
    [[nodiscard]] Ballot ballot_of(Slot slot) const { return node_.log.find(slot)->promised; }
    /// The log's entries for slots [first, end), or for fewer slots if the ring wraps around in
    /// memory. REQUIRES: all are learned here and retained.
    [[nodiscard]] std::span<const LogSlot> places_of(Slot first, Slot end) const {
        return node_.log.find_all(first, end);
    }
    [[nodiscard]] const Counters& counters() const { return node_.counters; }
    /// The contacts to put in the headers of the datagrams that the last step sends.
    [[nodiscard]] Contacts contacts() const {
        return {.heard = node_.peers.heard(),
                .leader = proposer_.election.announced_leader(node_.peers, node_.now)};
    }
    [[nodiscard]] bool is_proposing() const { return proposer_.election.is_active(); }
    /// The slot that this node's proposer opens next, and the number of its slots in flight.
    [[nodiscard]] Slot next_slot() const { return proposer_.window.next(); }
    [[nodiscard]] std::uint64_t in_flight() const {
        return proposer_.window.next() - proposer_.window.first();
    }
    /// The next step may propose values in the slots [next_slot(), proposable_end()).
    [[nodiscard]] Slot proposable_end() const {
        return std::max(proposer_.window.first(), node_.log.learned()) + Limits::window_max;
    }

    /// Whether this node's proposer is active, and in which phase of its ballot.
    [[nodiscard]] Lead lead() const { return proposer_.election.lead(); }

private:
    friend struct CanonicalState;  // Reads the state that the exhaustive search compares.
    using Out = Output<Limits>;

    void begin_step(const Input& input, Out& output) {
        output.begin(input.durable_up_to);
        const Tick pause = input.now - node_.now;
        node_.begin_step(input);
        proposer_.targets.end(input.ended);
        proposer_.targets.begin_step();
        learned_before_ = node_.log.learned();
        if (!begun_) {
            begun_ = true;
            node_.peers.begin(node_.now);
            proposer_.election.begin(node_.now);
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
            // A sender's datagrams of one step all have the same header. It is processed once.
            if (last == nullptr || !arrival.has_same_header(*last)) hear(arrival);
            last = &arrival;
            for_each_run(arrival, [&](std::span<const Message> run) {
                const MessageKind kind = run.front().kind;
                node_.counters.received[static_cast<std::size_t>(kind)] += run.size();
                handle(run, output);
                proposer_.retransmitter.note(arrival.from, kind, run.back().slot);
            });
        }
        node_.peers.expire(node_.now);
    }
    void hear(const Arrival& arrival) {
        node_.peers.hear(arrival, node_.now);
        proposer_.election.hear(arrival.from, arrival.contacts.leader, node_.peers, node_.now);
        if (arrival.contacts.heard.has(node_.options.self)) [[likely]]
            proposer_.targets.hear(arrival.from);
    }
    void handle(std::span<const Message> run, Out& output) {
        switch (run.front().kind) {
            case MessageKind::prepare:
                return proposer_.variant.on_prepare(run, proposer_, node_, output);
            case MessageKind::promise:
                return proposer_.variant.on_promise(run, proposer_, node_, output);
            case MessageKind::accept: return on_accept(run, output);
            case MessageKind::accepted: return proposer_.on_accepted(run, node_, output);
            case MessageKind::decide: return on_decide(run, output);
            case MessageKind::nack:
                for (const Message& nack : run) proposer_.on_nack(nack, node_, output);
                return;
            case MessageKind::learn:
                for (const Message& learn : run) on_learn(learn, output);
                return;
            case MessageKind::none: PAXOS_UNREACHABLE("wire lets only known kinds pass");
        }
    }
    /// Runs the timers, outputs the decisions of this step, and sends heartbeats.
    void end_step(Out& output) {
        if (node_.now >= catch_up_at_) {
            catch_up_at_ = node_.now + node_.options.timing.catch_up_ns;
            learner_.catch_up(node_.log, node_.peers, node_.now, output,
                              [&](NodeId holder, Slot first, std::uint32_t count) {
                                  node_.template send<MessageKind::learn>(
                                      output, NodeMask::of(holder), [&] {
                                          return question_of(first, count, node_.options.self);
                                      });
                              });
            // Being left behind does not affect the acceptor: it keeps its promises and goes on
            // voting. But a node that does not know the whole log must not propose.
            if (output.skipped.size() != 0) {
                node_.counters.skipped += output.skipped.size();
                proposer_.election.step_down(node_.now);
                proposer_.window.restart(node_.log.learned());
            }
        }
        const Slot first = output.skipped.size() != 0 ? output.skipped.end : learned_before_;
        output.decisions = SlotRange{first, node_.log.learned()};  // S21
        keep_contact(output);
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
    /// Sends heartbeats. A peer that this node does not hear cannot request missing decisions, but
    /// may still hear this node. Each periodic datagram to it therefore carries the next decisions.
    void keep_contact(Out& output) {
        const NodeMask audience = proposer_.election.audience() - node_.peers.ended();
        const NodeMask contacts = heartbeat_.next_contacts(node_.now) - node_.peers.ended();
        if (const NodeMask unheard = contacts - node_.peers.heard(); !unheard.empty())
            push_decisions(unheard.lowest(), output);  // One per step: each needs a send.
        heartbeat_.note_sent(output.outbox);
        if (const NodeMask others = contacts - audience; !others.empty())
            heartbeat_.greet(output.outbox, others);
        if (!heartbeat_.is_due(node_.log.learned(), node_.now)) return;
        const NodeMask relayed = node_.peers.deaf_to(
            proposer_.election.leader());  // Our headers tell them that the leader is alive.
        heartbeat_.beat(output.outbox, audience | relayed, node_.log.learned(), node_.now);
    }
    [[gnu::noinline]] void push_decisions(NodeId peer, Out& output) {
        Pushed& pushed = pushed_[peer];
        if (pushed.again_at != 0 && node_.now >= pushed.again_at) pushed = Pushed{};
        pushed.end = std::max(
            {pushed.end, node_.log.retained_from(), node_.peers.learned_of(peer)});
        const Slot end = std::min<Slot>(node_.log.learned(), pushed.end + pushed_at_once);
        for (; pushed.end < end && node_.take_answer(); ++pushed.end)
            if (const LogSlot* place = node_.log.find(pushed.end))
                node_.template send<MessageKind::decide>(output, NodeMask::of(peer), [&] {
                    return Learner<Limits>::decide_of(*place, node_.options.self);
                });
        if (pushed.end == node_.log.learned() && pushed.again_at == 0)
            pushed.again_at = node_.now + 4 * node_.options.timing.silence_ns;
    }

    void on_accept(std::span<const Message> run, Out& output) {
        const Ballot ballot = run.front().ballot;
        bool has_voted = false;
        for (const Message& accept : run) {
            const auto [answer, place] = node_.acceptor.accept(node_.log, accept.slot, ballot,
                                                               accept.value);
            switch (answer) {
                case Answer::yes: break;
                case Answer::refused:
                    node_.refuse(output, accept, node_.acceptor.promised(*place));
                    continue;
                case Answer::decided:
                    node_.send_decided(output, NodeMask::of(accept.from), *place);
                    continue;
                case Answer::outside: node_.ignore_outside(output, accept); continue;
                case Answer::two_values:
                    return Learner<Limits>::violate(output, ViolationKind::two_values_at_a_ballot,
                                                    accept, place);
            }
            has_voted = true;
            node_.template answer<MessageKind::accepted>(output, NodeMask::of(accept.from), [&] {
                return yes_to(accept, MessageKind::accepted, node_.options.self);
            });
        }
        if (has_voted) proposer_.election.vote_for(ballot, node_.peers, node_.now);
    }
    void on_decide(std::span<const Message> run, Out& output) {
        const Message& first = run.front();
        if (!learner_.is_quorum(first.quorum()))
            return Learner<Limits>::violate(output, ViolationKind::decided_without_quorum, first,
                                            nullptr);
        if (first.slot < node_.log.end() && first.ballot.node() == first.from)
            proposer_.election.follow(first.ballot, node_.now);
        const bool has_asked = !proposer_.window.empty();
        for (const Message& decide : run) {
            if (decide.slot >= node_.log.end()) {
                node_.ignore_outside(output, decide);
            } else if (decide.slot_count > 1) {
                learn_range(decide, output);
            } else {
                learner_.on_decide(node_.log, decide, output);
                if (has_asked) proposer_.window.finish(decide.slot);
            }
        }
        node_.log.advance();
    }
    [[gnu::noinline]] void learn_range(const Message& decide, Out& output) {
        learner_.on_decide_range(node_.log, decide, output);
        if (proposer_.window.empty()) return;
        for (Slot slot = decide.slot; slot < decide.slot + decide.slot_count; ++slot)
            if (node_.log.has_learned(slot)) proposer_.window.finish(slot);
    }
    [[gnu::noinline]] void on_learn(const Message& learn, Out& output) {
        const Slot end = std::min(learn.slot + learn.slot_count, node_.log.end());
        for (Slot slot = std::max(learn.slot, node_.log.retained_from()); slot < end; ++slot) {
            const LogSlot* place = node_.log.find(slot);
            if (!place || !place->is_learned()) continue;
            if (!node_.take_answer()) return;
            node_.template send<MessageKind::decide>(output, NodeMask::of(learn.from), [&] {
                return Learner<Limits>::decide_of(*place, node_.options.self);
            });
        }
    }

    Shared<Limits, scope> node_;  // Contains the acceptor and the log.
    Learner<Limits> learner_;
    Proposer<Limits, VariantOf> proposer_;
    Heartbeat<Limits> heartbeat_;

    static constexpr std::size_t pushed_at_once = Limits::answers_per_step;

    bool begun_ = false;
    Slot learned_before_ = 0;
    Tick catch_up_at_ = 0;
    struct Pushed {
        Slot end = 0;       // Decisions below this slot were sent.
        Tick again_at = 0;  // When to resend all, in case some were lost; 0: not all sent yet.
    };
    std::array<Pushed, limits::nodes_max> pushed_{};  // By peer; for peers that are not heard.
};

}  // namespace paxos
